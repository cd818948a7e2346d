//! Around futures and jobs: says who runs, and tells of polls and wakes.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::panicking;

use pin_project_lite::pin_project;

use super::event::{Ending, Party, What};
use super::observer::{Observer, Running, current, is_any, running, tell};
use crate::primitives::birth::Birth;
use crate::primitives::role::Role;
use crate::primitives::simulated_step;

thread_local! {
    /// The one that began last, for [`Awaits::whom`].
    static LATEST: RefCell<Option<Party>> = const { RefCell::new(None) };
}

/// Somebody who is about to begin, if anybody looks.
#[derive(Debug)]
pub(crate) struct Watch(Option<Party>);

impl Watch {
    /// What the caller of the caller spawns, or blocks on.
    #[track_caller]
    pub(crate) fn here<F: ?Sized>(role: Role) -> Self {
        let birth = Birth::of::<F>(); // whatever was announced is asked for
        if birth.is_known || !is_any() || simulated_step().is_some() {
            return Self::NOBODY;
        }
        Self(Observer::process().map(|process| process.welcome(role, &birth)))
    }

    /// One that a simulation knows by this number; it is told when that has no locks.
    #[cfg(feature = "sim")]
    pub(crate) fn simulated(
        observer: Option<&Arc<Observer>>,
        id: u32,
        role: Role,
        birth: &Birth,
    ) -> Self {
        Self(observer.map(|observer| observer.register(id.into(), role, birth)))
    }

    #[cfg(feature = "sim")]
    pub(crate) fn began(&self) {
        if let Some(party) = &self.0 {
            party.began();
        }
    }

    /// Nobody is looked at.
    const NOBODY: Self = Self(None);

    #[inline]
    pub(crate) fn future<F>(&self, future: F) -> Watched<F> {
        let watch = self.0.clone().map(Life::new);
        Watched { future: Some(future), waker: None, watch }
    }

    #[inline]
    pub(crate) fn job<F: FnOnce() -> T, T>(&self, f: F) -> impl FnOnce() -> T + use<F, T> {
        let life = self.0.clone().map(Life::new);
        move || match life {
            Some(life) => life.run(f),
            None => f(),
        }
    }

    /// Runs a job that catches what it throws: its result tells whether it `panicked`.
    #[inline]
    pub(crate) fn caught<T>(&self, f: impl FnOnce() -> T, panicked: impl FnOnce(&T) -> bool) -> T {
        let Some(party) = self.0.clone() else { return f() };
        Life::new(party.clone()).run(|| {
            let result = f();
            if panicked(&result) {
                party.ends_by(Ending::Panicked);
            }
            result
        })
    }

    /// For the handle of the one who begins.
    pub(crate) fn awaits(&self) -> Awaits {
        let _before = LATEST.try_with(|latest| latest.replace(self.0.clone()));
        Awaits { target: self.0.clone(), noted: None }
    }
}

/// In the memory of an executor's job: its party, from the submit on, if anybody looks.
#[derive(Debug)]
pub(crate) struct Submitted(Watch);

impl Submitted {
    pub(crate) const UNSEEN: Self = Self(Watch::NOBODY);

    #[inline]
    pub(crate) fn here(name: Option<&str>, at: &'static Location<'static>) -> Self {
        if is_any() { Self::seen(name, at) } else { Self::UNSEEN }
    }

    /// A simulation knows its jobs by itself.
    #[cold]
    fn seen(name: Option<&str>, at: &'static Location<'static>) -> Self {
        let process = Observer::process().filter(|_| simulated_step().is_none());
        let birth = Birth { name: name.map(|name| name.to_owned().into()), ..Birth::of_job(at) };
        Self(Watch(process.map(|process| process.welcome(Role::Job, &birth))))
    }

    pub(crate) fn is_seen(&self) -> bool {
        self.0.0.is_some()
    }

    /// For the one who runs it.
    pub(crate) fn watch(&self) -> Watch {
        Watch(self.0.0.clone())
    }
}

impl Submitted {
    /// Nobody will run it.
    pub(crate) fn is_not_run(&self) {
        if let Some(party) = self.0.0.as_ref().filter(|party| !party.has_ended()) {
            party.observer().dismiss(party, What::Ended { how: Ending::Cancelled });
        }
    }
}

impl Drop for Submitted {
    fn drop(&mut self) {
        self.is_not_run();
    }
}

/// Who runs on this thread comes to its end, and has panicked before: that was caught.
pub(crate) fn has_panicked() {
    ends_by(Ending::Panicked);
}

/// Who runs on this thread comes to its end, and has not done what it is for.
pub(crate) fn was_cancelled() {
    ends_by(Ending::Cancelled);
}

fn ends_by(how: Ending) {
    if let Some(party) = if is_any() { running() } else { None } {
        party.ends_by(how);
    }
}

/// A party until its end.
#[derive(Debug)]
struct Life {
    party: Party,
    how: Ending,
}

impl Life {
    fn new(party: Party) -> Self {
        Self { party, how: Ending::Cancelled }
    }

