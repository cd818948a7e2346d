//! A wait that goes on while its thread does something else: what programs are generated of.

use crate::wakers::Bell;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

/// A primitive that can be waited for.
pub trait Waits: 'static {
    /// The primitive.
    type Object: Send + Sync + 'static;
    /// What a wait, or an operation, tells.
    type Ret: Clone + Debug + Send;

    /// A new one.
    fn object() -> Self::Object;
    /// Waits, then tells the result, then holds what it got until it is dropped. The kinds of waits
    /// are numbers.
    fn wait(
        object: Arc<Self::Object>,
        kind: u8,
        tell: Tell<Self::Ret>,
    ) -> impl Future<Output = ()> + Send + 'static;
}

/// Where a wait puts its result.
pub type Tell<R> = Arc<Mutex<Option<R>>>;

/// For the end of a wait: tells the result, and that is all.
pub fn tell<R>(tell: &Tell<R>, result: R) {
    *tell.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
}

/// For the end of a wait: tells the result, and holds what it got until it is dropped.
pub async fn tell_and_hold<R, H>(told: Tell<R>, result: R, held: H) {
    tell(&told, result);
    drop(told);
    std::future::poll_fn(|_| Poll::<()>::Pending).await;
    drop(held);
}

/// A wait in flight, or what it got. Dropping it gives up either.
pub struct Session<R> {
    kind: u8,
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    told: Tell<R>,
    bell: Arc<Bell>,
    done: bool,
}

impl<R> Session<R> {
    /// A wait that was not polled yet.
    pub fn new<W: Waits<Ret = R>>(object: &Arc<W::Object>, kind: u8) -> Self {
        let told = Tell::default();
        let future = Box::pin(W::wait(Arc::clone(object), kind, Arc::clone(&told)));
        Self { kind, future, told, bell: Bell::new(), done: false }
    }

    /// Its kind.
    pub fn kind(&self) -> u8 {
        self.kind
    }

    /// Whether it has told its result.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Polls it; what it told.
    ///
    /// # Panics
    ///
    /// When it ends and tells nothing.
    pub fn poll(&mut self) -> Option<R> {
        // Only some waits end when they have told: the others hold what they got.
        let ended = self.bell.poll(self.future.as_mut()).is_ready();
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.done = told.is_some();
        assert!(self.done || !ended, "a wait that ends tells its result");
        told
    }

    /// Is polled with another waker from now on.
    pub fn change_waker(&mut self) {
        self.bell = Bell::new();
    }

    /// Whether it was woken since the last call.
    pub fn take_ring(&self) -> bool {
        self.bell.take() > 0
    }
}

impl<R> Debug for Session<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, done, .. } = self;
        f.debug_struct("Session").field("kind", kind).field("done", done).finish_non_exhaustive()
    }
}
