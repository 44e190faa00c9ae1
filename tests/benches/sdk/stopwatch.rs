//! What a stretch of work takes.

use std::time::Duration;

use tokio::time::Instant;

use crate::cpu::own_cpu;

/// Processor and wall time since it was started, of this process with all its threads.
pub(crate) struct Stopwatch {
    wall: Instant,
    cpu: Duration,
}

/// What a stretch of work has cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self {
            wall: Instant::now(),
            cpu: own_cpu(),
        }
    }

    pub(crate) fn stop(&self) -> Cost {
        Cost {
            cpu: own_cpu().saturating_sub(self.cpu),
            wall: self.wall.elapsed(),
        }
    }
}
