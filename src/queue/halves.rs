//! The two sides of a queue, each of which ends it when the last of its kind is gone.

use std::fmt;
use std::ops::Deref;

use super::Queue;
use super::store::Store;
use crate::primitives::Arc;

impl<S: Store> Queue<S> {
    /// Makes two halves of it, as of a channel, of which the end follows by itself: when there is no
    /// [`Sender`] any more the queue is closed, and [drained](Self::close); when there is no [`Receiver`]
    /// any more it is closed [at once](Self::close_now), and what was in it is dropped. Both can be
    /// cloned.
    ///
    /// A half gives the queue with all of its methods, so that who receives can say
    /// [`task_done`](Self::task_done), and who sends can [`join`](Self::join).
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
        let queue = Arc::new(self);
        (Sender(Arc::new(Senders(Arc::clone(&queue)))), Receiver(Arc::new(Receivers(queue))))
    }
}

/// The half of a queue that puts: see [`Queue::split`].
pub struct Sender<S: Store>(Arc<Senders<S>>);

/// The half of a queue that gets: see [`Queue::split`].
pub struct Receiver<S: Store>(Arc<Receivers<S>>);

/// All of them: dropped with the last.
struct Senders<S: Store>(Arc<Queue<S>>);

/// All of them: dropped with the last.
struct Receivers<S: Store>(Arc<Queue<S>>);

impl<S: Store> Drop for Senders<S> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<S: Store> Drop for Receivers<S> {
    fn drop(&mut self) {
        drop(self.0.close_now());
    }
}

impl<S: Store> Deref for Sender<S> {
    type Target = Queue<S>;

    #[inline]
    fn deref(&self) -> &Queue<S> {
        &self.0.0
    }
}

impl<S: Store> Deref for Receiver<S> {
    type Target = Queue<S>;

    #[inline]
    fn deref(&self) -> &Queue<S> {
        &self.0.0
    }
}

impl<S: Store> Clone for Sender<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Store> Clone for Receiver<S> {
    fn clone(&self) -> Self {
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
