//! Reads many files at once, and shows each as it comes: `submit`, `as_completed`, a progress bar.
//!
//! ```sh
//! cargo run --release --example thread_pool -- --help
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyrt::executor::{Executor, ThreadPool, as_completed};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use walkdir::WalkDir;

/// Counts the lines and words of all files below a directory, many at a time.
#[derive(Parser)]
struct Options {
    /// Where the files are.
    #[arg(default_value = "src")]
    directory: PathBuf,

    /// Threads that read at a time; one per core, and more while those wait for the disk, unless set.
    #[arg(long)]
    workers: Option<usize>,

    /// Pretends that each file takes so many milliseconds longer, as from far away.
    #[arg(long, default_value_t = 0)]
    latency: u64,

    /// Shows so many of the longest files.
    #[arg(long, default_value_t = 5)]
    top: usize,
}

struct Counts {
    lines: usize,
    words: usize,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let files = files(&options.directory)?;
    let mut builder = ThreadPool::builder().name("reader");
    if let Some(workers) = options.workers {
        builder = builder.workers(workers);
    }
    let pool = builder.build()?;
    let latency = Duration::from_millis(options.latency);

    let start = Instant::now();
    let handles = files.iter().map(|path| {
        let file = path.clone();
        (path, pool.submit(move || count(&file, latency)))
    });
    let completed = as_completed(handles);

    let bar = ProgressBar::new(completed.len() as u64).with_style(
        ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}")?.progress_chars("=> "),
    );
    let (mut counted, mut failed) = (Vec::new(), Vec::new());
    for (path, result) in completed {
        bar.inc(1);
        bar.set_message(path.file_name().unwrap_or_default().display().to_string());
        match result? {
            Ok(counts) => counted.push((path, counts)),
            Err(error) => failed.push((path, error)),
        }
    }
    bar.finish_and_clear();
    report(options, &mut counted, &failed, start.elapsed());
    Ok(())
}

fn files(directory: &Path) -> Result<Vec<PathBuf>, walkdir::Error> {
    WalkDir::new(directory)
        .sort_by_file_name()
        .into_iter()
        .filter(|entry| entry.as_ref().map_or(true, |entry| entry.file_type().is_file()))
        .map(|entry| entry.map(walkdir::DirEntry::into_path))
        .collect()
}

/// Blocks: on the disk, and for as long as it pretends.
fn count(path: &Path, latency: Duration) -> io::Result<Counts> {
    std::thread::sleep(latency);
    let bytes = fs::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(Counts { lines: text.lines().count(), words: text.split_whitespace().count() })
}

fn report(
    options: &Options,
    counted: &mut [(&PathBuf, Counts)],
    failed: &[(&PathBuf, io::Error)],
    elapsed: Duration,
) {
    counted.sort_by_key(|(path, counts)| (std::cmp::Reverse(counts.lines), *path));
    for (path, counts) in counted.iter().take(options.top) {
        println!("{:>8} lines {:>8} words  {}", counts.lines, counts.words, path.display());
    }
    for (path, error) in failed {
        eprintln!("{}: {error}", path.display());
    }
    let lines: usize = counted.iter().map(|(_, counts)| counts.lines).sum();
    println!("{} files, {lines} lines, {} ms", counted.len(), elapsed.as_millis());
}
