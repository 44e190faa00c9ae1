//! Runs the command as a shell would, in an empty folder and with an environment of its own.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// An empty folder, and the environment of the commands that run in it.
pub(crate) struct Shell {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Shell {
    /// Without a key and without a base URL.
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
        }
    }

    /// As a user of this service.
    pub(crate) fn of(base_url: &str, key: &str) -> Self {
        Self::new()
            .set("TOAPIS_BASE_URL", base_url)
            .set("TOAPIS_API_KEY", key)
    }

    pub(crate) fn set(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The files in the folder, by name.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Runs `toapis` with these arguments to its end.
    pub(crate) async fn toapis<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Ran {
        self.toapis_reading("", arguments).await
    }

    /// The same, with this on standard input.
    pub(crate) async fn toapis_reading<A: AsRef<OsStr>>(
        &self,
        input: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Ran {
        let mut command = self.command(env!("CARGO_BIN_EXE_toapis-under-test"));
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that does not read its input may have closed it.
        drop(stdin.write_all(input.as_bytes()).await);
        drop(stdin);
        Ran::of(&child.wait_with_output().await.unwrap(), self.folder.path())
    }

    /// Any program, in this folder and environment.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

/// What a command did.
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    folder: String,
}

impl Ran {
    pub(crate) fn of(output: &std::process::Output, folder: &Path) -> Self {
        Self {
            exit: output.status.code().expect("an exit code, not a signal"),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
            folder: folder.display().to_string(),
        }
    }

    /// Standard output as the one JSON document it is.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

/// As it stands in a snapshot.
impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = |text: &str| text.replace(&self.folder, "[folder]");
        write!(
            f,
            "exit {}\n--- stdout\n{}--- stderr\n{}",
            self.exit,
            folder(&self.stdout),
            folder(&self.stderr)
        )
    }
}

/// Snapshots what a command did, without what differs from run to run.
macro_rules! snapshot {
    ($name:expr, $ran:expr) => {
        let (name, shown) = (String::from($name), $ran.to_string());
        insta::with_settings!({
            filters => vec![
                (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
                (r"tsk_img_[0-9A-Z]{26,28}", "[task]"),
                (r"\b0[0-9A-HJKMNP-TV-Z]{25}\b", "[ulid]"),
                (r"/generated/\d+_", "/generated/[time]_"),
                (r"/uploads/1/\d+_\w+", "/uploads/1/[time]_[name]"),
                (r#""bytes": \d+"#, r#""bytes": "[n]""#),
                (r"\b1[789]\d{8}\b", "[time]"),
                (r"\b\d+ bytes\b", "[n] bytes"),
                (r"\b\d+ (polls|attempts|times)\b", "[n] $1"),
                (r"waited \d+ s\b", "waited [n] s"),
                (r"\b[0-9a-f]{64}\b", "[sha256]"),
            ],
            omit_expression => true,
            prepend_module_to_snapshot => false,
        }, { insta::assert_snapshot!(name, shown) });
    };
}
pub(crate) use snapshot;
