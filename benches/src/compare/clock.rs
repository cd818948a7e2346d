use std::time::{Duration, Instant};

/// What a contestant needed.
#[derive(Debug, Clone, Copy)]
pub struct Took {
    /// The time of all operations.
    pub elapsed: Duration,
    /// How many those were; those asked for, or near to it.
    pub operations: u64,
}

impl Took {
    /// Nanoseconds per operation.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    pub fn nanos_per_operation(self) -> f64 {
        self.elapsed.as_nanos() as f64 / self.operations.max(1) as f64
    }
}

/// Measures the time from its making to [`took`](Self::took).
#[derive(Debug)]
pub struct Stopwatch {
    start: Start,
}

#[derive(Debug)]
enum Start {
    Wall(Instant),
    Cpu(Duration),
}

impl Stopwatch {
    /// Wall time: for whatever takes more than one thread, or waits.
    #[must_use]
    pub fn of_the_wall() -> Self {
        Self { start: Start::Wall(Instant::now()) }
    }

    /// CPU time of the calling thread, to which other programs add nothing; wall time where there is
    /// no such clock. For what one thread does alone.
    #[must_use]
    pub fn of_this_thread() -> Self {
        thread_time().map_or_else(Self::of_the_wall, |time| Self { start: Start::Cpu(time) })
    }

    /// The time since, for so many operations.
    #[must_use]
    pub fn took(&self, operations: u64) -> Took {
        let elapsed = match self.start {
            Start::Wall(start) => start.elapsed(),
            Start::Cpu(start) => thread_time().unwrap_or(start).saturating_sub(start),
        };
        Took { elapsed, operations }
    }
}

#[cfg(unix)]
fn thread_time() -> Option<Duration> {
    rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime).try_into().ok()
}

#[cfg(not(unix))]
fn thread_time() -> Option<Duration> {
    None
}
