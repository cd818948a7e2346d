use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::Location;
use std::time::Duration;

use super::cycles::cycles;
use crate::primitives::diagnosis::{Object, Observer, Party, Seen};
use crate::primitives::role::Role;

/// Who waits for what, and who holds it, at one moment.
///
/// Displayed, it is a report of those who matter: who waits for something of this crate's, who holds what
/// they wait for, and who has not let go of its thread for a second; then the circles.
///
/// # Examples
///
/// ```standalone_crate
/// use anyrt::sync::Lock;
///
/// anyrt::diagnose::start();
/// static LOCK: Lock<u32> = Lock::new(0).named("counter");
///
/// let held = LOCK.lock_blocking();
/// let waits = std::thread::spawn(|| drop(LOCK.lock_blocking()));
/// let seen = loop {
///     let seen = anyrt::diagnose::snapshot();
///     if seen.blocked().next().is_some() {
///         break seen;
///     }
///     std::thread::yield_now();
/// };
/// let wait = seen.blocked().next().unwrap().waits()[0].to_string();
/// assert!(wait.starts_with("waits for Lock<u32> 'counter' at src/"));
/// assert!(wait.contains(", held by thread "));
/// assert!(!seen.is_stuck()); // it goes on when this thread does
/// # drop(held);
/// # waits.join().unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct Snapshot {
    everybody: Vec<Blocked>,
    cycles: Vec<Vec<Party>>,
}

/// A party, and what it waits for.
#[derive(Debug, Clone)]
pub struct Blocked {
    party: Party,
    waits: Vec<Wait>,
    /// Whether somebody waits for what it holds.
    wanted: bool,
    /// Since when it runs.
    running: Option<Duration>,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// A primitive or a queue.
    Object(Object),
    /// The end of a task or job.
    End(Party),
}

/// How far a wait is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Its turn has not come.
    Queued,
    /// Its turn has come, and it has not been polled since.
    Woken,
    /// Its turn has come, and its task was polled since, but in another wait: it keeps what it was given
    /// from nobody, and takes it only when its own task comes back to it.
    Futurelock,
}

/// One wait.
#[derive(Debug, Clone)]
pub struct Wait {
    target: Target,
    at: Option<&'static Location<'static>>,
    stage: Stage,
    age: Option<Duration>,
    holders: Vec<Party>,
}

impl Snapshot {
    /// Of a simulation in which nobody can run.
    #[cfg(feature = "sim")]
    pub(crate) fn at_rest(observer: &Observer) -> Self {
        let mut snapshot = Self::of(observer, true);
        snapshot.renumber();
        snapshot
    }

    pub(super) fn empty() -> Self {
        Self { everybody: Vec::new(), cycles: Vec::new() }
    }

    pub(super) fn of(observer: &Observer, at_rest: bool) -> Self {
        let (parties, seen) = (observer.parties(), observer.look());
        let now = (!at_rest).then(|| observer.age());
        let age = |since: u64| Some(Duration::from_nanos(now?.saturating_sub(since)));
        let mut waits: BTreeMap<u64, Vec<Wait>> = BTreeMap::new();
        let Seen { waits: seen_waits, holders, joins } = seen;
        for wait in seen_waits {
            let stage = match wait.woken {
                None => Stage::Queued,
                Some(_) if at_rest => Stage::Futurelock,
                // A poll that began after the wake-up has ended.
                Some(begun) if wait.party.polls_ended() > begun => Stage::Futurelock,
                Some(_) => Stage::Woken,
            };
            waits.entry(wait.party.id()).or_default().push(Wait {
                target: Target::Object(wait.on),
                at: Some(wait.at),
                stage,
                age: age(wait.since),
                holders: holders.get(&wait.on.id()).cloned().unwrap_or_default(),
            });
        }
        for join in joins {
            waits.entry(join.party.id()).or_default().push(Wait {
                target: Target::End(join.target.clone()),
                at: None,
                stage: Stage::Queued,
                age: age(join.since),
                holders: vec![join.target],
            });
        }
        let queued = |wait: &&Wait| wait.stage == Stage::Queued;
        let on = waits.iter().map(|(party, waits)| {
            let holders = waits.iter().filter(queued).flat_map(|wait| &wait.holders);
            (*party, holders.map(Party::id).collect::<BTreeSet<_>>())
        });
        let on: BTreeMap<_, _> = on.collect();
        let by_id: BTreeMap<_, _> =
            parties.iter().map(|party| (party.id(), party.clone())).collect();
        let circle = |ids: Vec<u64>| ids.iter().filter_map(|id| by_id.get(id).cloned()).collect();
        let everybody = parties.into_iter().map(|party| {
            let running = is_task(&party).then(|| party.polled_since()).flatten().and_then(age);
            Blocked {
                waits: waits.remove(&party.id()).unwrap_or_default(),
                wanted: on.values().any(|holders| holders.contains(&party.id())),
                running,
                party,
            }
        });
        Self {
            everybody: everybody.collect(),
            cycles: cycles(&on).into_iter().map(circle).collect(),
        }
    }

