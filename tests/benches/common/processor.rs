//! CPU time of another process, read from `/proc`.

use std::{fs, io, time::Duration};

/// Returns user and system time of a process, with a resolution of 10 ms.
///
/// # Errors
///
/// Returns an error if the process does not exist or the system has no `/proc`.
pub(crate) fn process_cpu(process: u32) -> io::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The process name is in parentheses and may contain any character. User and system time are
    // fields 12 and 13 after it.
    let fields = stat
        .rsplit_once(')')
        .map(|(_, rest)| rest.split_whitespace());
    let ticks: u64 = fields
        .into_iter()
        .flatten()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Ok(Duration::from_millis(ticks * 10))
}
