//! Where the numbers come from.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde::Serialize;

/// Facts that a number means little without. `None` where the system does not tell.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cores: usize,
    pub(crate) cpu: Option<String>,
    pub(crate) system: Option<String>,
    pub(crate) rustc: Option<String>,
    /// Whether the optimiser was on.
    pub(crate) release: bool,
    /// The share of all processors that other programs used just before the first sample.
    pub(crate) foreign_load: Option<f64>,
    /// The crates under test, as locked.
    pub(crate) crates: Vec<(&'static str, &'static str)>,
}

impl Machine {
    pub(crate) fn look() -> Self {
        Self {
            cores: thread::available_parallelism().map_or(1, usize::from),
            cpu: cpu(),
            system: output("uname", &["-sr"]).or_else(|| Some(std::env::consts::OS.to_owned())),
            rustc: output("rustc", &["--version"]),
            release: !cfg!(debug_assertions),
            foreign_load: foreign_load(),
            crates: crates(),
        }
    }
}

fn cpu() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok();
    let model = info.as_deref().and_then(|info| {
        let line = info.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    model.or_else(|| output("sysctl", &["-n", "machdep.cpu.brand_string"]))
}

/// Looks for a moment. The load average would still show the compiler that built this program.
fn foreign_load() -> Option<f64> {
    let (idle, all) = processor_ticks()?;
    thread::sleep(Duration::from_millis(400));
    let (idle, all) = processor_ticks().map(|(later, end)| (later - idle, end - all))?;
    (all > 0.0).then(|| 1.0 - idle / all)
}

/// Idle and all ticks since the start of the system, over all processors.
fn processor_ticks() -> Option<(f64, f64)> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let ticks = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    // user, nice, system, idle, waiting for the disk, two kinds of interrupt, stolen; then repetitions
    let ticks: Vec<f64> = ticks.take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
    Some((ticks.get(3)? + ticks.get(4)?, ticks.iter().sum()))
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// The crates whose code the cells measure.
const UNDER_TEST: [&str; 7] =
    ["anyrt", "tokio", "smol", "async-std", "async-executor", "async-io", "blocking"];

/// Name and version, from the lock file that this program was built with.
fn crates() -> Vec<(&'static str, &'static str)> {
    let lock = include_str!("../../Cargo.lock");
    let packages = lock.split("[[package]]").filter_map(|package| {
        let field = |name: &str| {
            let value = package.lines().find_map(|line| line.strip_prefix(name))?;
            value.strip_prefix(" = \"")?.strip_suffix('"')
        };
        Some((field("name")?, field("version")?))
    });
    let packages: Vec<_> = packages.filter(|(name, _)| UNDER_TEST.contains(name)).collect();
    let in_order = UNDER_TEST
        .iter()
        .flat_map(|name| packages.iter().filter(move |(package, _)| package == name).copied());
    in_order.collect()
}