    /// Those who wait for something of this crate's, in the order in which they were spawned. What else
    /// tasks wait for, timers, IO and the primitives of others, is not seen.
    pub fn blocked(&self) -> impl Iterator<Item = &Blocked> {
        self.everybody.iter().filter(|one| !one.waits.is_empty())
    }

    /// The circles in which parties wait for what the next one holds: deadlocks, unless one of the waits
    /// is in a `select` or has a deadline, or a semaphore has permits elsewhere.
    pub fn cycles(&self) -> &[Vec<Party>] {
        &self.cycles
    }

    /// The waits whose turn has come, and whose task is in another wait ("futurelock").
    pub fn futurelocks(&self) -> impl Iterator<Item = (&Party, &Wait)> {
        self.blocked().flat_map(|one| {
            let forgotten = one.waits.iter().filter(|wait| wait.stage == Stage::Futurelock);
            forgotten.map(|wait| (&one.party, wait))
        })
    }

    /// Whether there is a circle or a futurelock.
    pub fn is_stuck(&self) -> bool {
        !self.cycles.is_empty() || self.futurelocks().next().is_some()
    }

    /// The circles, by who is in them, and the futurelocks, by who forgets what.
    pub(super) fn troubles(&self) -> BTreeSet<Vec<u64>> {
        let cycles = self.cycles.iter().map(|cycle| cycle.iter().map(Party::id).collect());
        let futurelocks = self.futurelocks().map(|(party, wait)| match &wait.target {
            Target::Object(object) => vec![party.id(), object.id() as u64],
            Target::End(other) => vec![party.id(), other.id()],
        });
        cycles.chain(futurelocks.map(|lock| [&[u64::MAX], &lock[..]].concat())).collect()
    }

    /// Only what has lasted so long.
    pub(super) fn longer_than(mut self, limit: Duration) -> Self {
        let is_old = |wait: &Wait| wait.age.is_none_or(|age| age >= limit);
        let is_stuck = |party: &Party| {
            let one = self.everybody.iter().find(|one| one.party == *party);
            one.is_some_and(|one| one.waits.iter().any(is_old))
        };
        self.cycles.retain(|cycle| cycle.iter().all(is_stuck));
        for one in &mut self.everybody {
            one.waits.retain(|wait| wait.stage != Stage::Futurelock || is_old(wait));
        }
        self
    }

    /// Numbers objects in the order of this report.
    #[cfg(feature = "sim")]
    fn renumber(&mut self) {
        let mut numbers = BTreeMap::new();
        for wait in self.everybody.iter_mut().flat_map(|one| &mut one.waits) {
            if let Target::Object(object) = &mut wait.target {
                let next = numbers.len() + 1;
                *object = object.renumbered(*numbers.entry(object.id()).or_insert(next));
            }
        }
    }

