use std::fmt;

use super::Took;

/// Whose a contestant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// anyrt's.
    Ours,
    /// Somebody else's.
    Peer,
}

/// Takes a number of operations, and gives a figure for each column. What it counts once may ignore
/// the number.
pub(super) type Work = Box<dyn FnMut(u64) -> (Took, Vec<f64>)>;

pub(super) struct Contestant {
    pub(super) name: &'static str,
    pub(super) side: Side,
    pub(super) work: Work,
}

/// What we aim at.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The best peer costs so many times more.
    Times(f64),
    /// The figure is not above this.
    AtMost(f64),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(f, "/{times}"),
            Self::AtMost(figure) => write!(f, "{figure}"),
        }
    }
}

/// How the figures come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nanoseconds per operation; the engine finds how many operations make a sample.
    Timed,
    /// Whatever the contestant measures in a run of its own length, once per round.
    Measured,
    /// A count that never changes: taken once, and compared exactly.
    Counted,
}

/// A question, and those who answer it.
pub struct Row {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) kind: Kind,
    /// Names with their units, one for each figure.
    pub(super) columns: Vec<(&'static str, &'static str)>,
    pub(super) targets: Vec<(&'static str, Target)>,
    /// How many times longer than others a timed run takes.
    pub(super) length: u32,
    pub(super) contestants: Vec<Contestant>,
}

impl Row {
    fn new(kind: Kind, id: &str, title: &str, columns: &[(&'static str, &'static str)]) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            kind,
            columns: columns.into(),
            targets: Vec::new(),
            length: 1,
            contestants: Vec::new(),
        }
    }

    /// A row of times per operation. `id` is `group/name`, for the command line; `title` completes
    /// "the time".
    #[must_use]
    pub fn timed(id: &str, title: &str) -> Timed {
        Timed(Self::new(Kind::Timed, id, title, &[("", "ns")]))
    }

    /// A row of several figures, `(name, unit)` each, all of the same run.
    #[must_use]
    pub fn measured<const N: usize>(
        id: &str,
        title: &str,
        columns: [(&'static str, &'static str); N],
    ) -> Measured<N> {
        Measured(Self::new(Kind::Measured, id, title, &columns))
    }

    /// A row of counts that do not change from run to run.
    #[must_use]
    pub fn counted(id: &str, title: &str, unit: &'static str) -> Counted {
        Counted(Self::new(Kind::Counted, id, title, &[("", unit)]))
    }

    fn enter(&mut self, side: Side, name: &'static str, work: Work) {
        self.contestants.push(Contestant { name, side, work });
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.contestants.iter().map(|contestant| contestant.name).collect::<Vec<_>>();
        f.debug_struct("Row")
            .field("id", &self.id)
            .field("contestants", &names)
            .finish_non_exhaustive()
    }
}

/// A row of times, being filled.
#[derive(Debug)]
pub struct Timed(Row);

/// A row of several figures, being filled.
#[derive(Debug)]
pub struct Measured<const N: usize>(Row);

/// A row of counts, being filled.
#[derive(Debug)]
pub struct Counted(Row);

impl Timed {
    /// What we aim at: that the best peer needs so many times as long. (Nanoseconds would be those of
    /// one machine.)
    #[must_use]
    pub fn target(mut self, times: f64) -> Self {
        self.0.targets.push(("", Target::Times(times)));
        self
    }

    /// Makes its runs so many times longer, where to begin and to end takes time.
    #[must_use]
    pub fn sample_times(mut self, times: u32) -> Self {
        self.0.length = times;
        self
    }

    /// Enters one of ours. The first is the one that is compared.
    #[must_use]
    pub fn ours(self, name: &'static str, work: impl FnMut(u64) -> Took + 'static) -> Self {
        self.enter(Side::Ours, name, work)
    }

    /// Enters a peer.
    #[must_use]
    pub fn peer(self, name: &'static str, work: impl FnMut(u64) -> Took + 'static) -> Self {
        self.enter(Side::Peer, name, work)
    }

    /// Enters somebody.
    #[must_use]
    pub fn enter(
        mut self,
        side: Side,
        name: &'static str,
        mut work: impl FnMut(u64) -> Took + 'static,
    ) -> Self {
        let work = move |n| {
            let took = work(n);
            (took, vec![took.nanos_per_operation()])
        };
        self.0.enter(side, name, Box::new(work));
        self
    }
}

impl<const N: usize> Measured<N> {
    /// What we aim at in one of the columns.
    ///
    /// # Panics
    ///
    /// If there is no such column.
    #[must_use]
    pub fn target(mut self, column: &'static str, target: Target) -> Self {
        assert!(self.0.columns.iter().any(|(name, _)| *name == column), "no column {column:?}");
        self.0.targets.push((column, target));
        self
    }

    /// Enters somebody. Of ours the first is the one that is compared.
    #[must_use]
    pub fn enter(
        mut self,
        side: Side,
        name: &'static str,
        mut work: impl FnMut() -> [f64; N] + 'static,
    ) -> Self {
        let nothing = Took { elapsed: std::time::Duration::ZERO, operations: 1 };
        self.0.enter(side, name, Box::new(move |_| (nothing, work().into())));
        self
    }
}

impl Counted {
    /// What we aim at.
    #[must_use]
    pub fn target(mut self, count: u32) -> Self {
        self.0.targets.push(("", Target::AtMost(count.into())));
        self
    }

    /// Enters somebody. Of ours the first is the one that is compared.
    #[must_use]
    pub fn enter(
        mut self,
        side: Side,
        name: &'static str,
        mut count: impl FnMut() -> f64 + 'static,
    ) -> Self {
        let nothing = Took { elapsed: std::time::Duration::ZERO, operations: 1 };
        self.0.enter(side, name, Box::new(move |_| (nothing, vec![count()])));
        self
    }
}

impl From<Timed> for Row {
    fn from(row: Timed) -> Self {
        row.0
    }
}

impl<const N: usize> From<Measured<N>> for Row {
    fn from(row: Measured<N>) -> Self {
        row.0
    }
}

impl From<Counted> for Row {
    fn from(row: Counted) -> Self {
        row.0
    }
}
