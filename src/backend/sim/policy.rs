//! Who runs next.

use std::collections::VecDeque;

use super::schedule::Schedule;
use super::state::Ready;

/// How a simulation chooses among the units that can run.
///
/// | policy | order | for |
/// |---|---|---|
/// | [`Fifo`](Self::Fifo) | first woken, first run | a run that looks as on a plain executor |
/// | [`Random`](Self::Random) | any, by the seed | most bugs |
/// | [`Pct`](Self::Pct) | by random priorities that change now and then | bugs that need few, but rare, switches |
/// | [`Replay`](Self::Replay) | as recorded | a failure that was found |
///
/// All schedules, one after the other, are [`explore`](super::explore)'s business.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Policy {
    /// First woken, first run; the seed does not matter.
    Fifo,
    /// Any that can run, each as likely as the others, but for the one that ran last, which is less so.
    #[default]
    Random,
    /// Probabilistic concurrency testing (Burckhardt and others, ASPLOS 2010): each unit has a random
    /// priority, the highest that can run does, and at `depth - 1` random steps the one that ran last
    /// falls behind all others; so does whoever yields. A bug that needs `depth` ordering constraints
    /// among `n` units and `k` steps is found with a probability of at least `1 / (n * k^(depth - 1))`.
    Pct {
        /// How many ordering constraints the bug may need; 2 or 3 find most.
        depth: u32,
        /// About how many steps a run has in which there is a choice.
        steps: u32,
    },
    /// The recorded order, and what comes after its end first woken, first run. A program that does not
    /// fit it fails with what was expected and what could run.
    Replay(Schedule),
}

/// `SplitMix64` (Steele, Lea, Flood 2014): one word of state, good enough to choose.
#[derive(Debug, Clone)]
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `bound`, which is not 0: the high word of a product (Lemire 2019).
    #[expect(clippy::cast_possible_truncation, reason = "less than `bound`, a usize")]
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

/// A choice among so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Branch {
    pub(super) taken: u32,
    pub(super) of: u32,
}

/// A policy at work.
#[derive(Debug)]
pub(super) enum Picker {
    Fifo,
    /// What ran last must be drawn twice to run again: bugs need switches.
    Random {
        rng: Rng,
        last: u32,
    },
    Pct(Pct),
    Replay {
        steps: Vec<u32>,
        at: usize,
    },
    /// As far as it goes; a unit that can't run is left out, and after the end the last one goes on, or
    /// what was woken last.
    Hint {
        steps: Vec<u32>,
        at: usize,
        last: u32,
    },
    /// The branches of a search, and where in it this run is; beyond the end, the first of each.
    Search {
        path: Vec<Branch>,
        at: usize,
    },
}

#[derive(Debug)]
pub(super) struct Pct {
    rng: Rng,
    /// Choices at which the one that ran last falls behind.
    changes: Vec<usize>,
    /// How many choices there were.
    choices: usize,
    /// The next priority below all others.
    lowest: u64,
    /// By the unit's serial number.
    priorities: Vec<u64>,
    /// What ran last, and how often in a row.
    last: (u32, u32),
}

/// Whoever runs so often in a row although others could falls behind them: it may spin until one of
/// them does something.
const SPIN: u32 = 64;

/// Where a recorded schedule and the program part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Misfit {
    pub(super) wanted: u32,
}

impl Picker {
    pub(super) fn new(policy: &Policy, seed: u64) -> Self {
        match policy {
            Policy::Fifo => Self::Fifo,
            Policy::Random => Self::Random { rng: Rng::new(seed), last: 0 },
            Policy::Pct { depth, steps } => Self::Pct(Pct::new(seed, *depth, *steps)),
            Policy::Replay(schedule) => Self::Replay { steps: schedule.0.clone(), at: 0 },
        }
    }