    /// One line each, with `indent`.
    #[cfg(feature = "sim")]
    pub(crate) fn write_all(&self, f: &mut impl fmt::Write, indent: &str) -> fmt::Result {
        self.write(f, indent, |_| true)
    }

    fn write(
        &self,
        f: &mut impl fmt::Write,
        indent: &str,
        matters: impl Fn(&Blocked) -> bool,
    ) -> fmt::Result {
        for one in self.everybody.iter().filter(|one| matters(one)) {
            write!(f, "\n{indent}{}", describe(&one.party))?;
            if let Some(time) = one.running.filter(|time| *time >= LONG) {
                write!(
                    f,
                    "\n{indent}  has been running for {time:.1?}, without a pause for others"
                )?;
            }
            for wait in &one.waits {
                write!(f, "\n{indent}  {wait}")?;
            }
        }
        for cycle in &self.cycles {
            let names: Vec<_> =
                cycle.iter().chain(cycle.first()).map(ToString::to_string).collect();
            write!(f, "\n{indent}cycle: {}", names.join(" -> "))?;
        }
        Ok(())
    }
}

/// Whoever runs for so long without a pause is told of.
const LONG: Duration = Duration::from_secs(1);

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let matters = |one: &Blocked| {
            !one.waits.is_empty() || one.wanted || one.running.is_some_and(|time| time >= LONG)
        };
        let waiting = self.blocked().count();
        write!(f, "{waiting} of {} wait for something of anyrt's", self.everybody.len())?;
        match self.cycles.len() {
            0 => {}
            1 => f.write_str("; some of them in a circle")?,
            circles => write!(f, "; some of them in {circles} circles")?,
        }
        self.write(f, "  ", matters)
    }
}

impl Blocked {
    /// Who.
    pub fn party(&self) -> &Party {
        &self.party
    }

    /// What it waits for. A task that awaits several things at once has several.
    pub fn waits(&self) -> &[Wait] {
        &self.waits
    }
}

impl Wait {
    /// For what.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Where the call is; not known of handles that are awaited.
    pub fn at(&self) -> Option<&'static Location<'static>> {
        self.at
    }

    /// How far it is.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// How long it lasts. None in a simulation at rest, where time does not pass.
    pub fn age(&self) -> Option<Duration> {
        self.age
    }

    /// Who holds what it waits for, or the one whose end it waits for.
    pub fn holders(&self) -> &[Party] {
        &self.holders
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = match &self.target {
            Target::Object(object) => object,
            Target::End(party) => {
                write!(f, "awaits the end of {party}")?;
                return self.write_age(f);
            }
        };
        match self.stage {
            Stage::Queued => write!(f, "waits for {target}")?,
            Stage::Woken | Stage::Futurelock => write!(f, "was woken for {target}")?,
        }
        if let Some(at) = self.at {
            write!(f, " at {at}")?;
        }
        self.write_age(f)?;
        match self.stage {
            Stage::Queued => {}
            Stage::Woken => f.write_str(" and was not polled since")?,
            Stage::Futurelock => f.write_str(
                " and has not polled it since: it is in another wait of the same task (\"futurelock\")",
            )?,
        }
        for (number, holder) in self.holders.iter().enumerate() {
            write!(f, "{} {holder}", if number == 0 { ", held by" } else { " and" })?;
            if holder.has_ended() {
                f.write_str(", which has ended")?;
            }
        }
        Ok(())
    }
}

impl Wait {
    fn write_age(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.age {
            Some(age) => write!(f, ", for {age:.1?}"),
            None => Ok(()),
        }
    }
}

/// Whether it runs only in between its waits: a job and a thread may take their time.
fn is_task(party: &Party) -> bool {
    matches!(party.role(), Role::Task | Role::Root)
}

/// `task 1 'transfer' (spawned at src/main.rs:7:5)`.
fn describe(party: &Party) -> String {
    let verb = if party.role() == Role::Root { "blocks" } else { "spawned" };
    match party.at() {
        Some(at) => format!("{party} ({verb} at {at})"),
        None => party.to_string(),
    }
}
