//! A second process of the same bench, so that what a server uses is not counted with what its client uses.

use std::{
    env, io,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, ChildStdout, Command, Stdio},
};

/// A child that plays a role; it ends when this is dropped.
pub(crate) struct Role {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Role {
    /// Starts this program again in a role.
    ///
    /// # Errors
    ///
    /// It cannot be started.
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

    /// The next line that it prints.
    ///
    /// # Errors
    ///
    /// It has ended.
    pub(crate) fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Err(io::Error::other("the child ended without an answer"));
        }
        Ok(line.trim_end().to_owned())
    }

    /// Its process id.
    #[allow(dead_code, reason = "not every bench looks at its children")]
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        // Either may fail only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The role that this process was started in and what else was said to it; `None` for the bench itself.
pub(crate) fn role() -> Option<(String, Vec<String>)> {
    let mut arguments = env::args().skip(1);
    let role = arguments.next()?.strip_prefix("role=")?.to_owned();
    Some((role, arguments.collect()))
}

/// Tells the parent something.
///
/// # Errors
///
/// The parent is gone.
pub(crate) fn tell(line: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

/// Blocks until the parent is gone: a child left alone would serve for ever.
pub(crate) fn until_the_parent_ends() {
    let _ = io::stdin().lock().read_to_end(&mut Vec::new());
}
