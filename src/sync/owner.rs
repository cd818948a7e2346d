use crate::primitives::{fresh_id, thread_id};

/// Who holds a [`ReentrantLock`](super::ReentrantLock): a task, a thread, or whatever else goes by one
/// name.
///
/// A task has no identity that holds on every executor: it moves between threads, its wakers change,
/// and what is joined inside of it shares both. So it is given one: a value, made where the task
/// begins and handed on to what may lock again, as an argument or as a
/// [task-local](crate::task_local). A thread has one anyway, [`Owner::thread`].
///
/// Copies are the same owner. Two that run at the same time, in tasks or threads of their own, do not
/// exclude each other.
///
/// # Examples
///
/// ```
/// use anyrt::sync::Owner;
///
/// let task = Owner::new();
/// assert_eq!(task, task.clone());
/// assert_ne!(task, Owner::new());
/// assert_eq!(Owner::thread(), Owner::thread());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner(usize);

impl Owner {
    /// Makes an owner that is no other.
    ///
    /// # Panics
    ///
    /// When [`usize::MAX`] of them were made, which takes four billion where that has 32 bits, and
    /// some centuries where it has 64.
    #[allow(
        clippy::new_without_default,
        reason = "a default is the same each time, an owner never"
    )]
    pub fn new() -> Self {
        Self(fresh_id())
    }

    /// The calling thread.
    ///
    /// Not for tasks: others run on this thread as soon as one waits, and would all be this owner.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Owner;
    ///
    /// assert_eq!(Owner::thread(), Owner::thread());
    /// assert_ne!(std::thread::spawn(Owner::thread).join().unwrap(), Owner::thread());
    /// ```
    pub fn thread() -> Self {
        Self(thread_id())
    }

    /// Never 0.
    pub(super) fn id(self) -> usize {
        self.0
    }
}
