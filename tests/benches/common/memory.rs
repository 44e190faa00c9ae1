//! Memory of a process, read from `/proc`.

use std::{fs, io};

/// Returns the resident memory of a process, in bytes.
///
/// # Errors
///
/// Returns an error if the process does not exist or the system has no `/proc`.
pub(crate) fn resident(process: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .and_then(|number| number.parse::<u64>().ok());
    kibibytes
        .map(|number| number * 1024)
        .ok_or_else(|| io::Error::other("/proc/PID/status has no VmRSS"))
}
