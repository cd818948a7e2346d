use std::fmt;

/// What a [`Party`](crate::probe::Party) is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[cfg_attr(
    not(feature = "diagnose"),
    allow(dead_code, unreachable_pub, reason = "the crate's own, but for those who look")
)]
pub enum Role {
    /// The future of a `block_on`.
    Root,
    /// A task.
    Task,
    /// A blocking job.
    Job,
    /// A thread that does something outside of all these.
    Thread,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Root => "root",
            Self::Task => "task",
            Self::Job => "job",
            Self::Thread => "thread",
        })
    }
}
