//! Loom's atomics, with its known gaps closed and a hook for mutants.
//!
//! Loom 0.7.2 leaves out executions (tokio-rs/loom#392, #166): a write is raced only against the
//! *last* access to the atomic, so a thread's own load hides an earlier load of another thread, and
//! `load; compare_exchange`, the idiom of every lock, is that shape. A load here first touches a
//! companion atomic by a compare-exchange that always fails. That orders loads among themselves, and
//! so brings those executions back. A failing compare-exchange is also given the stale values that
//! the memory model allows and that loom's never returns. `tests/self_check.rs` holds both.

use crate::mutate::{self, Effect};
use std::panic::Location;
use std::sync::atomic::Ordering::{self, Relaxed};

/// The companion of an atomic that its loads touch first.
#[derive(Debug)]
struct Probe(loom::sync::atomic::AtomicBool);

impl Probe {
    fn new() -> Self {
        Self(loom::sync::atomic::AtomicBool::new(false))
    }

    fn touch(&self) {
        if mutate::probes() {
            let _ = self.0.compare_exchange(true, true, Relaxed, Relaxed);
        }
    }
}

macro_rules! atomic {
    ($(#[$doc:meta])* $name:ident $(<$param:ident>)?, $value:ty, { $($method:ident($($arg:ident: $ty:ty),*)),* }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name $(<$param>)? {
            inner: loom::sync::atomic::$name $(<$param>)?,
            probe: Probe,
        }

        impl $(<$param>)? $name $(<$param>)? {
            /// Holds `value`.
            #[track_caller]
            pub fn new(value: $value) -> Self {
                Self { inner: loom::sync::atomic::$name::new(value), probe: Probe::new() }
            }

            /// The value, from the owner of the atomic.
            #[track_caller]
            pub fn into_inner(self) -> $value {
                self.inner.into_inner()
            }

            /// As in std.
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $value {
                let plan = mutate::visit(Location::caller(), "load", order, None);
                self.probe.touch();
                self.inner.load(plan.order)
            }

            /// As in std.
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                let plan = mutate::visit(Location::caller(), "store", order, None);
                if plan.effect == Effect::Kept {
                    self.inner.store(value, plan.order);
                }
            }

            /// As in std.
            #[track_caller]
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                let plan = mutate::visit(Location::caller(), "swap", order, None);
                match plan.effect {
                    Effect::Kept => self.inner.swap(value, plan.order),
                    Effect::Dropped => self.inner.load(Relaxed),
                }
            }

            /// As in std.
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let plan =
                    mutate::visit(Location::caller(), "compare_exchange", success, Some(failure));
                if mutate::probes() {
                    self.probe.touch();
                    let seen = self.inner.load(plan.failure);
                    if seen != current {
                        return Err(seen);
                    }
                }
                let new = if plan.effect == Effect::Kept { new } else { current };
                self.inner.compare_exchange(current, new, plan.order, plan.failure)
            }

            $(
                /// As in std.
                #[track_caller]
                pub fn $method(&self, $($arg: $ty,)* order: Ordering) -> $value {
                    let plan = mutate::visit(Location::caller(), stringify!($method), order, None);
                    match plan.effect {
                        Effect::Kept => self.inner.$method($($arg,)* plan.order),
                        Effect::Dropped => self.inner.load(Relaxed),
                    }
                }
            )*
        }
    };
}

macro_rules! integer {
    ($($name:ident, $value:ty;)*) => {$(
        atomic!(
            #[doc = concat!("`std`'s `", stringify!($name), "` as loom sees it.")]
            $name, $value,
            {
                fetch_add(value: $value), fetch_sub(value: $value), fetch_and(value: $value),
                fetch_or(value: $value), fetch_xor(value: $value)
            }
        );
    )*};
}

integer! {
    AtomicU8, u8;
    AtomicU32, u32;
    AtomicU64, u64;
    AtomicUsize, usize;
}

atomic!(
    /// `std`'s `AtomicBool` as loom sees it.
    AtomicBool, bool,
    { fetch_and(value: bool), fetch_or(value: bool), fetch_xor(value: bool) }
);

atomic!(
    /// `std`'s `AtomicPtr` as loom sees it.
    AtomicPtr<T>, *mut T, {}
);

/// As in std.
#[track_caller]
pub fn fence(order: Ordering) {
    let plan = mutate::visit(Location::caller(), "fence", order, None);
    if plan.effect == Effect::Kept && plan.order != Relaxed {
        loom::sync::atomic::fence(plan.order);
    }
}
