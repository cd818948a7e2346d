//! Runs models in processes of their own: loom aborts the process when a model fails badly.

use crate::mutate;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How a model ended.
#[derive(Debug, Clone)]
pub enum End {
    /// It holds; the numbers of its table row.
    Held(Row),
    /// It does not; what was printed.
    Failed(String),
    /// It took too long.
    Hung,
}

/// What a run has explored.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Programs.
    pub programs: usize,
    /// Executions of all of them.
    pub executions: usize,
    /// Preemptions.
    pub bound: usize,
    /// Seconds.
    pub seconds: f64,
}

impl Row {
    /// The row that `loom-tests run` has printed.
    fn parse(text: &str) -> Option<Self> {
        let line = text.lines().find_map(|line| line.strip_prefix("explored "))?;
        let mut fields = line.split(' ');
        Some(Self {
            programs: fields.next()?.parse().ok()?,
            executions: fields.next()?.parse().ok()?,
            bound: fields.next()?.parse().ok()?,
            seconds: fields.next()?.parse().ok()?,
        })
    }
}

/// Runs one model with the runner `exe`.
///
/// # Panics
///
/// When the runner can't be started.
pub fn run(exe: &Path, model: &str, vars: &[(&str, &str)], limit: Duration) -> End {
    let mut command = Command::new(exe);
    command.args(["run", model]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env_remove(mutate::MUTANT).env_remove(mutate::SITES).env("RUST_BACKTRACE", "0");
    command.envs(vars.iter().copied());
    let mut child = command.spawn().expect("the runner starts");
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    // Both are read to their end while the child runs, so that it never waits for us.
    let said = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = err.as_mut().map(|err| err.read_to_string(&mut text));
        text
    });
    let printed = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = out.as_mut().map(|out| out.read_to_string(&mut text));
        text
    });
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        if start.elapsed() > limit {
            let _ = child.kill();
            let _ = child.wait();
            return End::Hung;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let printed = printed.join().unwrap_or_default();
    let said = said.join().unwrap_or_default();
    match Row::parse(&printed) {
        Some(row) if status.success() => End::Held(row),
        _ => {
            // The backtrace of an abort is loom's inside.
            let said = said.split("stack backtrace:").next().unwrap_or_default();
            End::Failed(format!("{printed}{said}"))
        }
    }
}

/// Does `job` for each of `items`, on all cores; the results in order.
///
/// # Panics
///
/// When a job does.
pub fn on_all_cores<T: Sync, R: Send>(items: &[T], job: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = Mutex::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let mut at = next.lock().expect("no panic");
                    let this = *at;
                    *at += 1;
                    drop(at);
                    let Some(item) = items.get(this) else { return };
                    let result = job(item);
                    results.lock().expect("no panic").push((this, result));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("no panic");
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The root of the workspace.
///
/// # Panics
///
/// Never: this crate is a member.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a member has a root").to_owned()
}
