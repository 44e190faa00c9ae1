//! How much processor time another process has used, as Linux tells it.

use std::{fs, io, time::Duration};

/// User and system time of a process so far, in steps of a hundredth of a second.
///
/// # Errors
///
/// There is no such process, or no `/proc`.
pub(crate) fn processor(process: u32) -> io::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name stands in brackets and may hold anything; behind it, user and system time are the 12th and 13th field.
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
