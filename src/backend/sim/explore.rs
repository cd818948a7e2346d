//! Many schedules of one program.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::time::{Duration, Instant};

use super::Sim;
use super::builder::SimBuilder;
use super::failure::{Failure, FailureKind};
use super::minimise::minimise;
use super::policy::{Branch, Picker, Policy};
use super::schedule::Schedule;
use super::trial::{Program, Trial};
use crate::primitives::birth::Birth;

/// The environment variable that makes every [`explore`] run one schedule only: that of its value.
pub(super) const SCHEDULE: &str = "ANYRT_SIM_SCHEDULE";

/// Which schedules [`explore`] runs.
///
/// # Examples
///
/// ```
/// use anyrt::sim::Explore;
///
/// let many = Explore::random(1_000).seed(42);
/// let rare = Explore::pct(1_000, 3); // bugs that need three things in an order
/// let every = Explore::all(100_000); // of a small program, up to so many
/// # let _ = (many, rare, every);
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use = "give it to `explore`"]
pub struct Explore {
    which: Which,
    schedules: u64,
    seed: u64,
    max_steps: u64,
    preemptive: bool,
    patience: Option<Duration>,
    within: Option<Duration>,
    task_panics: bool,
    check_every: u64,
    minimise: u32,
    progress: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Random,
    Pct { depth: u32 },
    All,
}

impl Explore {
    fn new(which: Which, schedules: u64) -> Self {
        Self {
            which,
            schedules,
            seed: 0,
            max_steps: 1_000_000,
            preemptive: true,
            patience: None,
            within: None,
            task_panics: false,
            check_every: 1_000,
            minimise: 1_000,
            progress: false,
        }
    }

    /// So many random schedules, with seeds from 0: what finds most bugs.
    pub fn random(schedules: u64) -> Self {
        Self::new(Which::Random, schedules)
    }

    /// So many schedules of [`Policy::Pct`], with seeds from 0. The number of steps is learned from the
    /// runs before.
    pub fn pct(schedules: u64, depth: u32) -> Self {
        Self::new(Which::Pct { depth }, schedules)
    }

    /// Every schedule there is, one after the other, up to so many: for small programs. That all were
    /// run is told by [`Explored::is_complete`].
    pub fn all(limit: u64) -> Self {
        Self::new(Which::All, limit)
    }

    /// The first seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// A run of so many steps is a livelock: a million by default.
    pub fn max_steps(mut self, steps: u64) -> Self {
        self.max_steps = steps;
        self
    }

    /// Switches only where a task waits or yields, and not before each operation of a primitive
    /// ([`SimBuilder::preemptive`], which is on otherwise): fewer schedules, and fewer bugs.
    pub fn cooperative(mut self) -> Self {
        self.preemptive = false;
        self
    }

    /// As [`SimBuilder::patience`].
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// Stops after so much real time, whatever the number of schedules.
    pub fn within(mut self, limit: Duration) -> Self {
        self.within = Some(limit);
        self
    }

    /// Lets tasks panic: then only the root's panic is a failure, for programs that handle the
    /// [`JoinError`](crate::JoinError)s.
    pub fn allow_task_panics(mut self) -> Self {
        self.task_panics = true;
        self
    }

    /// Runs one schedule in so many twice and compares: 1,000 by default (and the first always), 0 is
    /// never.
    pub fn check_every(mut self, schedules: u64) -> Self {
        self.check_every = schedules;
        self
    }

    /// Runs at most so many times more to make a failing schedule simple: 1,000 by default.
    pub fn minimise(mut self, runs: u32) -> Self {
        self.minimise = runs;
        self
    }

    /// Prints to standard error how far it is, every two seconds. (Tests show it with `--nocapture`.)
    pub fn progress(mut self) -> Self {
        self.progress = true;
        self
    }

    fn options(&self, seed: u64, policy: Policy) -> SimBuilder {
        let options = SimBuilder::new(seed).policy(policy).max_steps(self.max_steps).with_trace();
        let options = if self.preemptive { options.preemptive() } else { options };
        match self.patience {
            Some(patience) => options.patience(patience),
            None => options,
        }
    }
}

/// What [`explore`] has run without a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "it tells whether all schedules were run"]
pub struct Explored {
    schedules: u64,
    steps: u64,
    complete: bool,
}

impl Explored {
    /// How many schedules.
    pub fn schedules(&self) -> u64 {
        self.schedules
    }

    /// How many steps, over all.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Whether these are all that the program has; only [`Explore::all`] knows.
    pub fn is_complete(&self) -> bool {
        self.complete
    }
}

/// A failure that was found, in the simplest schedule that could be made of it.
#[derive(Debug, Clone)]
pub struct Found {
    schedules: u64,
    seed: Option<u64>,
    recorded: Schedule,
    failure: Failure,
    /// The units of that schedule, by number.
    units: Vec<String>,
}

impl Found {
    /// How many schedules it took, this one included.
    pub fn schedules(&self) -> u64 {
        self.schedules
    }

