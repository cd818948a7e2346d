//! The gate on costs: instructions and allocations of the core paths, against those that are stored, and
//! the tax of the traits. Counts only, never time.
//!
//! In the profile `bench`, which compiles each crate as one unit: with several, what is inlined depends on the
//! directory that the sources are in, by up to a tenth of a count.

use std::alloc::System;
use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::PathBuf;

use anyrt::executor::{Executor, ThreadPool};
use anyrt::queue::{Fifo, Priority};
use anyrt::sync::{Event, Lock, RwLock, Semaphore};
use anyrt_benches::Allocated;
use anyrt_benches::costs::{Plan, Workload, counted, entries};
use clap::{Parser, Subcommand};
use smol::future::block_on;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Counts the instructions and allocations of the core paths and compares them with those stored.
///
/// Fails if a path costs more than before, or if one through anyrt's traits costs more than 1.02 times the
/// native call.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Store the counts instead of comparing them.
    #[arg(long)]
    update: bool,
    /// Where they are stored.
    #[arg(long, value_name = "PATH", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/counts.tsv"))]
    file: PathBuf,
    #[command(subcommand)]
    command: Option<Child>,
}

#[derive(Debug, Subcommand)]
enum Child {
    /// What each measurement runs: prints allocations and bytes.
    #[command(hide = true)]
    Child { path: String, n: u64 },
}

/// So many times the native call's instructions are too many.
const TOLERANCE: f64 = 1.02;
/// And so many times the stored ones: another processor takes other paths through the C library.
const SINCE: f64 = 1.05;
/// So many allocations an operation more than those stored are too many: queues grow by blocks.
const ALLOCATIONS: f64 = 0.05;
/// And where other threads take part: how far they are behind decides how far a queue grows, up to a tenth of
/// an allocation; one more in each operation shows all the same.
const ALLOCATIONS_BESIDE_THREADS: f64 = 0.5;
/// How often to count once more what seems to be too much: other threads take part, and the least counts.
const AGAIN: usize = 3;

/// A runtime's own call, and the same through anyrt.
const PAIRS: [(&str, &str); 4] = [
    ("tokio-handle", "anyrt-tokio"),
    ("smol-executor", "anyrt-smol"),
    ("smol-global", "anyrt-smol-global"),
    ("async-std", "anyrt-async-std"),
];

/// tokio's own sleep, made outside of its context.
const ENTERED: &str = "tokio-entered";

/// What costs more through anyrt, up to so many times, and why.
const TAXED: [(&str, f64, &str); 2] = [
    (
        "spawn/anyrt-async-std",
        1.07,
        "its own handle gives no panic as a value, nor tells whether the task has ended, for which a waker is kept",
    ),
    (
        "sleep-polled/anyrt-tokio",
        1.10,
        "a sleep works outside of tokio's context as well, so it looks whether it is inside; to enter costs tokio-entered",
    ),
];

/// What is counted.
struct Path {
    name: String,
    /// The name of the native call.
    native: Option<String>,
    /// Its instructions repeat: one thread does all. Of the others the allocations are looked at.
    is_exact: bool,
    run: Box<dyn Fn(u64) -> Allocated>,
}

