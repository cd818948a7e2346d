use std::path::Path;
use std::process::{Command, Stdio};

use serde::Serialize;

use super::{Entry, Workload};
use crate::Allocated;

/// What one operation costs.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Cost {
    /// Instructions of all threads: the least of the repetitions. `None` without valgrind.
    pub instructions: Option<f64>,
    /// How much more the worst repetition took, as a fraction. Single-threaded runs repeat exactly.
    pub spread: Option<f64>,
    /// Allocations.
    pub allocations: f64,
    /// Bytes of them.
    pub bytes: f64,
}

/// How to measure.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Whether to count instructions.
    pub instructions: bool,
    /// How often to repeat each count; twice is enough where both agree.
    pub repeat: u32,
}

impl Plan {
    /// Whether valgrind is installed.
    #[must_use]
    pub fn has_valgrind() -> bool {
        let mut command = Command::new("valgrind");
        let silent = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        silent.status().is_ok_and(|status| status.success())
    }
}

/// Measures `workload` on `entry` in child processes that run `program`, the `costs` binary.
///
/// # Errors
///
/// What went wrong in a child process, in words.
pub fn measure(
    program: &Path,
    entry: &Entry,
    workload: Workload,
    plan: Plan,
) -> Result<Cost, String> {
    let (few, many) = workload.counts();
    let per_operation = |few_cost: u64, many_cost: u64| {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let cost = (many_cost as f64 - few_cost as f64) / (many - few) as f64;
        cost
    };

    let allocated = |n| -> Result<Allocated, String> {
        // The least: another thread of the runtime may allocate for itself now and then.
        let runs = (0..plan.repeat).map(|_| run_child(program, entry, workload, n, false));
        let runs = runs.collect::<Result<Vec<_>, _>>()?;
        let least = runs.iter().map(|run| run.allocated).min_by_key(|run| (run.count, run.bytes));
        least.ok_or_else(|| "nothing was measured: ask for 1 repetition or more".into())
    };
    let (a_few, a_many) = (allocated(few)?, allocated(many)?);

    let mut instructions: Vec<f64> = Vec::new();
    while plan.instructions && instructions.len() < plan.repeat as usize {
        let count = |n| -> Result<u64, String> {
            let run = run_child(program, entry, workload, n, true)?;
            run.instructions.ok_or_else(|| "callgrind did not report a count".into())
        };
        instructions.push(per_operation(count(few)?, count(many)?));
        // What is single-threaded repeats exactly: two counts show it.
        if let [first, second] = instructions[..]
            && (first / second - 1.0).abs() < 1e-3
        {
            break;
        }
    }
    instructions.sort_by(f64::total_cmp);
    let (least, most) = (instructions.first().copied(), instructions.last().copied());
    Ok(Cost {
        instructions: least,
        spread: least.zip(most).map(|(least, most)| most / least - 1.0),
        allocations: per_operation(a_few.count, a_many.count),
        bytes: per_operation(a_few.bytes, a_many.bytes),
    })
}

fn run_child(
    program: &Path,
    entry: &Entry,
    workload: Workload,
    n: u64,
    count: bool,
) -> Result<Counted, String> {
    let workload = clap::ValueEnum::to_possible_value(&workload).ok_or("a hidden workload")?;
    counted(program, &["child", entry.id, workload.get_name(), &n.to_string()], count)
}

/// What a child process counted.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// By its allocator; it prints the two numbers.
    pub allocated: Allocated,
    /// By callgrind, of all its threads, if it was asked.
    pub instructions: Option<u64>,
}

/// Runs `program`, under callgrind if `instructions` are asked for.
///
/// # Errors
///
/// What went wrong in the child process, in words.
pub fn counted(program: &Path, arguments: &[&str], instructions: bool) -> Result<Counted, String> {
    let mut command = if instructions {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        // By a name as long in every directory: its length decides where the allocator finds room for the
        // rest, which can be a tenth of a count.
        if let (Some(directory), Some(name)) = (program.parent(), program.file_name()) {
            valgrind.current_dir(directory).arg(Path::new(".").join(name));
        }
        valgrind
    } else {
        Command::new(program)
    };
    command.args(arguments);
    // One thread each, as `Threads` and tokio's current-thread runtime have here.
    command.env("SMOL_THREADS", "1").env("ASYNC_STD_THREAD_COUNT", "1");
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{command:?} failed ({}): {stderr}", output.status));
    }

    let stdout = String::from_utf8_lossy(&output.stdout);
    let mut numbers = stdout.split_whitespace().map(str::parse);
    let (Some(Ok(count)), Some(Ok(bytes))) = (numbers.next(), numbers.next()) else {
        return Err(format!("{command:?} printed {stdout:?} instead of two counts"));
    };
    let collected = stderr.lines().find_map(|line| line.split_once("Collected :"));
    let instructions = collected.and_then(|(_, number)| number.trim().parse().ok());
    Ok(Counted { allocated: Allocated { count, bytes }, instructions })
}
