//! Child processes of a bench, so that server and client are measured separately.

use std::{
    env, io,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, ChildStdout, Command, Stdio},
};

/// A child process that runs one role of the bench; it is killed on drop.
pub(crate) struct RoleProcess {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl RoleProcess {
    /// Starts the current executable in a role.
    ///
    /// # Errors
    ///
    /// Returns an error if the process cannot be started.
    pub(crate) fn start(role: &str, arguments: &[&str]) -> io::Result<Self> {
        let mut child = Command::new(env::current_exe()?)
            .arg(format!("role={role}"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take();
        let output = output.ok_or_else(|| io::Error::other("the child has no output"))?;
        Ok(Self {
            child,
            output: BufReader::new(output),
        })
    }

    /// Reads the next line that the child prints.
    ///
    /// # Errors
    ///
    /// Returns an error if the child has ended.
    pub(crate) fn read_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Err(io::Error::other(
                "the child process ended before it printed a line",
            ));
        }
        Ok(line.trim_end().to_owned())
    }

    /// Returns its process ID.
    #[allow(dead_code, reason = "not every bench measures its children")]
    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for RoleProcess {
    fn drop(&mut self) {
        // Both fail only if the process has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the role of this process and its arguments; `None` in the bench's main process.
pub(crate) fn role() -> Option<(String, Vec<String>)> {
    let mut arguments = env::args().skip(1);
    let role = arguments.next()?.strip_prefix("role=")?.to_owned();
    Some((role, arguments.collect()))
}

/// Prints a line for the parent process.
///
/// # Errors
///
/// Returns an error if the parent has ended.
pub(crate) fn send_line(line: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

/// Blocks until the parent has ended, so that no orphan keeps serving.
pub(crate) fn wait_for_parent_exit() {
    let _ = io::stdin().lock().read_to_end(&mut Vec::new());
}