    fn run<T>(mut self, f: impl FnOnce() -> T) -> T {
        let _running = Running::new(&self.party);
        let mut turn = Turn::begin(&mut self);
        let result = f();
        turn.ready = true;
        drop(turn);
        result
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let how = self.party.known_end().unwrap_or(self.how);
        self.party.observer().dismiss(&self.party, What::Ended { how });
    }
}

/// One poll.
struct Turn<'a> {
    life: &'a mut Life,
    ready: bool,
}

impl<'a> Turn<'a> {
    fn begin(life: &'a mut Life) -> Self {
        life.party.poll_begins();
        tell(&life.party, What::PollBegan);
        Self { life, ready: false }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.ready {
            self.life.how = Ending::Finished;
        } else if panicking() {
            self.life.how = Ending::Panicked;
        }
        self.life.party.poll_ends();
        tell(&self.life.party, What::PollEnded { ready: self.ready });
    }
}

pin_project! {
    /// A future that is watched, if anybody looks.
    pub(crate) struct Watched<F> {
        // `None` once dropped.
        #[pin]
        future: Option<F>,
        // That of the last poll, and the one that tells of its wake-up.
        waker: Option<(Waker, Arc<Bell>)>,
        // Ends after the future.
        watch: Option<Life>,
    }

    impl<F> PinnedDrop for Watched<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(life) = this.watch {
                let _running = Running::new(&life.party);
                this.future.set(None);
            }
        }
    }
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let future = this.future.as_pin_mut().expect("a dropped future is not polled");
        let Some(life) = this.watch else { return future.poll(cx) };
        let _running = Running::new(&life.party);
        let mut turn = Turn::begin(life);
        let party = &turn.life.party;
        let polled = if party.observer().has_probes() {
            let waker = Bell::around(this.waker, cx.waker(), party);
            future.poll(&mut Context::from_waker(&waker))
        } else {
            future.poll(cx)
        };
        turn.ready = polled.is_ready();
        polled
    }
}

impl<F> fmt::Debug for Watched<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

/// A waker that tells.
struct Bell {
    party: Party,
    waker: Waker,
    /// It was called, since the last poll began.
    rung: AtomicBool,
}

impl Bell {
    /// The one that is there already, if it reaches the same.
    fn around(slot: &mut Option<(Waker, Arc<Self>)>, waker: &Waker, party: &Party) -> Waker {
        let there = slot.take().filter(|(_, bell)| bell.waker.will_wake(waker));
        let (ours, bell) = there.unwrap_or_else(|| {
            let bell =
                Self { party: party.clone(), waker: waker.clone(), rung: AtomicBool::new(false) };
            let bell = Arc::new(bell);
            (Waker::from(bell.clone()), bell)
        });
        // Ordering: at worst a wake-up is told twice, or not.
        bell.rung.store(false, Relaxed);
        *slot = Some((ours.clone(), bell));
        ours
    }

    fn tell(&self) {
        if !self.rung.swap(true, Relaxed) {
            let by = current().filter(|by| Arc::ptr_eq(by.observer(), self.party.observer()));
            tell(&self.party, What::Woken { by });
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.tell();
        self.waker.wake_by_ref();
    }
}

/// In the handle of a party: notes who awaits its end.
#[derive(Debug)]
pub(crate) struct Awaits {
    target: Option<Party>,
    /// While somebody does.
    noted: Option<Noted>,
}

impl Awaits {
    /// Nothing is known of the party.
    pub(crate) fn nobody() -> Self {
        Self { target: None, noted: None }
    }

    /// Of the last one that begins in `spawn`, if one does.
    pub(crate) fn whom(spawn: impl FnOnce()) -> Self {
        let _before = LATEST.try_with(RefCell::take);
        spawn();
        let target = LATEST.try_with(RefCell::take).ok().flatten();
        Self { target, noted: None }
    }

    /// Of the job in whose memory that is.
    #[inline]
    pub(crate) fn job<'a>(submitted: impl FnOnce() -> Option<&'a Submitted>) -> Self {
        let target = if is_any() { submitted().and_then(|job| job.0.0.clone()) } else { None };
        Self { target, noted: None }
    }

    /// A handle was polled.
    #[inline]
    pub(crate) fn polled<T>(&mut self, polled: &Poll<T>) {
        self.noted = None;
        if polled.is_pending() {
            self.noted = self.begin();
        }
    }

    /// From now on, until that is dropped, whoever runs on this thread awaits it.
    #[inline]
    pub(crate) fn begin(&self) -> Option<Noted> {
        let target = self.target.as_ref()?.clone();
        let party = current()?;
        let observer = party.observer().clone();
        let order = observer.graph.join_began(party, target);
        Some(Noted(observer, order))
    }
}

/// It is noted in this graph that somebody awaits another, under this number.
#[derive(Debug)]
pub(crate) struct Noted(Arc<Observer>, u64);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.graph.join_ended(self.1);
    }
}
