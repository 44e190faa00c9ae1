//! Runs the command in an empty directory with its own environment.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// An empty directory and the environment of the commands that run in it.
pub(crate) struct Shell {
    directory: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Shell {
    /// Creates an environment without an API key and a base URL.
    pub(crate) fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
        }
    }

    /// Creates the environment of a user of this service.
    pub(crate) fn with_service(base_url: &str, key: &str) -> Self {
        Self::new()
            .set("TOAPIS_BASE_URL", base_url)
            .set("TOAPIS_API_KEY", key)
    }

    pub(crate) fn set(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Returns the names of the files in the directory, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Runs `toapis` with these arguments.
    pub(crate) async fn toapis<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Output {
        self.toapis_with_stdin("", arguments).await
    }

    /// Runs `toapis` with this text on standard input.
    pub(crate) async fn toapis_with_stdin<A: AsRef<OsStr>>(
        &self,
        input: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_toapis-under-test"));
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that does not read stdin may have closed it.
        drop(stdin.write_all(input.as_bytes()).await);
        drop(stdin);
        Output::new(
            &child.wait_with_output().await.unwrap(),
            self.directory.path(),
        )
    }

    /// Returns any program as a command in this directory and environment.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

/// The exit code and output of a command.
pub(crate) struct Output {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    directory: String,
}

impl Output {
    fn new(output: &std::process::Output, directory: &Path) -> Self {
        Self {
            exit: output.status.code().expect("an exit code, not a signal"),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
            directory: directory.display().to_string(),
        }
    }

    /// Parses stdout as one JSON document.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

/// The form of snapshots.
impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let masked = |text: &str| text.replace(&self.directory, "[directory]");
        write!(
            f,
            "exit {}\n--- stdout\n{}--- stderr\n{}",
            self.exit,
            masked(&self.stdout),
            masked(&self.stderr)
        )
    }
}

/// Compares the output of a command with a snapshot, without values that differ from run to run.
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
                (r"\b\d+ (polls|attempts|lookups)\b", "[n] $1"),
                (r"timed out after \d+ s\b", "timed out after [n] s"),
                (r"\d+ s elapsed", "[n] s elapsed"),
                (r"\b[0-9a-f]{64}\b", "[sha256]"),
            ],
            omit_expression => true,
            prepend_module_to_snapshot => false,
        }, { insta::assert_snapshot!(name, shown) });
    };
}
pub(crate) use snapshot;
