//! Every atomic operation made weaker, one at a time: some model must fail.

use crate::harness::{AT_MOST, Model};
use crate::mutate::{self, Change, Weaker};
use crate::runner::{self, End};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// An atomic operation in the sources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// From the root of the workspace.
    pub file: String,
    /// Line and column.
    pub at: (usize, usize),
    /// The function around it.
    pub function: String,
    /// Which one in functions of this name.
    pub nth: usize,
    /// The method's name.
    pub op: String,
    /// Its orderings.
    pub orders: Vec<String>,
}

/// An operation, and what is changed in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mutant {
    /// Where.
    pub site: Site,
    /// What.
    pub change: Change,
}

impl Mutant {
    /// The value of `LOOM_MUTANT`.
    pub fn variable(&self) -> String {
        let Site { file, at: (line, column), .. } = &self.site;
        format!("{file}:{line}:{column}={}", self.change)
    }
}

/// The name of a mutant: survives edits elsewhere in the file.
impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Site { file, function, nth, op, orders, .. } = &self.site;
        write!(f, "{} {function} {op}", file.trim_start_matches("src/"))?;
        if *nth > 1 {
            write!(f, " #{nth}")?;
        }
        match self.change {
            Change::Order(weaker) => write!(f, ": {} to {weaker:?}", orders[0]),
            Change::Failure(weaker) => write!(f, ": on failure {} to {weaker:?}", orders[1]),
            Change::Drop => f.write_str(": dropped"),
        }
    }
}

/// What became of a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// This model fails.
    Killed(String),
    /// No model fails.
    Survived,
    /// These models did not end in time; none failed.
    Hung(String),
}

/// The mutants that may survive.
#[derive(Debug, Deserialize)]
pub struct Allowed {
    /// Them.
    #[serde(default)]
    pub allowed: Vec<Entry>,
}

/// One of them.
#[derive(Debug, Deserialize)]
pub struct Entry {
    /// Its name.
    pub mutant: String,
    /// Why it is harmless.
    pub reason: String,
}

impl Allowed {
    /// Reads `orderings.toml`.
    ///
    /// # Panics
    ///
    /// When it is missing or malformed.
    pub fn read() -> Self {
        let file = runner::root().join("loom-tests/orderings.toml");
        let text = std::fs::read_to_string(file).expect("orderings.toml");
        toml::from_str(&text).expect("orderings.toml is well-formed")
    }
}

/// A model, how long it takes, and the sites that it comes by.
#[derive(Debug)]
pub struct Visit {
    model: &'static Model,
    seconds: f64,
    sites: BTreeSet<String>,
}

