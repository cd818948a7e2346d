//! A value behind permits, and the guards that reach it: the one place in `sync` with `unsafe`.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;

use super::booking::MAX_PERMITS;
use super::permits::Permits;
use crate::primitives::diagnosis::Label;
use crate::primitives::{AtomicU32, Ordering, UnsafeCell, const_fn};

/// As many may read a value at once.
pub(super) const READERS: u32 = MAX_PERMITS;

/// A value that is read by who holds a permit, and changed by who holds all `MAX` of them.
pub(super) struct Guarded<T: ?Sized, const MAX: u32> {
    permits: Permits<MAX>,
    value: UnsafeCell<T>,
}

// SAFETY: the value goes along, and is otherwise reached through the guards alone.
unsafe impl<T: ?Sized + Send, const MAX: u32> Send for Guarded<T, MAX> {}
// SAFETY: with one permit in all, one thread at a time reaches the value.
unsafe impl<T: ?Sized + Send> Sync for Guarded<T, 1> {}
// SAFETY: several threads may read the value at once, so it is `Sync`, too.
unsafe impl<T: ?Sized + Send + Sync> Sync for Guarded<T, READERS> {}

// As std's locks are.
impl<T: ?Sized, const MAX: u32> UnwindSafe for Guarded<T, MAX> {}
impl<T: ?Sized, const MAX: u32> RefUnwindSafe for Guarded<T, MAX> {}

impl<T, const MAX: u32> Guarded<T, MAX> {
    const_fn! {
        pub(super) const fn new(value: T, strict: bool, label: Label) -> Self {
            Self { permits: Permits::new(MAX, strict, label), value: UnsafeCell::new(value) }
        }
    }

    const_fn! {
        pub(super) const fn set_name(&mut self, name: &'static str) {
            self.permits.set_name(name);
        }
    }

    pub(super) fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized, const MAX: u32> Guarded<T, MAX> {
    #[inline]
    pub(super) fn permits(&self) -> &Permits<MAX> {
        &self.permits
    }

    /// Nobody else can be there: no guard outlives the borrow that it is made from.
    pub(super) fn get_mut(&mut self) -> &mut T {
        // SAFETY: `self` is borrowed exclusively.
        self.value.with_mut(|value| unsafe { &mut *value })
    }
}

/// What keeps a guarded value alive while it is held: a reference or an `Arc`, always to the same.
pub(super) trait Holder<const MAX: u32> {
    type Value: ?Sized;
    fn guarded(&self) -> &Guarded<Self::Value, MAX>;
}

/// All the permits of a value, given back when dropped.
pub(super) struct Exclusive<H: Holder<MAX>, const MAX: u32> {
    holder: H,
    /// Not `Sync` by itself: a shared guard gives a shared value.
    _value: PhantomData<Cell<()>>,
}

// SAFETY: a `&Exclusive` gives a `&Value` and a `&H`.
unsafe impl<H: Holder<MAX> + Sync, const MAX: u32> Sync for Exclusive<H, MAX> where H::Value: Sync {}

impl<H: Holder<MAX> + RefUnwindSafe, const MAX: u32> RefUnwindSafe for Exclusive<H, MAX> {}

impl<H: Holder<MAX>, const MAX: u32> Exclusive<H, MAX> {
    /// The caller has just acquired all permits of the holder's value, and gives them to the guard.
    #[inline]
    pub(super) fn acquired(holder: H) -> Self {
        Self { holder, _value: PhantomData }
    }

    #[inline]
    pub(super) fn holder(&self) -> &H {
        &self.holder
    }

    /// The holder; the permits are held on.
    pub(super) fn into_holder(self) -> H {
        let this = ManuallyDrop::new(self);
        // SAFETY: it is read once, as `this` is not dropped.
        unsafe { ptr::read(&raw const this.holder) }
    }
}

impl<H: Holder<MAX>, const MAX: u32> Deref for Exclusive<H, MAX> {
    type Target = H::Value;

