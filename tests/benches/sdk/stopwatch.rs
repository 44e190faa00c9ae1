//! Measures CPU and wall time.

use std::time::Duration;

use tokio::time::Instant;

use crate::cpu::own_cpu;

/// Measures CPU and wall time of this process since its start.
pub(crate) struct Stopwatch {
    wall: Instant,
    cpu: Duration,
}

/// The measured times.
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
