//! Prism's mock of the same contract, where it is installed.

use std::{
    env,
    error::Error,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use toapis::{Client, RetryPolicy};

use crate::{alone, simulator::KEY};

/// A running mock; it ends when this is dropped.
pub(crate) struct Prism {
    child: Child,
    pub(crate) url: String,
}

impl Prism {
    /// Starts it with its log off, which is when it is fastest. `None` if it is not installed, which is said loudly.
    ///
    /// # Errors
    ///
    /// It is installed, and does not answer within a minute.
    pub(crate) fn start() -> Result<Option<Self>, Box<dyn Error>> {
        let Some(program) = installed() else {
            eprintln!(
                "*** PRISM IS NOT INSTALLED: nothing is compared with it. `bash .ci/run` installs it; or say where it is by PRISM=.../bin/prism ***"
            );
            return Ok(None);
        };
        // Prism takes no port 0. Whoever takes this one in between makes the bench fail, and no more.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.yaml");
        let child = Command::new(program)
            .args(["mock", "--host", "127.0.0.1", "--verboseLevel", "silent"])
            .args(["--port", &address.port().to_string()])
            .arg(contract)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let prism = Self {
            child,
            url: format!("http://{address}"),
        };
        // Whoever has no connection yet tries again by itself.
        let patient = RetryPolicy::default()
            .max_attempts(u32::MAX)
            .max_elapsed(Duration::from_mins(1));
        let client = Client::builder()
            .api_key(KEY)
            .base_url(&*prism.url)
            .retry_policy(patient)
            .retry_budget(u32::MAX)
            .build()?;
        alone()?.block_on(client.balance())?;
        Ok(Some(prism))
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        // Either may fail only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `PRISM` says, or where `.ci/run` has put it.
fn installed() -> Option<PathBuf> {
    if let Some(path) = env::var_os("PRISM") {
        return Some(path.into());
    }
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cache")))?;
    let folders = fs::read_dir(cache.join("toapis-ci")).ok()?.flatten();
    folders
        .map(|folder| folder.path())
        .filter(|folder| folder.join(".done").exists())
        .map(|folder| folder.join("node_modules/.bin/prism"))
        .find(|program| program.exists())
}
