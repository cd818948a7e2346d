//! Tells of a poll that keeps the thread of all tasks. The simulation hangs in it, and nobody can end it from
//! outside; so one thread of the process looks now and then at what is driven, and says so.
//!
//! A step does nothing for it; a run says that it begins and ends, on a lock that nobody else wants.

use std::cell::OnceCell;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::failure::describe;
use super::state::Shared;

/// How often it looks.
const TICK: Duration = Duration::from_millis(500);

static POSTS: Mutex<Vec<Weak<Post>>> = Mutex::new(Vec::new());
static WATCHER: OnceLock<Option<Thread>> = OnceLock::new();
/// The watcher sleeps until it is called, as it has seen nothing for a while.
static SLEEPS: AtomicBool = AtomicBool::new(false);

thread_local! {
    static POST: OnceCell<Arc<Post>> = const { OnceCell::new() };
}

/// Of a thread that drives simulations.
type Post = Mutex<Watched>;

#[derive(Default)]
struct Watched {
    driven: Option<Arc<Shared>>,
    /// How many runs there were, and, as the watcher saw them last, how many runs and steps.
    run: u64,
    seen: (u64, u64),
    /// When it saw the poll first that it still sees.
    since: Option<Instant>,
    told: bool,
}

/// From now on, until it is dropped, this thread drives `shared`.
pub(super) fn drives(shared: &Arc<Shared>) -> Drives {
    let post = POST.try_with(|post| post.get_or_init(new_post).clone()).ok();
    let before = post.as_ref().and_then(|post| begin(post, Some(shared.clone())));
    if SLEEPS.load(Relaxed) {
        wake_watcher();
    }
    Drives { post, before }
}

pub(super) struct Drives {
    post: Option<Arc<Post>>,
    before: Option<Arc<Shared>>,
}

impl Drop for Drives {
    fn drop(&mut self) {
        if let Some(post) = &self.post {
            // Never the last of them: the one who drives has another.
            let _driven = begin(post, self.before.take());
        }
    }
}

fn begin(post: &Post, driven: Option<Arc<Shared>>) -> Option<Arc<Shared>> {
    let mut watched = lock(post);
    watched.run += 1;
    std::mem::replace(&mut watched.driven, driven)
}

#[cold]
fn new_post() -> Arc<Post> {
    let post = Arc::new(Post::default());
    lock(&POSTS).push(Arc::downgrade(&post));
    WATCHER.get_or_init(|| {
        let watcher = thread::Builder::new().name("anyrt-sim-lookout".into()).spawn(keep_watch);
        watcher.ok().map(|watcher| watcher.thread().clone()) // without one nothing is told
    });
    post
}

#[cold]
fn wake_watcher() {
    if SLEEPS.swap(false, Relaxed)
        && let Some(Some(watcher)) = WATCHER.get()
    {
        watcher.unpark();
    }
}

/// The life of the watcher.
fn keep_watch() {
    loop {
        if look() {
            thread::sleep(TICK);
        } else if SLEEPS.swap(true, Relaxed) {
            // Ordering: it has looked once more since it said that it would sleep. A run that it did not see
            // then came to the lock of its post later, and so sees that it is to be called.
            thread::park();
        }
    }
}

/// Whether anything was driven since it looked last.
fn look() -> bool {
    let posts = {
        let mut posts = lock(&POSTS);
        posts.retain(|post| post.strong_count() > 0);
        posts.clone()
    };
    let mut any = false;
    for post in posts.iter().filter_map(Weak::upgrade) {
        let mut watched = lock(&post);
        any |= watched.driven.is_some() || watched.run != watched.seen.0;
        let told = watched.look();
        drop(watched);
        if let Some(text) = told {
            // Not `eprintln`, which a test keeps to itself until it ends: this one does not.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }
    any
}

impl Watched {
    /// What there is to tell.
    fn look(&mut self) -> Option<String> {
        let Self { driven, run, seen, since, told } = self;
        let Some(shared) = driven.as_ref() else {
            *seen = (*run, 0);
            *since = None;
            return None;
        };
        let core = shared.lock();
        let same = std::mem::replace(seen, (*run, core.steps)) == (*run, core.steps);
        let Some(unit) = core.polled.and_then(|id| core.unit(id)) else {
            *since = None;
            return None;
        };
        let begin = since.filter(|_| same);
        let lasts = begin.map(|begin| begin.elapsed()).unwrap_or_default();
        *told &= begin.is_some();
        *since = begin.or_else(|| Some(Instant::now()));
        if *told || begin.is_none() || lasts < shared.options.longest_poll() {
            return None;
        }
        *told = true;
        Some(format!(
            "anyrt::sim: {} has been in one poll for {lasts:.1?} of real time (seed {}, step {}), and no \
             other task can run: it blocks the thread of all tasks on what the simulator does not know (a \
             lock or channel of std, real IO, `thread::sleep`), or computes. Await anyrt's form of it, or \
             move it into `spawn_blocking`. (`SimBuilder::patience` says when this is told.)",
            describe(unit),
            shared.options.seed,
            core.steps,
        ))
    }
}

/// Nothing panics under these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
