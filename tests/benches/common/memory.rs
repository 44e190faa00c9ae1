//! How much memory a process has, as Linux tells it.

use std::{fs, io};

/// The resident memory of a process, in bytes.
///
/// # Errors
///
/// There is no such process, or no `/proc`.
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