    /// Takes one of `ready`, which is not empty.
    #[inline]
    pub(super) fn take(&mut self, ready: &mut VecDeque<Ready>) -> Result<Option<Ready>, Misfit> {
        let serial_at = |index: usize| ready[index].id.serial;
        let position = |serial: u32| ready.iter().position(|ready| ready.id.serial == serial);
        Ok(match self {
            Self::Random { rng, last } => {
                let index = match ready.len() {
                    1 => 0,
                    len => match rng.below(len) {
                        index if serial_at(index) == *last => rng.below(len),
                        index => index,
                    },
                };
                *last = serial_at(index);
                ready.swap_remove_back(index)
            }
            Self::Fifo => ready.pop_front(),
            Self::Pct(pct) => {
                let best = pct.best(ready);
                ready.swap_remove_back(best)
            }
            Self::Replay { steps, at } => match steps.get(*at) {
                None => ready.pop_front(),
                Some(&wanted) => {
                    *at += 1;
                    let index = position(wanted).ok_or(Misfit { wanted })?;
                    ready.remove(index)
                }
            },
            Self::Hint { steps, at, last } => {
                let hinted = steps.get(*at..).unwrap_or_default().iter();
                let found = hinted
                    .enumerate()
                    .find_map(|(skip, serial)| position(*serial).map(|index| (skip, index)));
                let index = if let Some((skip, index)) = found {
                    *at += skip + 1;
                    index
                } else {
                    *at = steps.len();
                    position(*last).unwrap_or(ready.len() - 1) // or what it has woken
                };
                *last = serial_at(index);
                ready.remove(index)
            }
            Self::Search { path, at } => {
                let of = u32::try_from(ready.len()).unwrap_or(u32::MAX);
                if of == 1 {
                    return Ok(ready.pop_front()); // no choice
                }
                if *at == path.len() {
                    path.push(Branch { taken: 0, of });
                }
                let branch = path[*at];
                *at += 1;
                if branch.of != of {
                    return Err(Misfit { wanted: branch.taken });
                }
                ready.remove(branch.taken as usize)
            }
        })
    }
}

impl Pct {
    fn new(seed: u64, depth: u32, steps: u32) -> Self {
        let mut rng = Rng::new(seed);
        // Before the first choice there is nothing to change: the priorities are random.
        let places = steps.saturating_sub(1) as usize;
        let number = places.min(depth.saturating_sub(1) as usize);
        let mut changes = Vec::new();
        for place in places - number..places {
            // Each set of places is as likely as the others (Floyd 1987).
            let drawn = 1 + rng.below(place + 1);
            changes.push(if changes.contains(&drawn) { place + 1 } else { drawn });
        }
        let (priorities, last) = (Vec::new(), (0, 0));
        Self { rng, changes, choices: 0, lowest: 1 << 62, priorities, last }
    }

    /// How many times more than one could run.
    pub(super) fn choices(&self) -> usize {
        self.choices
    }

    fn best(&mut self, ready: &VecDeque<Ready>) -> usize {
        if ready.len() > 1 {
            let (last, times) = self.last;
            if self.changes.contains(&self.choices) || times >= SPIN {
                self.falls_behind(last);
            }
            self.choices += 1;
        }
        let best = (0..ready.len()).max_by_key(|at| self.priority(ready[*at].id.serial));
        let best = best.expect("one that can run");
        let (serial, (last, times)) = (ready[best].id.serial, self.last);
        let again = last == serial && ready.len() > 1;
        self.last = (serial, if again { times + 1 } else { 0 });
        best
    }

    fn priority(&mut self, serial: u32) -> u64 {
        let serial = serial as usize;
        while self.priorities.len() <= serial {
            // Above all that will have fallen behind.
            let priority = self.rng.next() | 1 << 63;
            self.priorities.push(priority);
        }
        self.priorities[serial]
    }

    /// Behind all others, until they do the same.
    pub(super) fn falls_behind(&mut self, serial: u32) {
        self.priority(serial);
        self.lowest -= 1;
        self.priorities[serial as usize] = self.lowest;
        self.last.1 = 0;
    }
}
