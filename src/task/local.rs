use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread::LocalKey;

use pin_project_lite::pin_project;

use crate::error::NotSet;

/// Declares values that belong to a task instead of a thread (RT-TLS-1).
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
///
/// anyrt::task_local! {
///     /// Which request this task serves.
///     static REQUEST: u32;
/// }
///
/// async fn log(line: &str) -> String {
///     anyrt::task::yield_now().await; // perhaps on another thread now
///     REQUEST.with(|id| format!("[{id}] {line}"))
/// }
///
/// anyrt::ThreadsOwner::new().unwrap().run(|rt| async move {
///     let task = rt.spawn(REQUEST.scope(7, log("hello")));
///     assert_eq!(task.await.unwrap(), "[7] hello");
///     assert!(REQUEST.try_with(|id| *id).is_err()); // not set here
/// });
/// ```
#[macro_export]
macro_rules! task_local {
    ($($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty);+ $(;)?) => {$(
        $(#[$attr])*
        $vis static $name: $crate::task::TaskLocal<$t> = {
            ::std::thread_local! {
                static SLOT: ::std::cell::RefCell<::std::option::Option<$t>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }
            $crate::task::TaskLocal::new(&SLOT)
        };
    )+};
}

/// A value that follows its task across awaits and threads; declared by [`task_local!`](crate::task_local).
///
/// It needs nothing of the runtime: the future made by [`scope`](Self::scope) puts the value in place
/// around each of its polls. A task spawned inside does not inherit it; scope it, too.
pub struct TaskLocal<T: 'static> {
    slot: &'static LocalKey<RefCell<Option<T>>>,
}

impl<T: 'static> TaskLocal<T> {
    /// For [`task_local!`](crate::task_local).
    #[doc(hidden)]
    pub const fn new(slot: &'static LocalKey<RefCell<Option<T>>>) -> Self {
        Self { slot }
    }

    /// Sets the value for the whole of `future`, its destructor included.
    pub fn scope<F: Future>(&'static self, value: T, future: F) -> Scope<T, F> {
        Scope { local: self, value: Some(value), future: Some(future) }
    }

    /// Sets the value for a call.
    pub fn sync_scope<R>(&'static self, value: T, f: impl FnOnce() -> R) -> R {
        let mut value = Some(value);
        let _swapped = Swapped::new(self, &mut value);
        f()
    }

    /// Looks at the value.
    ///
    /// # Panics
    ///
    /// Outside every [`scope`](Self::scope) of this key.
    #[track_caller]
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.try_with(f).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Looks at the value, if there is one.
    ///
    /// # Errors
    ///
    /// [`NotSet`] outside every [`scope`](Self::scope) of this key.
    pub fn try_with<R>(&'static self, f: impl FnOnce(&T) -> R) -> Result<R, NotSet> {
        self.slot.try_with(|slot| slot.borrow().as_ref().map(f)).ok().flatten().ok_or(NotSet)
    }
}

impl<T: 'static> fmt::Debug for TaskLocal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskLocal").finish_non_exhaustive()
    }
}

/// Has the value in the thread's slot, and swaps back when dropped, in a panic as well.
struct Swapped<'a, T: 'static> {
    local: &'static TaskLocal<T>,
    value: &'a mut Option<T>,
}

impl<'a, T: 'static> Swapped<'a, T> {
    fn new(local: &'static TaskLocal<T>, value: &'a mut Option<T>) -> Self {
        local.slot.with(|slot| std::mem::swap(&mut *slot.borrow_mut(), value));
        Self { local, value }
    }
}

impl<T: 'static> Drop for Swapped<'_, T> {
    fn drop(&mut self) {
        self.local.slot.with(|slot| std::mem::swap(&mut *slot.borrow_mut(), self.value));
    }
}

pin_project! {
    /// The future of [`TaskLocal::scope`].
    #[must_use = "futures do nothing unless awaited"]
    pub struct Scope<T: 'static, F> {
        local: &'static TaskLocal<T>,
        value: Option<T>,
        // `None` only while and after being dropped.
        #[pin]
        future: Option<F>,
    }

    impl<T: 'static, F> PinnedDrop for Scope<T, F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.value.is_some() && this.future.is_some() {
                let _swapped = Swapped::new(this.local, this.value);
                this.future.set(None); // the future's destructor sees the value
            }
        }
    }
}

impl<T: 'static, F: Future> Future for Scope<T, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _swapped = Swapped::new(this.local, this.value);
        this.future.as_pin_mut().expect("a scope is not polled after its drop").poll(cx)
    }
}

impl<T: 'static, F> fmt::Debug for Scope<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}
