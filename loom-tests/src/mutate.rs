//! One atomic operation changed at run time, without a rebuild.
//!
//! `LOOM_MUTANT=<file>:<line>:<column>=<change>` weakens an ordering (`order:Relaxed`,
//! `failure:Relaxed`) or drops the effect of the operation (`drop`) at one place in the sources.
//! `LOOM_SITES=<file>` writes down which places a run has come by.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::panic::Location;
use std::str::FromStr;
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The variable that names the mutant of this process.
pub const MUTANT: &str = "LOOM_MUTANT";
/// The variable that asks for the list of sites.
pub const SITES: &str = "LOOM_SITES";
/// The variable that turns the wrappers of `atomics` off, for the self-check only.
pub const NO_PROBES: &str = "LOOM_NO_PROBES";

/// What an operation does instead of what is written.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The ordering; of a compare-exchange, on success.
    pub order: Ordering,
    /// The ordering of a compare-exchange that fails.
    pub failure: Ordering,
    /// Whether it writes.
    pub effect: Effect,
}

/// Whether an operation has its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// As written.
    Kept,
    /// Nothing is written, although the caller is told so.
    Dropped,
}

/// A change to one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Another ordering; of a compare-exchange, on success.
    Order(Weaker),
    /// Another ordering of a compare-exchange that fails.
    Failure(Weaker),
    /// No effect.
    Drop,
}

/// An ordering that something can be weakened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weaker {
    /// Nothing.
    Relaxed,
    /// Half of `AcqRel`.
    Acquire,
    /// Half of `AcqRel`.
    Release,
    /// All but the single order.
    AcqRel,
}

impl Weaker {
    /// All orderings that are weaker than `order` for the operation `op`.
    pub fn than(op: &str, order: &str) -> &'static [Self] {
        match (op, order) {
            ("load" | "failure", "SeqCst") => &[Self::Acquire, Self::Relaxed],
            ("store", "SeqCst") => &[Self::Release, Self::Relaxed],
            ("fence", "SeqCst") => &[Self::AcqRel, Self::Acquire, Self::Release],
            (_, "SeqCst") => &[Self::AcqRel, Self::Acquire, Self::Release, Self::Relaxed],
            ("fence", "AcqRel") => &[Self::Acquire, Self::Release],
            (_, "AcqRel") => &[Self::Acquire, Self::Release, Self::Relaxed],
            // A relaxed fence is no fence: that is the dropped one.
            ("fence", _) => &[],
            (_, "Acquire" | "Release") => &[Self::Relaxed],
            _ => &[],
        }
    }

    fn ordering(self) -> Ordering {
        match self {
            Self::Relaxed => Relaxed,
            Self::Acquire => Acquire,
            Self::Release => Release,
            Self::AcqRel => AcqRel,
        }
    }
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Order(weaker) => write!(f, "order:{weaker:?}"),
            Self::Failure(weaker) => write!(f, "failure:{weaker:?}"),
            Self::Drop => f.write_str("drop"),
        }
    }
}

impl FromStr for Change {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let weaker = |name: &str| match name {
            "Relaxed" => Ok(Weaker::Relaxed),
            "Acquire" => Ok(Weaker::Acquire),
            "Release" => Ok(Weaker::Release),
            "AcqRel" => Ok(Weaker::AcqRel),
            _ => Err(format!("no ordering: {name}")),
        };
        match text.split_once(':') {
            None if text == "drop" => Ok(Self::Drop),
            Some(("order", name)) => weaker(name).map(Self::Order),
            Some(("failure", name)) => weaker(name).map(Self::Failure),
            _ => Err(format!("no change: {text}")),
        }
    }
}

#[derive(Debug)]
struct Config {
    record: Option<String>,
    mutant: Option<(String, Change)>,
    probes: bool,
}

fn config() -> &'static Config {
    static CONFIG: OnceLock<Config> = OnceLock::new();
    CONFIG.get_or_init(|| Config {
        record: std::env::var(SITES).ok(),
        mutant: std::env::var(MUTANT).ok().map(|mutant| {
            let (site, change) = mutant.rsplit_once('=').expect("a site and a change");
            (site.to_owned(), change.parse().expect("a change"))
        }),
        probes: std::env::var_os(NO_PROBES).is_none(),
    })
}

pub(crate) fn probes() -> bool {
    config().probes
}

/// Whether a place is the mutant's, by its address: naming a place is slow, and loom runs it often.
static PLACES: Mutex<BTreeMap<usize, bool>> = Mutex::new(BTreeMap::new());
static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Called by every operation of the door: what it does.
pub(crate) fn visit(
    at: &'static Location<'static>,
    op: &'static str,
    order: Ordering,
    failure: Option<Ordering>,
) -> Plan {
    let plan = Plan { order, failure: failure.unwrap_or(Relaxed), effect: Effect::Kept };
    let config = config();
    if config.record.is_none() && config.mutant.is_none() {
        return plan;
    }
    let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
    let mutated = *places.entry(std::ptr::from_ref(at).addr()).or_insert_with(|| {
        let site = place(at);
        let mut line = format!("{site} {op} {order:?}");
        if let Some(failure) = failure {
            write!(line, " {failure:?}").expect("a string takes all");
        }
        SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(line);
        config.mutant.as_ref().is_some_and(|(mutant, _)| *mutant == site)
    });
    match &config.mutant {
        Some((_, Change::Order(weaker))) if mutated => Plan { order: weaker.ordering(), ..plan },
        Some((_, Change::Failure(weaker))) if mutated => {
            Plan { failure: weaker.ordering(), ..plan }
        }
        Some((_, Change::Drop)) if mutated => Plan { effect: Effect::Dropped, ..plan },
        _ => plan,
    }
}

/// `file:line:column`, the file as seen from the root of the workspace.
fn place(at: &Location<'_>) -> String {
    let file = at.file();
    let file = file.rsplit_once("/../../").map_or(file, |(_, shared)| shared);
    format!("{file}:{}:{}", at.line(), at.column())
}

/// Writes the sites down, if that was asked for.
pub(crate) fn dump() {
    if let Some(path) = &config().record {
        let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = seen.iter().fold(String::new(), |all, line| all + line + "\n");
        std::fs::write(path, lines).expect("the list of sites can be written");
    }
}
