//! The memory of a job, and what needs its types.

use std::any::Any;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::ptr::NonNull;
use std::task::Waker;
use std::time::Instant;

use super::super::ready::Ready;
use super::state::{Home, Phase};
use crate::error::Panic;
use crate::primitives::diagnosis::Submitted;
use crate::primitives::{Arc, AtomicU32, UnsafeCell};

/// What only some jobs have.
#[derive(Debug)]
pub(crate) struct Extra {
    pub(crate) name: Option<Arc<str>>,
    /// It must not start later.
    pub(crate) deadline: Option<Instant>,
    /// The executor on whose threads alone it may run, unless anyone may.
    pub(crate) home: Option<Home>,
    /// Of a future that is driven: whether the thread that asks runs others of its driver.
    pub(crate) in_task: Option<fn() -> bool>,
    /// For those who look.
    pub(crate) watch: Submitted,
}

impl Default for Extra {
    fn default() -> Self {
        Self { name: None, deadline: None, home: None, in_task: None, watch: Submitted::UNSEEN }
    }
}

/// Either nothing or an [`Extra`], so that most jobs have no room for it.
pub(crate) trait Detail: Send + Sync + 'static {
    const IS_EXTRA: bool;

    fn extra(&self) -> Option<&Extra>;
}

impl Detail for () {
    const IS_EXTRA: bool = false;

    fn extra(&self) -> Option<&Extra> {
        None
    }
}

impl Detail for Extra {
    const IS_EXTRA: bool = true;

    fn extra(&self) -> Option<&Extra> {
        Some(self)
    }
}

/// Who is told of the end.
pub(super) enum Waiter {
    Waker(Waker),
    /// Filled, with the key in the header.
    Ready(Arc<Ready>),
}

pub(in super::super) struct Header {
    /// The next in a list, for the holder of the list.
    pub(in super::super) next: UnsafeCell<Option<NonNull<Header>>>,
    pub(super) vtable: &'static VTable,
    pub(super) state: AtomicU32,
    /// Goes with `Waiter::Ready`.
    pub(super) key: UnsafeCell<u32>,
    pub(super) waiter: UnsafeCell<MaybeUninit<Waiter>>,
    pub(super) at: &'static Location<'static>,
}

#[repr(C)] // a pointer to it is one to its header
pub(super) struct Job<F, T, D> {
    header: Header,
    body: UnsafeCell<Body<F, T>>,
    detail: D,
}

/// What `catch_unwind` gives.
pub(super) type Settled<T> = Result<T, Box<dyn Any + Send>>;

/// Which of them it is, if any, is for the phase to say. Each begins where the union does.
#[repr(C)]
pub(super) union Body<F, T> {
    closure: ManuallyDrop<F>,
    value: ManuallyDrop<T>,
    panic: ManuallyDrop<Panic>,
}

/// What needs the types. Each function takes a job of these types; all but `extra` need the body to
/// be the caller's alone.
pub(super) struct VTable {
    /// Closure → value or panic.
    pub(super) run: unsafe fn(NonNull<Header>) -> Phase,
    /// Nothing → value or panic, moved from a `Settled` of the value's type.
    pub(super) settle: unsafe fn(NonNull<Header>, from: *mut ()) -> Phase,
    /// Closure → nothing.
    pub(super) drop_closure: unsafe fn(NonNull<Header>),
    /// Value → nothing, moved to `to`, which is of its type.
    pub(super) read_value: unsafe fn(NonNull<Header>, to: *mut ()),
    /// Value → nothing.
    pub(super) drop_value: unsafe fn(NonNull<Header>),
    /// Panic → nothing.
    pub(super) read_panic: unsafe fn(NonNull<Header>) -> Panic,
    /// If there is one.
    pub(super) extra: Option<unsafe fn(NonNull<Header>) -> *const Extra>,
    /// Without a body. The last that is done to a job.
    pub(super) free: unsafe fn(NonNull<Header>),
}