    /// What went wrong.
    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    /// The schedule as it was found.
    pub fn recorded(&self) -> &Schedule {
        &self.recorded
    }

    /// The simplest schedule with the same failure: what to replay.
    pub fn schedule(&self) -> &Schedule {
        &self.failure.schedule
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seed = self.seed.map_or_else(String::new, |seed| format!(", seed {seed}"));
        writeln!(f, "{} [schedule {}{seed}]", self.failure, self.schedules)?;
        let schedule = self.schedule();
        let before = self.recorded.steps().len();
        writeln!(f, "schedule: {} steps (found with {before})", schedule.steps().len())?;
        for run in schedule.steps().chunk_by(|a, b| a == b) {
            let times = if run.len() == 1 { String::new() } else { format!(" x{}", run.len()) };
            let unit = self.units.get(run[0] as usize).map_or("a unit", String::as_str);
            writeln!(f, "  {unit}{times}")?;
        }
        let thread = std::thread::current();
        let test = thread.name().filter(|name| *name != "main").unwrap_or("<the test>");
        writeln!(f, "replay: {SCHEDULE}='{schedule}' cargo test {test}")?;
        write!(f, "    or: anyrt::sim::replay(\"{schedule}\", ...)")
    }
}

impl std::error::Error for Found {}

/// Runs `app` in many schedules, and panics with the first failure: a panic of its root or of a task, a
/// deadlock, a livelock, or that it does not only depend on the schedule.
///
/// The failure is told with the simplest schedule that could be made of it, the names of its tasks, and
/// the line that replays it: with the environment variable `ANYRT_SIM_SCHEDULE` set, `explore` runs
/// that schedule only.
///
/// # Panics
///
/// When a schedule fails; and as [`try_explore`] does.
///
/// # Examples
///
/// A read and a write, and a task in between:
///
/// ```should_panic
/// use anyrt::prelude::*;
/// use anyrt::sim::{Explore, explore};
/// use anyrt::sync::Lock;
/// use std::sync::Arc;
///
/// explore(Explore::random(100), |rt| async move {
///     let count = Arc::new(Lock::new(0));
///     let add = || {
///         let count = count.clone();
///         rt.spawn(async move {
///             let seen = *count.lock().await;
///             anyrt::task::yield_now().await; // any await will do
///             *count.lock().await = seen + 1;
///         })
///     };
///     let (one, two) = (add(), add());
///     one.await.unwrap();
///     two.await.unwrap();
///     assert_eq!(*count.lock().await, 2); // not in every schedule
/// });
/// ```
#[track_caller]
pub fn explore<F, Fut>(config: Explore, app: F) -> Explored
where
    F: Fn(Sim) -> Fut,
    Fut: Future,
{
    try_explore(config, app).unwrap_or_else(|found| panic!("{found}"))
}

/// As [`explore`], with the failure as a value.
///
/// # Errors
///
/// [`Found`], the first failure, in the simplest schedule that could be made of it.
///
/// # Panics
///
/// If `config` asks for no schedule at all, or `ANYRT_SIM_SCHEDULE` is set and is none.
#[track_caller]
pub fn try_explore<F, Fut>(config: Explore, app: F) -> Result<Explored, Box<Found>>
where
    F: Fn(Sim) -> Fut,
    Fut: Future,
{
    assert!(config.schedules > 0, "to explore no schedule finds nothing: ask for one at least");
    let program = Program { app: &app, birth: Birth::of::<Fut>(), spare: Cell::default() };
    match std::env::var(SCHEDULE) {
        Ok(text) => {
            let schedule = text.parse().unwrap_or_else(|error| panic!("{SCHEDULE}: {error}"));
            replay_only(&config, &program, schedule)
        }
        Err(_) => search(&config, &program),
    }
}

/// Runs `app` once, as recorded; the line to put into a debugger's session, or a test that stays.
///
/// What was found by a [cooperative](Explore::cooperative) exploration is replayed by a
/// [`SimBuilder`] with [`Policy::Replay`].
///
/// # Panics
///
/// As the program does in this schedule; if `schedule` is none, or does not fit the program.
#[track_caller]
pub fn replay<F, Fut>(schedule: &str, app: F) -> Fut::Output
where
    F: FnOnce(Sim) -> Fut,
    Fut: Future,
{
    let schedule = schedule.parse().unwrap_or_else(|error| panic!("{error}"));
    let owner = SimBuilder::new(0).policy(Policy::Replay(schedule)).preemptive().build();
    let rt = crate::contract::BlockOn::handle(&owner);
    owner.block_on_as(app(rt), Birth::of::<Fut>())
}

fn replay_only<F, Fut>(
    config: &Explore,
    program: &Program<'_, F>,
    schedule: Schedule,
) -> Result<Explored, Box<Found>>
where
    F: Fn(Sim) -> Fut,
    Fut: Future,
{
    let options = config.options(0, Policy::Replay(schedule.clone()));
    let picker = Picker::new(&options.policy, 0);
    let trial = program.run(options.with_names(), picker);
    let steps = trial.steps;
    match trial.failure(config.task_panics) {
        None => Ok(Explored { schedules: 1, steps, complete: false }),
        Some((failure, units)) => {
            Err(Box::new(Found { schedules: 1, seed: None, recorded: schedule, failure, units }))
        }
    }
}