fn paths() -> Vec<Path> {
    let mut all = Vec::new();
    let entries = entries();
    let workloads = [
        ("spawn", Workload::Spawn),
        ("yield", Workload::Yield),
        ("sleep-polled", Workload::SleepPolled),
        ("blocking", Workload::Blocking),
    ];
    for (title, workload) in workloads {
        let ours =
            PAIRS.iter().flat_map(|(native, ours)| [(*native, None), (*ours, Some(*native))]);
        let entered = matches!(workload, Workload::SleepPolled).then_some((ENTERED, None));
        for (id, native) in ours.chain([("anyrt-threads", None)]).chain(entered) {
            let run = entries.iter().find(|entry| entry.id == id).expect("it is in the list").run;
            all.push(Path {
                name: format!("{title}/{id}"),
                native: native.map(|native| format!("{title}/{native}")),
                is_exact: match workload {
                    Workload::Blocking => false,
                    // async-io's thread takes part.
                    Workload::SleepPolled => !id.contains("smol") && !id.contains("async-std"),
                    _ => true,
                },
                run: Box::new(move |n| run(workload, n)),
            });
        }
    }
    all.extend([
        exact("lock/lock", async |n| {
            let lock = Lock::new(0_u64);
            for _ in 0..n {
                *black_box(&lock).lock().await += 1;
            }
            assert_eq!(lock.into_inner(), n);
        }),
        exact("rw-lock/read", async |n| {
            let lock = RwLock::new(1_u64);
            for _ in 0..n {
                assert_eq!(*black_box(&lock).read().await, 1);
            }
        }),
        exact("semaphore/acquire", async |n| {
            let semaphore = Semaphore::new(1);
            for _ in 0..n {
                drop(black_box(&semaphore).acquire().await);
            }
        }),
        exact("event/wait, set", async |n| {
            let event = Event::new();
            event.set();
            for _ in 0..n {
                black_box(&event).wait().await;
            }
        }),
        exact("fifo/put, get", async |n| {
            let queue = Fifo::bounded(16);
            for i in 0..n {
                black_box(&queue).put(i).await.expect("nobody closes it");
                assert_eq!(queue.get().await, Ok(i));
            }
        }),
        exact("priority/put, get", async |n| {
            let queue = Priority::bounded(16);
            for i in 0..n {
                black_box(&queue).put(i).await.expect("nobody closes it");
                assert_eq!(queue.get().await, Ok(i));
            }
        }),
        Path {
            name: "thread-pool/submit, join".into(),
            native: None,
            is_exact: false,
            run: Box::new(|n| {
                let pool = ThreadPool::builder().workers(1).build().expect("a thread starts");
                let jobs = |n: u64| {
                    for i in 0..n {
                        let job = pool.submit(move || black_box(i));
                        assert_eq!(job.join_blocking().expect("it does not panic"), i);
                    }
                };
                after_warming_up(jobs, n)
            }),
        },
    ]);
    all
}

/// A path that one thread goes alone, without a runtime.
fn exact(name: &str, work: impl AsyncFn(u64) + 'static) -> Path {
    let run = move |n| after_warming_up(|n| block_on(work(n)), n);
    Path { name: name.into(), native: None, is_exact: true, run: Box::new(run) }
}

fn after_warming_up(work: impl Fn(u64), n: u64) -> Allocated {
    work(200);
    let before = Allocated::so_far();
    work(n);
    Allocated::so_far().since(before)
}

/// Of one operation.
#[derive(Debug, Clone, Copy)]
struct Count {
    instructions: Option<f64>,
    allocations: f64,
}

