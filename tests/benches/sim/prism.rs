//! Prism's mock of the same contract, if it is installed.

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

use crate::{client_runtime, simulator::KEY};

/// A running mock; it is killed on drop.
pub(crate) struct Prism {
    child: Child,
    pub(crate) url: String,
}

impl Prism {
    /// Starts Prism with logging off, its fastest mode. Returns `None`, with a warning, if it is
    /// not installed.
    ///
    /// # Errors
    ///
    /// Returns an error if Prism is installed but does not respond within a minute.
    pub(crate) fn start() -> Result<Option<Self>, Box<dyn Error>> {
        let Some(program) = installed() else {
            eprintln!(
                "*** PRISM IS NOT INSTALLED: the comparison with it is skipped. \
                 `bash .ci/run` installs it, or set PRISM to its path. ***"
            );
            return Ok(None);
        };
        // Prism does not support port 0. If another process takes this port first, the bench fails.
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
        // The client retries until Prism accepts connections.
        let patient = RetryPolicy::default()
            .max_attempts(u32::MAX)
            .max_elapsed(Duration::from_mins(1));
        let client = Client::builder()
            .api_key(KEY)
            .base_url(&*prism.url)
            .retry_policy(patient)
            .retry_budget(u32::MAX)
            .build()?;
        client_runtime()?.block_on(client.balance())?;
        Ok(Some(prism))
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        // Both fail only if the process has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the path in `PRISM`, or the one where `.ci/run` installs it.
fn installed() -> Option<PathBuf> {
    if let Some(path) = env::var_os("PRISM") {
        return Some(path.into());
    }
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cache")))?;
    let directories = fs::read_dir(cache.join("toapis-ci")).ok()?.flatten();
    directories
        .map(|directory| directory.path())
        .filter(|directory| directory.join(".done").exists())
        .map(|directory| directory.join("node_modules/.bin/prism"))
        .find(|program| program.exists())
}