impl<F: FnOnce() -> T, T, D: Detail> Job<F, T, D> {
    const VTABLE: &'static VTable = &VTable {
        run: Self::run,
        settle: Self::settle,
        drop_closure: Self::drop_closure,
        read_value: Self::read_value,
        drop_value: Self::drop_value,
        read_panic: Self::read_panic,
        extra: if D::IS_EXTRA { Some(Self::extra) } else { None },
        free: Self::free,
    };

    pub(super) fn allocate(
        closure: F,
        detail: D,
        state: u32,
        at: &'static Location<'static>,
    ) -> NonNull<Header> {
        let job = Box::new(Self {
            header: Header {
                next: UnsafeCell::new(None),
                vtable: Self::VTABLE,
                state: AtomicU32::new(state),
                key: UnsafeCell::new(0),
                waiter: UnsafeCell::new(MaybeUninit::uninit()),
                at,
            },
            body: UnsafeCell::new(Body { closure: ManuallyDrop::new(closure) }),
            detail,
        });
        NonNull::from(Box::leak(job)).cast()
    }

    /// The body's cell.
    ///
    /// # Safety
    ///
    /// `job` is of these types, and alive for `'a`.
    pub(super) unsafe fn body<'a>(job: NonNull<Header>) -> &'a UnsafeCell<Body<F, T>> {
        let job = job.cast::<Self>().as_ptr();
        // SAFETY: the caller says that it is a job of these types, and alive.
        unsafe { &(*job).body }
    }

    /// # Safety
    ///
    /// `job` is of these types; its body is a closure, and the caller's alone.
    unsafe fn run(job: NonNull<Header>) -> Phase {
        // SAFETY: the caller's promise.
        let body = unsafe { Self::body(job) };
        // SAFETY: the caller says that the body is a closure and its alone.
        let closure = body.with_mut(|body| unsafe { body.cast::<F>().read() });
        let mut settled = catch_unwind(AssertUnwindSafe(closure));
        let from = (&raw mut settled).cast();
        // SAFETY: the closure has left; `from` is of the type, and forgotten here.
        let end = unsafe { Self::settle(job, from) };
        std::mem::forget(settled);
        end
    }

    /// # Safety
    ///
    /// `job` is of these types and has no body, and only the caller may set it; `from` is a `Settled<T>`
    /// that is forgotten by its owner.
    unsafe fn settle(job: NonNull<Header>, from: *mut ()) -> Phase {
        // SAFETY: the caller's promise.
        let body = unsafe { Self::body(job) };
        // SAFETY: the caller says that it is one of these, to be moved out.
        let (settled, end) = match unsafe { from.cast::<Settled<T>>().read() } {
            Ok(value) => (Body { value: ManuallyDrop::new(value) }, Phase::Value),
            Err(payload) => {
                (Body { panic: ManuallyDrop::new(Panic::new(payload)) }, Phase::Panicked)
            }
        };
        // SAFETY: the caller says that there is no body, and that it may set it.
        body.with_mut(|body| unsafe { body.write(settled) });
        end
    }

    /// # Safety
    ///
    /// As for `run`.
    unsafe fn drop_closure(job: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let body = unsafe { Self::body(job) };
        // SAFETY: the caller says that the body is a closure and its alone.
        body.with_mut(|body| unsafe { body.cast::<F>().drop_in_place() });
    }

    /// # Safety
    ///
    /// `job` is of these types; its body is a value, and the caller's alone; `to` has room for one.
    unsafe fn read_value(job: NonNull<Header>, to: *mut ()) {
        // SAFETY: the caller's promise.
        let body = unsafe { Self::body(job) };
        // SAFETY: the caller says that the body is a value and its alone.
        let value = body.with_mut(|body| unsafe { body.cast::<T>().read() });
        // SAFETY: the caller says that `to` is room for one.
        unsafe { to.cast::<T>().write(value) };
    }

    /// # Safety
    ///
    /// As for `read_value`.
    unsafe fn drop_value(job: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let body = unsafe { Self::body(job) };
        // SAFETY: the caller says that the body is a value and its alone.
        body.with_mut(|body| unsafe { body.cast::<T>().drop_in_place() });
    }

    /// # Safety
    ///
    /// `job` is of these types; its body is a panic, and the caller's alone.
    unsafe fn read_panic(job: NonNull<Header>) -> Panic {
        // SAFETY: the caller's promise.
        let body = unsafe { Self::body(job) };
        // SAFETY: the caller says that the body is a panic and its alone.
        body.with_mut(|body| unsafe { body.cast::<Panic>().read() })
    }

    /// # Safety
    ///
    /// `job` is of these types, and alive as long as what is returned.
    unsafe fn extra(job: NonNull<Header>) -> *const Extra {
        let job = job.cast::<Self>().as_ptr();
        // SAFETY: the caller says that it is a job of these types, and alive. The detail never changes.
        let detail = unsafe { &(*job).detail };
        detail.extra().map_or(std::ptr::null(), std::ptr::from_ref)
    }

    /// # Safety
    ///
    /// `job` is of these types and has neither body nor waiter, and this is the last pointer to it.
    unsafe fn free(job: NonNull<Header>) {
        // SAFETY: it was leaked from such a box, and the caller has the last pointer to it.
        drop(unsafe { Box::from_raw(job.cast::<Self>().as_ptr()) });
    }
}
