//! The real one: index a directory tree of documents.

mod index;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use anyrt::prelude::*;
use walkdir::{DirEntry, WalkDir};

use self::index::Index;
use super::{Info, Workload, time};
use crate::measure::{Clock, Job, Outcome};

/// Tasks that read and index at a time; no more files than that are in memory.
const IN_FLIGHT: usize = 16;

/// Files that a task indexes on its own before it takes the lock.
const FILES_PER_LOCK: usize = 16;

/// Files that `--quick` reads, evenly spread over the tree.
const QUICK_FILES: usize = 200;

pub(super) struct Pages;

impl Workload for Pages {
    const INFO: Info = Info::new(
        "files read and worked on: a real program",
        "pages",
        "read a directory tree; index its links and words under a lock",
        &[time("pages: index a tree")],
    )
    .scales();

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let clock = Clock::start(&job);
        let index = index_tree(rt, job.input, job.quick).await;
        let spent = clock.stop();
        let outcome = Outcome::new(vec![spent.wall_ns], index.files, spent);
        Outcome { answer: Some(index.to_string()), ..outcome }
    }
}

async fn index_tree<R: Runtime>(rt: R, root: PathBuf, quick: bool) -> Index {
    let files = rt.spawn_blocking(move || list_files(&root, quick)).await;
    let files = files.unwrap_or_else(|error| error.resume());
    let files: Arc<[PathBuf]> = files.unwrap_or_else(|error| panic!("{error}")).into();

    let shared = Arc::new(Mutex::new(Index::default()));
    let next = Arc::new(AtomicUsize::new(0));
    let tasks = (0..IN_FLIGHT)
        .map(|_| rt.spawn(index_some(rt.clone(), files.clone(), next.clone(), shared.clone())));
    let tasks: Vec<_> = tasks.collect();
    for task in tasks {
        task.await.unwrap_or_else(|error| error.resume());
    }
    std::mem::take(&mut lock(&shared))
}

/// Takes the next file as long as there is one.
async fn index_some<R: Runtime>(
    rt: R,
    files: Arc<[PathBuf]>,
    next: Arc<AtomicUsize>,
    shared: Arc<Mutex<Index>>,
) {
    let mut mine = Index::default();
    for turn in 1.. {
        let this = next.fetch_add(1, Ordering::Relaxed);
        if this >= files.len() {
            break;
        }
        let reading = rt.spawn_blocking({
            let files = files.clone();
            move || std::fs::read(&files[this])
        });
        match reading.await.unwrap_or_else(|error| error.resume()) {
            Ok(text) => mine.add(&text, is_html(&files[this])),
            Err(_) => mine.unreadable += 1,
        }
        if turn % FILES_PER_LOCK == 0 {
            mine.move_into(&mut lock(&shared));
        }
    }
    mine.move_into(&mut lock(&shared));
}

fn lock(index: &Mutex<Index>) -> std::sync::MutexGuard<'_, Index> {
    index.lock().expect("no task panics while it holds the lock")
}

fn is_html(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "html" || extension == "htm")
}

/// The files of the tree, sorted. Hidden entries and cache directories (those with a
/// `CACHEDIR.TAG`, as cargo's `target`) are left out.
pub(crate) fn list_files(root: &Path, quick: bool) -> io::Result<Vec<PathBuf>> {
    let wanted = |entry: &DirEntry| {
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        entry.depth() == 0 || !(hidden || entry.path().join("CACHEDIR.TAG").exists())
    };
    let mut files = Vec::new();
    for entry in WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(wanted) {
        let entry = entry?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    if quick && files.len() > QUICK_FILES {
        let step = files.len().div_ceil(QUICK_FILES);
        files = files.into_iter().step_by(step).collect();
    }
    Ok(files)
}
