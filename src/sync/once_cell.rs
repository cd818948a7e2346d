use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::Lock;
use super::guarded::Published;
use crate::error::TimedOut;
use crate::primitives::const_fn;

/// A value that is made once, by the first who needs it, while the others wait.
///
/// # Memory ordering
///
/// What was done to make the value happens-before everything done with it.
///
/// # Examples
///
/// ```
/// use anyrt::sync::OnceCell;
///
/// static CONFIG: OnceCell<String> = OnceCell::new();
///
/// async fn config() -> &'static str {
///     CONFIG.get_or_init(|| async { String::from("read from somewhere") }).await
/// }
/// # futures_lite::future::block_on(async {
/// assert!(CONFIG.get().is_none());
/// assert_eq!(config().await, "read from somewhere");
/// assert_eq!(CONFIG.get().map(String::len), Some(19));
/// # });
/// ```
pub struct OnceCell<T> {
    value: Published<T>,
    /// Held by who makes the value.
    making: Lock<()>,
}

impl<T> OnceCell<T> {
    const_fn! {
        /// Makes an empty cell.
        ///
        /// # Examples
        ///
        /// ```
        /// assert_eq!(anyrt::sync::OnceCell::<u32>::new().get(), None);
        /// ```
        pub const fn new() -> Self {
            Self { value: Published::new(), making: Lock::new(()) }
        }
    }

    const_fn! {
        /// Gives it a name, for the reports of the simulator and of `diagnose`. Without the feature
        /// `diagnose` this does nothing, and costs nothing.
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::OnceCell;
        ///
        /// static CONFIG: OnceCell<u8> = OnceCell::new().named("config");
        /// assert_eq!(*CONFIG.get_or_init_blocking(|| 7), 7);
        /// ```
        #[must_use = "what has the name is what is returned"]
        pub const fn named(mut self, name: &'static str) -> Self {
            self.making.set_name(name);
            self
        }
    }

    /// The value, if it is there. One load.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = anyrt::sync::OnceCell::new();
    /// assert_eq!(cell.get(), None);
    /// cell.set(7).unwrap();
    /// assert_eq!(cell.get(), Some(&7));
    /// ```
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// The value; it is made by `init` if it is not there.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the one of `init`; the next who waits calls its own.
    ///
    /// # Fairness
    ///
    /// That of [`Lock`].
    ///
    /// # Panics
    ///
    /// If `init` does; the cell stays empty, and the next who waits calls its own. To ask for the same
    /// value inside of `init` waits for oneself.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let cell = anyrt::sync::OnceCell::new();
    /// assert_eq!(*cell.get_or_init(|| async { 7 }).await, 7);
    /// assert_eq!(*cell.get_or_init(|| async { 8 }).await, 7); // it is there
    /// # });
    /// ```
    #[track_caller]
    pub fn get_or_init<F: Future<Output = T>>(
        &self,
        init: impl FnOnce() -> F,
    ) -> impl Future<Output = &T> {
        let made = self.get_or_try_init(|| async { Ok::<T, Never>(init().await) });
        async move {
            match made.await {
                Ok(value) => value,
                Err(never) => match never {},
            }
        }
    }

    /// The value; it is made by `init`, which may fail, if it is not there.
    ///
    /// # Cancel safety
    ///
    /// As [`get_or_init`](Self::get_or_init).
    ///
    /// # Errors
    ///
    /// That of `init`; the cell stays empty, and the next who waits calls its own.
    ///
    /// # Panics
    ///
    /// As [`get_or_init`](Self::get_or_init).
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let cell = anyrt::sync::OnceCell::new();
    /// assert!(cell.get_or_try_init(|| async { "x".parse::<u32>() }).await.is_err());
    /// assert_eq!(cell.get_or_try_init(|| async { "7".parse::<u32>() }).await, Ok(&7));
    /// # });
    /// ```
    #[track_caller]
    pub fn get_or_try_init<E, F: Future<Output = Result<T, E>>>(
        &self,
        init: impl FnOnce() -> F,
    ) -> impl Future<Output = Result<&T, E>> {
        let making = self.making.lock();
        async move {
            if let Some(value) = self.get() {
                return Ok(value);
            }
            let _making = making.await;
            match self.get() {
                Some(value) => Ok(value),
                None => Ok(self.publish(init().await?)),
            }
        }
    }

