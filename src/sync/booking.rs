//! What [`Permits`](super::permits::Permits) keeps under its queue's lock: who was woken and is on
//! its way, and the fair rounds.

use crate::primitives::{Stamp, const_fn};

/// The most permits that there can be: the number in a [`Wish`] beside that of a round.
pub(super) const MAX_PERMITS: u32 = u32::MAX >> 4;

/// Kept under the queue's lock, in eight bytes.
#[derive(Debug)]
pub(super) struct Booking {
    /// The permits of waiters that were woken and were not polled since.
    pub(super) booked: u32,
    /// When somebody first waited for these in vain, since one of them was last claimed.
    stamp: Stamp,
    /// Names these bookings: a waiter woken under another name has none any more. (A name that comes
    /// again makes the count too low, which costs a needless wake-up at most.)
    name: u8,
    pub(super) mode: Mode,
}

/// Whether nobody may ever barge past a waiter, whether somebody watches the bookings, and the number
/// of the fair round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mode(u8);

impl Mode {
    const STRICT: u8 = 1 << 7;
    const WATCHED: u8 = 1 << 6;

    pub(super) fn is_strict(self) -> bool {
        self.0 & Self::STRICT != 0
    }

    pub(super) fn round(self) -> u8 {
        self.0 & 0xf
    }

    pub(super) fn is_watched(self) -> bool {
        self.0 & Self::WATCHED != 0
    }

    pub(super) fn watch(&mut self, watch: bool) {
        self.0 |= if watch { Self::WATCHED } else { 0 };
    }

    pub(super) fn next_round(&mut self) {
        self.0 = (self.0 & !0xf) | ((self.round() + 1) & 0xf);
    }
}

/// The tag of a queued waiter: the permits that it wants, and the round that it missed.
#[derive(Clone, Copy)]
pub(super) struct Wish(pub(super) u32);

impl Wish {
    pub(super) fn new(permits: u32, round: u8) -> Self {
        Self(permits | u32::from(round) << MAX_PERMITS.count_ones())
    }

    pub(super) fn permits(self) -> u32 {
        self.0 & MAX_PERMITS
    }

    /// Whether it was queued before this round began. (Sixteen rounds later it is forgotten.)
    pub(super) fn is_before(self, mode: Mode) -> bool {
        self.0 >> MAX_PERMITS.count_ones() != u32::from(mode.round())
    }
}

impl Booking {
    const_fn! {
        pub(super) const fn new(strict: bool) -> Self {
            let mode = Mode(if strict { Mode::STRICT } else { 0 });
            Self { booked: 0, stamp: Stamp::NONE, name: 0, mode }
        }
    }

    pub(super) fn book(&mut self, n: u32) -> u32 {
        if self.booked == 0 {
            self.stamp = Stamp::NONE;
            self.mode.0 &= !Mode::WATCHED;
            self.name = self.name.wrapping_add(1);
        }
        self.booked += n;
        u32::from(self.name)
    }

    /// Whether the booking was still there.
    pub(super) fn unbook(&mut self, n: u32, name: u32) -> bool {
        let found = name == u32::from(self.name) && self.booked > 0;
        if found {
            self.booked = self.booked.saturating_sub(n);
            self.stamp = Stamp::NONE; // where one comes, others may be on their way
        }
        found
    }

    /// To be asked by who waits for what is booked.
    pub(super) fn is_overdue(&mut self) -> bool {
        self.stamp.begin_or_is_overdue()
    }
}