/// The difference of two numbers of operations, so that start and end cancel.
fn count(program: &std::path::Path, path: &Path) -> Result<Count, String> {
    let (few, many) = (500_u64, 2_500_u64);
    let each = |few_cost: u64, many_cost: u64| {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let each = (many_cost as f64 - few_cost as f64) / (many - few) as f64;
        each
    };
    let run = |n: u64, instructions| {
        counted(program, &["child", &path.name, &n.to_string()], instructions)
    };
    let (a, b) = (run(few, false)?.allocated, run(many, false)?.allocated);
    let allocations = each(a.count, b.count).max(0.0);
    let instructions = if path.is_exact {
        let count = |n| run(n, true)?.instructions.ok_or("callgrind reported no count".to_string());
        Some(each(count(few)?, count(many)?))
    } else {
        None
    };
    Ok(Count { instructions, allocations })
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let paths = paths();
    if let Some(Child::Child { path, n }) = args.command {
        let path = paths.iter().find(|known| known.name == path).ok_or("unknown path")?;
        let allocated = (path.run)(n);
        println!("{} {}", allocated.count, allocated.bytes);
        return Ok(());
    }
    if !Plan::has_valgrind() {
        return Err("valgrind, which counts the instructions, is not installed".into());
    }

    let stored = if args.update { None } else { Some(Stored::read(&args.file)?) };
    let program = std::env::current_exe()?;
    let compiler = compiler();
    let is_same_compiler = stored.as_ref().is_none_or(|stored| stored.compiler == compiler);
    if !is_same_compiler {
        println!(
            "another compiler than that of the stored counts: only the tax and allocations are compared"
        );
    }
    let mut counts: Vec<(&Path, Count)> = Vec::new();
    let mut wrong = Vec::new();
    for path in &paths {
        let mut best: Option<Count> = None;
        let mut complaints = Vec::new();
        for _ in 0..AGAIN {
            let now = count(&program, path)?;
            let least = best.map_or(now, |best| Count {
                instructions: best.instructions.zip(now.instructions).map(|(a, b)| a.min(b)),
                allocations: best.allocations.min(now.allocations),
            });
            best = Some(least);
            complaints.clear();
            if let Some(stored) = &stored {
                complaints.extend(stored.complaint(path, least, is_same_compiler));
            }
            let native = path
                .native
                .as_ref()
                .and_then(|native| counts.iter().find(|(other, _)| other.name == *native));
            if let Some((_, native)) = native {
                complaints.extend(tax_complaint(path, least, *native));
            }
            if complaints.is_empty() && !args.update {
                break;
            }
        }
        let Some(least) = best else { continue };
        let instructions = least.instructions.map_or("-".into(), |i| format!("{i:.0}"));
        println!(
            "{:<32}{instructions:>8} instructions{:>7.2} allocations",
            path.name, least.allocations
        );
        counts.push((path, least));
        wrong.append(&mut complaints);
    }
    if args.update {
        std::fs::write(&args.file, file(&compiler, &counts))?;
        println!("stored in {}", args.file.display());
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let advice = "a cost that is worth it is stored by `cargo run --profile bench -p anyrt-benches --bin counts -- --update`";
    Err(format!("\n  {}\n{advice}", wrong.join("\n  ")).into())
}

fn tax_complaint(path: &Path, ours: Count, native: Count) -> Option<String> {
    let (ours, native) = ours.instructions.zip(native.instructions)?;
    let known = TAXED.iter().find(|(name, ..)| path.name == *name);
    let most = known.map_or(TOLERANCE, |(_, most, _)| *most);
    (ours > native * most).then(|| {
        let why = known.map_or(String::new(), |(_, _, why)| format!(" (known: {why})"));
        let name = &path.name;
        format!("{name}: {ours:.0} instructions, {native:.0} natively: more than {most} times{why}")
    })
}

/// The counts in the file.
struct Stored {
    compiler: String,
    counts: Vec<(String, Count)>,
}

impl Stored {
    fn read(file: &std::path::Path) -> Result<Self, String> {
        let name = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("{name}: {error}; store the counts with --update"))?;
        let mut lines = text.lines();
        let compiler = lines.next().and_then(|line| line.strip_prefix("# "));
        let compiler =
            compiler.ok_or_else(|| format!("{name}: the first line names no compiler"))?;
        let counts = lines.filter(|line| !line.starts_with('#')).map(|line| {
            let fields = line.split('\t').collect::<Vec<_>>();
            let [path, instructions, allocations] = fields[..] else {
                return Err(format!("{name}: not three fields: {line:?}"));
            };
            let number = |field: &str| {
                field.parse().map_err(|_| format!("{name}: {field:?} is no number: {line:?}"))
            };
            let instructions = match instructions {
                "-" => None,
                field => Some(number(field)?),
            };
            Ok((path.to_owned(), Count { instructions, allocations: number(allocations)? }))
        });
        Ok(Self { compiler: compiler.to_owned(), counts: counts.collect::<Result<_, _>>()? })
    }

    fn complaint(&self, path: &Path, now: Count, is_same_compiler: bool) -> Option<String> {
        let name = &path.name;
        let Some((_, stored)) = self.counts.iter().find(|(known, _)| known == name) else {
            return Some(format!("{name}: not in the file"));
        };
        let more = if path.is_exact { ALLOCATIONS } else { ALLOCATIONS_BESIDE_THREADS };
        if now.allocations > stored.allocations + more {
            let (now, stored) = (now.allocations, stored.allocations);
            return Some(format!("{name}: {now:.2} allocations instead of {stored:.2}"));
        }
        let (now, stored) = now.instructions.zip(stored.instructions)?;
        // What is native is not ours to hold; it is counted for the tax.
        let mut natives = PAIRS.iter().map(|(native, _)| *native).chain([ENTERED]);
        let is_ours = path.native.is_some() || !natives.any(|native| name.ends_with(native));
        // A handful more is no news where there are few.
        let is_more = now > stored * SINCE + 3.0;
        (is_more && is_ours && is_same_compiler)
            .then(|| format!("{name}: {now:.0} instructions instead of {stored:.0}"))
    }
}

fn file(compiler: &str, counts: &[(&Path, Count)]) -> String {
    let mut text = format!(
        "# {compiler}\n# path, instructions and allocations of an operation: stored by `counts -- --update`, held by \
         .ci/run\n"
    );
    for (path, count) in counts {
        let instructions = count.instructions.map_or("-".into(), |i| format!("{i:.0}"));
        let _ = writeln!(text, "{}\t{instructions}\t{:.2}", path.name, count.allocations);
    }
    text
}

fn compiler() -> String {
    let version = std::process::Command::new("rustc").arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    version.unwrap_or_default()
}