    /// The value; it is made by `init`, on this thread, if it is not there.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while another makes the value; inside of a task use
    /// [`get_or_init`](Self::get_or_init).
    ///
    /// # Panics
    ///
    /// As [`get_or_init`](Self::get_or_init).
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = anyrt::sync::OnceCell::new();
    /// assert_eq!(*cell.get_or_init_blocking(|| 7), 7);
    /// assert_eq!(*cell.get_or_init_blocking(|| 8), 7); // it is there
    /// ```
    #[track_caller]
    pub fn get_or_init_blocking(&self, init: impl FnOnce() -> T) -> &T {
        match self.get_or_try_init_blocking(|| Ok::<T, Never>(init())) {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// The value; it is made by `init`, which may fail, on this thread, if it is not there.
    ///
    /// # Blocking
    ///
    /// As [`get_or_init_blocking`](Self::get_or_init_blocking).
    ///
    /// # Panics
    ///
    /// As [`get_or_init`](Self::get_or_init).
    ///
    /// # Errors
    ///
    /// That of `init`; the cell stays empty, and the next who waits calls its own.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = anyrt::sync::OnceCell::new();
    /// assert!(cell.get_or_try_init_blocking(|| "x".parse::<u32>()).is_err());
    /// assert_eq!(cell.get_or_try_init_blocking(|| "7".parse::<u32>()), Ok(&7));
    /// ```
    #[track_caller]
    pub fn get_or_try_init_blocking<E>(
        &self,
        init: impl FnOnce() -> Result<T, E>,
    ) -> Result<&T, E> {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        let _making = self.making.lock_blocking();
        match self.get() {
            Some(value) => Ok(value),
            None => Ok(self.publish(init()?)),
        }
    }

    /// The value; it is made by `init`, on this thread, if it is not there, unless another is making
    /// it, and for longer than `limit`.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while another makes the value, but not for longer than `limit`; `init` takes
    /// the time that it takes.
    ///
    /// # Panics
    ///
    /// As [`get_or_init`](Self::get_or_init).
    ///
    /// # Errors
    ///
    /// [`TimedOut`] when another was making the value all the time.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::OnceCell;
    /// use std::time::Duration;
    ///
    /// let cell = OnceCell::new();
    /// let value = cell.get_or_init_within_blocking(Duration::ZERO, || 7); // nobody makes it
    /// assert_eq!(*value.unwrap(), 7);
    /// ```
    #[track_caller]
    pub fn get_or_init_within_blocking(
        &self,
        limit: Duration,
        init: impl FnOnce() -> T,
    ) -> Result<&T, TimedOut> {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        let _making = self.making.lock_within_blocking(limit)?;
        match self.get() {
            Some(value) => Ok(value),
            None => Ok(self.publish(init())),
        }
    }

    /// Puts a value in.
    ///
    /// # Errors
    ///
    /// The value comes back when there is one already, or one is being made.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = anyrt::sync::OnceCell::new();
    /// assert_eq!(cell.set(7), Ok(()));
    /// assert_eq!(cell.set(8), Err(8));
    /// ```
    pub fn set(&self, value: T) -> Result<(), T> {
        let Some(_making) = self.making.try_lock() else { return Err(value) };
        self.value.publish(value).map(drop)
    }

    /// The value, exclusively.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut cell = anyrt::sync::OnceCell::new();
    /// cell.set(7).unwrap();
    /// *cell.get_mut().unwrap() += 1;
    /// assert_eq!(cell.get(), Some(&8));
    /// ```
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut()
    }

    /// Takes the value out, and leaves the cell empty.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut cell = anyrt::sync::OnceCell::new();
    /// cell.set(7).unwrap();
    /// assert_eq!(cell.take(), Some(7));
    /// assert_eq!(cell.get(), None);
    /// ```
    pub fn take(&mut self) -> Option<T> {
        std::mem::take(self).into_inner()
    }

    /// Takes the value out.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = anyrt::sync::OnceCell::new();
    /// cell.set(7).unwrap();
    /// assert_eq!(cell.into_inner(), Some(7));
    /// ```
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }

    /// Who is there, as of just now. Takes time in proportion to the waiters.
    ///
    /// # Examples
    ///
    /// ```
    /// let statistics = anyrt::sync::OnceCell::<u32>::new().statistics();
    /// assert_eq!((statistics.made, statistics.making), (false, false));
    /// ```
    pub fn statistics(&self) -> OnceCellStatistics {
        let making = self.making.statistics();
        OnceCellStatistics {
            made: self.get().is_some(),
            making: making.locked,
            waiting: making.waiting,
        }
    }

    /// `making` is held, so nobody else does this.
    fn publish(&self, value: T) -> &T {
        self.value.publish(value).unwrap_or_else(|_| unreachable!("made once, under the lock"))
    }
}

/// The view of [`OnceCell::statistics`].
///
/// # Examples
///
/// ```
/// let cell = anyrt::sync::OnceCell::new();
/// cell.set(7).unwrap();
/// assert!(cell.statistics().made);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OnceCellStatistics {
    /// Whether the value is there.
    pub made: bool,
    /// Whether somebody is making it.
    pub making: bool,
    /// How many are queued for it. One that was woken and is on its way counts no more.
    pub waiting: usize,
}

enum Never {}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(value) => f.debug_tuple("OnceCell").field(value).finish(),
            None => f.debug_tuple("OnceCell").field(&format_args!("<empty>")).finish(),
        }
    }
}
