//! The two sides of a queue, each of which ends it when the last of its kind is gone.

use std::fmt;
use std::ops::Deref;

use super::Queue;
use super::store::Store;
use crate::primitives::{Arc, AtomicUsize, Ordering};

impl<S: Store> Queue<S> {
    /// Makes two halves of it, as of a channel, of which the end follows by itself: when there is no
    /// [`Sender`] any more the queue is closed, and [drained](Self::close); when there is no [`Receiver`]
    /// any more it is closed [at once](Self::close_now), and what was in it is dropped. Both can be
    /// cloned.
    ///
    /// A half gives the queue with all of its methods, so that who receives can say
    /// [`task_done`](Self::task_done), and who sends can [`join`](Self::join). They cost what an `Arc` of
    /// the queue does.
    ///
    /// # Memory ordering
    ///
    /// What was done before any half of a kind was dropped happens-before everything after somebody is told
    /// of the end that the last of them made.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::queue::Fifo;
    ///
    /// let (sender, receiver) = Fifo::bounded(2).split();
    /// let threads = [1, 2].map(|n| {
    ///     let sender = sender.clone();
    ///     std::thread::spawn(move || (0..10).for_each(|_| sender.put_blocking(n).unwrap()))
    /// });
    /// drop(sender); // the others have theirs
    /// assert_eq!(receiver.iter_blocking().sum::<u32>(), 30); // ends when both threads have ended
    /// # threads.map(|thread| thread.join().unwrap());
    /// ```
    #[doc(alias("channel", "Pipe"))]
    #[must_use = "without its halves the queue is closed"]
    pub fn split(self) -> (Sender<S>, Receiver<S>) {
        let one = || AtomicUsize::new(1);
        let shared = Arc::new(Shared { queue: self, senders: one(), receivers: one() });
        (Sender(Arc::clone(&shared)), Receiver(shared))
    }
}

/// The half of a queue that puts: see [`Queue::split`].
///
/// # Examples
///
/// ```
/// let (sender, receiver) = anyrt::queue::Fifo::unbounded().split();
/// sender.try_put("last").unwrap();
/// drop(sender); // the only one
/// assert_eq!(receiver.get_blocking(), Ok("last"));
/// assert!(receiver.get_blocking().is_err());
/// ```
#[doc(alias = "Producer")]
pub struct Sender<S: Store>(Arc<Shared<S>>);

/// The half of a queue that gets: see [`Queue::split`].
///
/// # Examples
///
/// ```
/// let (sender, receiver) = anyrt::queue::Fifo::unbounded().split();
/// drop(receiver); // the only one
/// assert!(sender.try_put("nobody gets it").is_err());
/// ```
#[doc(alias = "Consumer")]
pub struct Receiver<S: Store>(Arc<Shared<S>>);

/// The queue, and how many there are of each half.
///
/// Each half has a part in the `Arc`, too, which ends the program before so many could be counted that a
/// number here wraps around.
struct Shared<S: Store> {
    queue: Queue<S>,
    senders: AtomicUsize,
    receivers: AtomicUsize,
}

/// Counts one more. There is one already, that of the caller: nobody finds zero meanwhile.
fn one_more(halves: &AtomicUsize) {
    // Ordering: nothing is told by it. Whoever has the new half was given it in some way that tells.
    halves.fetch_add(1, Ordering::Relaxed);
}

/// Counts one less, and says whether it was the last.
fn was_last(halves: &AtomicUsize) -> bool {
    // Ordering: releases what was done with this half to the last one, which acquires it from all, and
    // passes it on to those that it tells of the end.
    halves.fetch_sub(1, Ordering::AcqRel) == 1
}

impl<S: Store> Drop for Sender<S> {
    fn drop(&mut self) {
        if was_last(&self.0.senders) {
            self.close();
        }
    }
}

impl<S: Store> Drop for Receiver<S> {
    fn drop(&mut self) {
        if was_last(&self.0.receivers) {
            drop(self.close_now());
        }
    }
}

impl<S: Store> Deref for Sender<S> {
    type Target = Queue<S>;

    #[inline]
    fn deref(&self) -> &Queue<S> {
        &self.0.queue
    }
}

impl<S: Store> Deref for Receiver<S> {
    type Target = Queue<S>;

    #[inline]
    fn deref(&self) -> &Queue<S> {
        &self.0.queue
    }
}

impl<S: Store> Clone for Sender<S> {
    fn clone(&self) -> Self {
        one_more(&self.0.senders);
        Self(Arc::clone(&self.0))
    }
}

impl<S: Store> Clone for Receiver<S> {
    fn clone(&self) -> Self {
        one_more(&self.0.receivers);
        Self(Arc::clone(&self.0))
    }
}

impl<S: Store> fmt::Debug for Sender<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sender").field(&**self).finish()
    }
}

impl<S: Store> fmt::Debug for Receiver<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Receiver").field(&**self).finish()
    }
}