/// Runs every model as it is, and notes where it goes.
///
/// # Panics
///
/// When one fails: nothing can be said about mutants then.
pub fn survey(exe: &Path, models: &[&'static Model], scratch: &Path) -> Vec<Visit> {
    runner::on_all_cores(models, |model| {
        let list = scratch.join(model.name.replace("::", "."));
        // One preemption shows where a model goes; that it holds is for the models' own test.
        let vars = [(mutate::SITES, list.to_str().expect("a plain path")), (AT_MOST, "1")];
        match runner::run(exe, model.name, &vars, Duration::from_secs(600)) {
            End::Held(row) => {
                let sites = std::fs::read_to_string(&list).expect("the list of sites");
                let sites = sites.lines().map(str::to_owned).collect();
                Visit { model, seconds: row.seconds, sites }
            }
            end => panic!("{} does not hold without any mutant: {end:?}", model.name),
        }
    })
}

/// All mutants of the sites that were visited.
///
/// # Panics
///
/// When the sources have no operation where a model came by one.
pub fn mutants(visits: &[Visit]) -> Vec<Mutant> {
    let visited: BTreeSet<&String> = visits.iter().flat_map(|visit| &visit.sites).collect();
    let mut sources = BTreeMap::new();
    let sites = visited.into_iter().map(|line| {
        let (place, rest) = line.split_once(' ').expect("a place and what is there");
        let mut numbers = place.rsplitn(3, ':').map(str::to_owned);
        let column: usize = numbers.next().expect("a column").parse().expect("a number");
        let row: usize = numbers.next().expect("a line").parse().expect("a number");
        let file = numbers.next().expect("a file");
        let known = sources.entry(file.clone()).or_insert_with(|| scan(&file));
        let named = known.iter().find(|site| site.at == (row, column));
        let mut site = named.unwrap_or_else(|| panic!("no operation at {place}")).clone();
        site.orders = rest.split(' ').skip(1).map(str::to_owned).collect();
        site
    });
    sites.flat_map(|site| changes(&site)).collect()
}

fn changes(site: &Site) -> Vec<Mutant> {
    let order = Weaker::than(&site.op, &site.orders[0]).iter().copied().map(Change::Order);
    let failure = site.orders.get(1).map_or(&[] as &[Weaker], |o| Weaker::than("failure", o));
    let failure = failure.iter().copied().map(Change::Failure);
    let writes = (site.op != "load").then_some(Change::Drop);
    let all = order.chain(failure).chain(writes);
    all.map(|change| Mutant { site: site.clone(), change }).collect()
}

/// The atomic operations in a file, with names that survive edits.
///
/// # Panics
///
/// When there is no such file.
pub fn scan(file: &str) -> Vec<Site> {
    const OPS: [&str; 10] = [
        "load",
        "store",
        "swap",
        "compare_exchange",
        "fetch_add",
        "fetch_sub",
        "fetch_and",
        "fetch_or",
        "fetch_xor",
        "fence",
    ];
    let text = std::fs::read_to_string(runner::root().join(file)).expect("the source of a site");
    let mut function = String::new();
    let mut seen = BTreeMap::new();
    let mut sites = Vec::new();
    for (row, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        if let Some((_, name)) = code.split_once("fn ") {
            let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            name[..end.unwrap_or(name.len())].clone_into(&mut function);
        }
        let mut here: Vec<_> = OPS
            .iter()
            .flat_map(|op| {
                let call = format!("{op}(");
                let found = code.match_indices(&call).map(|(at, _)| at).collect::<Vec<_>>();
                found.into_iter().map(move |at| (at, *op))
            })
            .filter(|(at, op)| {
                let before = code[..*at].chars().next_back();
                if *op == "fence" { before != Some('_') } else { before == Some('.') }
            })
            .collect();
        here.sort_unstable();
        for (at, op) in here {
            let nth: &mut usize = seen.entry((function.clone(), op)).or_default();
            *nth += 1;
            sites.push(Site {
                file: file.to_owned(),
                at: (row + 1, at + 1),
                function: function.clone(),
                nth: *nth,
                op: op.to_owned(),
                orders: Vec::new(),
            });
        }
    }
    sites
}

/// The value of `LOOM_MUTANT` for a mutant's name; `None` when the sources have no such place now.
pub fn variable(name: &str) -> Option<String> {
    let (place, change) = name.split_once(": ")?;
    let mut words = place.split(' ');
    let (file, function, op) = (words.next()?, words.next()?, words.next()?);
    let nth = words.next().map_or(Some(1), |nth| nth.strip_prefix('#')?.parse().ok())?;
    let root = if file.starts_with("loom-tests") { "" } else { "src/" };
    let file = format!("{root}{file}");
    let sites = scan(&file);
    let site = sites.into_iter().find(|s| s.function == function && s.op == op && s.nth == nth)?;
    let change = match change.rsplit_once(" to ") {
        Some((from, to)) if from.starts_with("on failure") => format!("failure:{to}"),
        Some((_, to)) => format!("order:{to}"),
        None => "drop".to_owned(),
    };
    Some(format!("{file}:{}:{}={change}", site.at.0, site.at.1))
}

/// Whether `model` fails under the mutant: with one preemption, or else with all of its own.
pub fn kills(exe: &Path, model: &str, variable: &str) -> bool {
    let limit = Duration::from_secs(120);
    let fails = |vars: &[_]| matches!(runner::run(exe, model, vars, limit), End::Failed(_));
    fails(&[(mutate::MUTANT, variable), (AT_MOST, "1")]) || fails(&[(mutate::MUTANT, variable)])
}

/// Runs the models that come by the mutant's site, the quickest first, until one fails; with one
/// preemption, and then, if `thorough`, with all of their own.
pub fn hunt(
    exe: &Path,
    mutant: &Mutant,
    visits: &[Visit],
    first: Option<&str>,
    thorough: bool,
) -> Fate {
    let site = {
        let Site { file, at: (line, column), op, .. } = &mutant.site;
        format!("{file}:{line}:{column} {op} ")
    };
    let mut models: Vec<_> = visits
        .iter()
        .filter(|visit| visit.sites.iter().any(|line| line.starts_with(&site)))
        .collect();
    let rank = |visit: &Visit| if first == Some(visit.model.name) { -1.0 } else { visit.seconds };
    models.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
    let variable = mutant.variable();
    let passes: &[&str] = if thorough { &["1", "99"] } else { &["1"] };
    let mut hung = Vec::new();
    for (at_most, visit) in passes.iter().flat_map(|pass| models.iter().map(move |m| (pass, m))) {
        let vars = [(mutate::MUTANT, variable.as_str()), (AT_MOST, at_most)];
        match runner::run(exe, visit.model.name, &vars, Duration::from_secs(600)) {
            End::Held(_) => {}
            End::Failed(_) => return Fate::Killed(visit.model.name.to_owned()),
            End::Hung => hung.push(visit.model.name),
        }
    }
    if hung.is_empty() { Fate::Survived } else { Fate::Hung(hung.join(", ")) }
}