fn search<F, Fut>(config: &Explore, program: &Program<'_, F>) -> Result<Explored, Box<Found>>
where
    F: Fn(Sim) -> Fut,
    Fut: Future,
{
    let start = Instant::now();
    let mut progress = Progress { on: config.progress, last: start, start };
    let mut done = Explored { schedules: 0, steps: 0, complete: false };
    let (mut path, mut choices) = (Vec::new(), 1); // the first run changes nothing, and counts
    while done.schedules < config.schedules {
        if config.within.is_some_and(|limit| start.elapsed() >= limit) {
            break;
        }
        let seed = config.seed.wrapping_add(done.schedules);
        let policy = match config.which {
            Which::Random | Which::All => Policy::Random,
            Which::Pct { depth } => Policy::Pct { depth, steps: choices },
        };
        let picker = |path: &[Branch]| match config.which {
            Which::All => Picker::Search { path: path.to_vec(), at: 0 },
            _ => Picker::new(&policy, seed),
        };
        let trial = program.run(config.options(seed, policy.clone()).unwatched(), picker(&path));
        let number = done.schedules;
        done.schedules += 1;
        done.steps += trial.steps;
        choices = choices.max(trial.choices());
        progress.tell(&done, config.schedules);

        if config.check_every > 0 && number.is_multiple_of(config.check_every) {
            let again =
                program.run(config.options(seed, policy.clone()).unwatched(), picker(&path));
            if let Some(failure) = differ(&trial, &again) {
                let found = found(config, done.schedules, seed, &trial, failure, Vec::new());
                return Err(Box::new(found));
            }
        }
        path = trial.path();
        if trial.has_failed(config.task_panics) {
            return Err(Box::new(simplest(config, program, done.schedules, seed, &trial)));
        }
        program.recycle(trial);
        if config.which == Which::All && !next_path(&mut path) {
            done.complete = true;
            break;
        }
    }
    Ok(done)
}

fn simplest<F, Fut>(
    config: &Explore,
    program: &Program<'_, F>,
    schedules: u64,
    seed: u64,
    trial: &Trial,
) -> Found
where
    F: Fn(Sim) -> Fut,
    Fut: Future,
{
    let options = config.options(seed, Policy::Fifo);
    let run = |picker| program.run(options.clone().with_names(), picker);
    // As recorded, to see that it can be repeated at all.
    let replay = Picker::Replay { steps: trial.trace.clone(), at: 0 };
    let again = run(replay);
    if let Some(failure) = differ(trial, &again) {
        return found(config, schedules, seed, trial, failure, Vec::new());
    }
    let best = minimise(again, config.minimise, config.task_panics, run);
    let (failure, units) = best.failure(config.task_panics).expect("only failures are kept");
    found(config, schedules, seed, trial, failure, units)
}

fn found(
    config: &Explore,
    schedules: u64,
    seed: u64,
    trial: &Trial,
    failure: Failure,
    units: Vec<String>,
) -> Found {
    let recorded = Schedule(trial.trace.clone());
    let seed = (config.which != Which::All).then_some(seed);
    Found { schedules, seed, recorded, failure, units }
}

/// The next path of the search, depth first.
fn next_path(path: &mut Vec<Branch>) -> bool {
    while let Some(last) = path.last_mut() {
        if last.taken + 1 < last.of {
            last.taken += 1;
            return true;
        }
        path.pop();
    }
    false
}

/// Where two runs of one schedule part.
fn differ(one: &Trial, two: &Trial) -> Option<Failure> {
    let same = one.trace == two.trace && one.steps == two.steps && one.elapsed == two.elapsed;
    if same {
        return None;
    }
    let pairs = one.trace.iter().zip(&two.trace);
    let step = pairs.take_while(|(a, b)| a == b).count();
    let unit = |trial: &Trial| match trial.trace.get(step) {
        Some(unit) => format!("unit {unit} ran"),
        None => String::from("it was over"),
    };
    let text = format!(
        "the program does not only depend on the schedule: at step {step}, {} the first time, and {} the \
         second time. Look for the order of a hash map, for real time, for threads and for state that \
         outlives a run",
        unit(one),
        unit(two),
    );
    let schedule = Schedule(one.trace.clone());
    Some(Failure { kind: FailureKind::NotDeterministic, text, schedule })
}

struct Progress {
    on: bool,
    last: Instant,
    start: Instant,
}

impl Progress {
    fn tell(&mut self, done: &Explored, of: u64) {
        const EACH: Duration = Duration::from_secs(2);
        if self.on && self.last.elapsed() >= EACH {
            self.last = Instant::now();
            let rate = u128::from(done.schedules) * 1_000 / self.start.elapsed().as_millis().max(1);
            eprintln!("explore: {} of {of} schedules, {rate} per second", done.schedules);
        }
    }
}