    #[inline]
    fn deref(&self) -> &H::Value {
        // SAFETY: all permits are held, so nobody else has the value, and `self` is shared.
        self.holder.guarded().value.with(|value| unsafe { &*value })
    }
}

impl<H: Holder<MAX>, const MAX: u32> DerefMut for Exclusive<H, MAX> {
    #[inline]
    fn deref_mut(&mut self) -> &mut H::Value {
        // SAFETY: all permits are held, so nobody else has the value, and `self` is exclusive.
        self.holder.guarded().value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<H: Holder<MAX>, const MAX: u32> Drop for Exclusive<H, MAX> {
    #[inline]
    fn drop(&mut self) {
        self.holder.guarded().permits.release(MAX);
    }
}

/// One of the permits of a value, given back when dropped.
pub(super) struct Shared<H: Holder<MAX>, const MAX: u32> {
    holder: H,
    /// As in [`Exclusive`].
    _value: PhantomData<Cell<()>>,
}

// SAFETY: a `&Shared` gives a `&Value` and a `&H`.
unsafe impl<H: Holder<MAX> + Sync, const MAX: u32> Sync for Shared<H, MAX> where H::Value: Sync {}

impl<H: Holder<MAX> + RefUnwindSafe, const MAX: u32> RefUnwindSafe for Shared<H, MAX> {}

impl<H: Holder<MAX>, const MAX: u32> Shared<H, MAX> {
    /// The caller has just acquired a permit of the holder's value, and gives it to the guard.
    #[inline]
    pub(super) fn acquired(holder: H) -> Self {
        Self { holder, _value: PhantomData }
    }
}

impl<H: Holder<MAX>, const MAX: u32> Deref for Shared<H, MAX> {
    type Target = H::Value;

    #[inline]
    fn deref(&self) -> &H::Value {
        // SAFETY: a permit is held, so nobody has all of them, and nobody changes the value.
        self.holder.guarded().value.with(|value| unsafe { &*value })
    }
}

impl<H: Holder<MAX>, const MAX: u32> Drop for Shared<H, MAX> {
    #[inline]
    fn drop(&mut self) {
        self.holder.guarded().permits.release(1);
    }
}

/// A value that is written once, and read by anybody from then on.
pub(super) struct Published<T> {
    state: AtomicU32,
    value: UnsafeCell<Option<T>>,
}

const EMPTY: u32 = 0;
const WRITING: u32 = 1;
const THERE: u32 = 2;

// SAFETY: the value goes along.
unsafe impl<T: Send> Send for Published<T> {}
// SAFETY: one thread puts the value in, and several may read it.
unsafe impl<T: Send + Sync> Sync for Published<T> {}

impl<T: UnwindSafe + RefUnwindSafe> RefUnwindSafe for Published<T> {}

impl<T> Published<T> {
    const_fn! {
        pub(super) const fn new() -> Self {
            Self { state: AtomicU32::new(EMPTY), value: UnsafeCell::new(None) }
        }
    }

    #[inline]
    pub(super) fn get(&self) -> Option<&T> {
        // Ordering: acquires the value from `publish`.
        if self.state.load(Ordering::Acquire) != THERE {
            return None;
        }
        // SAFETY: it was written before, and is not written again while `self` is borrowed.
        self.value.with(|value| unsafe { &*value }).as_ref()
    }

    /// The value comes back when there is one already, or one is being written.
    pub(super) fn publish(&self, value: T) -> Result<&T, T> {
        // Ordering: decides who writes; there is nothing to be seen yet.
        let won = self.state.compare_exchange(EMPTY, WRITING, Ordering::Relaxed, Ordering::Relaxed);
        if won.is_err() {
            return Err(value);
        }
        self.value.with_mut(|slot| {
            // SAFETY: one caller ever gets here, and nobody reads before the swap below.
            unsafe { *slot = Some(value) }
        });
        // Ordering: releases the value to `get`. (A swap, as this atomic has exchanges.)
        self.state.swap(THERE, Ordering::Release);
        // SAFETY: as in `get`.
        let value = self.value.with(|value| unsafe { &*value });
        Ok(value.as_ref().expect("just written"))
    }

    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        // SAFETY: `self` is borrowed exclusively.
        self.value.with_mut(|value| unsafe { &mut *value }).as_mut()
    }

    pub(super) fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }
}
