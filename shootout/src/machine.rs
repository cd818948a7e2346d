//! Where the numbers come from.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Facts that a number means little without. `None` where the system does not tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) cores: usize,
    pub(crate) cpu: Option<String>,
    pub(crate) system: Option<String>,
    /// Of the first core: the policy by which its clock runs.
    pub(crate) governor: Option<String>,
    /// Who decides how deeply a core without work sleeps, which a wake-up waits for.
    #[serde(default)]
    pub(crate) idle: Option<String>,
    /// Flaws of the processor that the system works around: each can make switching dearer.
    #[serde(default)]
    pub(crate) mitigations: Option<usize>,
    /// Whether this is a guest of another machine.
    pub(crate) hypervisor: bool,
    pub(crate) rustc: Option<String>,
    /// Whether the optimiser was on.
    pub(crate) release: bool,
    /// The share of all processors that other programs used just before the first sample.
    pub(crate) foreign_load: Option<f64>,
    /// The crates under test, as locked.
    pub(crate) crates: Vec<(String, String)>,
}

impl Machine {
    pub(crate) fn look() -> Self {
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let read = |path: &str| Some(fs::read_to_string(path).ok()?.trim().to_owned());
        Self {
            cores: thread::available_parallelism().map_or(1, usize::from),
            cpu: cpu(&info).or_else(|| output("sysctl", &["-n", "machdep.cpu.brand_string"])),
            system: output("uname", &["-sr"]).or_else(|| Some(env::consts::OS.to_owned())),
            governor: read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            idle: read("/sys/devices/system/cpu/cpuidle/current_driver"),
            mitigations: mitigations(),
            hypervisor: info.contains(" hypervisor"),
            rustc: output("rustc", &["--version"]),
            release: !cfg!(debug_assertions),
            foreign_load: foreign_load(),
            crates: crates(),
        }
    }

    /// What makes the figures of two machines not comparable; empty if nothing does.
    pub(crate) fn differences(&self, old: &Self) -> Vec<String> {
        let show = |fact: &Option<String>| fact.clone().unwrap_or_else(|| "unknown".to_owned());
        let mut all = Vec::new();
        let mut differ = |what: &str, old: String, new: String| {
            if old != new {
                all.push(format!("{what}: {old}, now {new}"));
            }
        };
        differ("cores", old.cores.to_string(), self.cores.to_string());
        differ("processor", show(&old.cpu), show(&self.cpu));
        differ("system", show(&old.system), show(&self.system));
        let mitigations = |of: &Self| show(&of.mitigations.map(|count| count.to_string()));
        differ("governor", show(&old.governor), show(&self.governor));
        differ("idle driver", show(&old.idle), show(&self.idle));
        differ("mitigations", mitigations(old), mitigations(self));
        differ("compiler", show(&old.rustc), show(&self.rustc));
        differ("optimised", old.release.to_string(), self.release.to_string());
        for (name, new) in &self.crates {
            if let Some((_, old)) = old.crates.iter().find(|(old, _)| old == name) {
                differ(name, old.clone(), new.clone());
            }
        }
        all
    }
}

fn cpu(info: &str) -> Option<String> {
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn mitigations() -> Option<usize> {
    let files = fs::read_dir("/sys/devices/system/cpu/vulnerabilities").ok()?;
    let texts = files.filter_map(|file| fs::read_to_string(file.ok()?.path()).ok());
    Some(texts.filter(|text| text.starts_with("Mitigation")).count())
}

/// A load of others above this share is warned of.
pub(crate) const NOT_QUIET: f64 = 0.1;

/// Looks for a moment. The load average would still show the compiler that built this program.
fn foreign_load() -> Option<f64> {
    let before = Ticks::now()?;
    thread::sleep(Duration::from_millis(400));
    before.busy_since()
}

/// What all processors did since the start of the system, in ticks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticks {
    idle: f64,
    all: f64,
}

impl Ticks {
    pub(crate) fn now() -> Option<Self> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let ticks = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
        // user, nice, system, idle, waiting for the disk, two kinds of interrupt, stolen; then repetitions
        let ticks: Vec<f64> = ticks.take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
        Some(Self { idle: ticks.get(3)? + ticks.get(4)?, all: ticks.iter().sum() })
    }

    /// The share of all processors that was used.
    pub(crate) fn busy_since(self) -> Option<f64> {
        let now = Self::now()?;
        let all = now.all - self.all;
        (all > 0.0).then(|| 1.0 - (now.idle - self.idle) / all)
    }
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// The crates whose code the cells measure.
const UNDER_TEST: [&str; 7] =
    ["anyrt", "tokio", "smol", "async-std", "async-executor", "async-io", "blocking"];

/// Name and version, from the lock file of the workspace that this program was built in.
fn crates() -> Vec<(String, String)> {
    // `cargo run` tells the first; the second lies in the target directory.
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let places = [package, env::current_exe().ok()];
    let lock = places.iter().flatten().flat_map(|place| place.ancestors()).find_map(read_lock);
    lock.as_deref().map(locked).unwrap_or_default()
}

fn read_lock(directory: &Path) -> Option<String> {
    fs::read_to_string(directory.join("Cargo.lock")).ok()
}

fn locked(lock: &str) -> Vec<(String, String)> {
    let packages = lock.split("[[package]]").filter_map(|package| {
        let field = |name: &str| {
            let value = package.lines().find_map(|line| line.strip_prefix(name))?;
            value.strip_prefix(" = \"")?.strip_suffix('"')
        };
        Some((field("name")?, field("version")?))
    });
    let packages: Vec<_> = packages.collect();
    let version = |name: &&str| {
        let (_, version) = packages.iter().find(|(package, _)| package == name)?;
        Some(((*name).to_owned(), (*version).to_owned()))
    };
    UNDER_TEST.iter().filter_map(version).collect()
}
