//! How a thread that finds nothing sleeps, and what wakes it.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use super::Crew;
use super::roster::{SEARCH, WATCH};
use super::shard::Shard;
use super::worker::Me;
use crate::primitives::diagnosis::Site;
use crate::primitives::{Ordering::Relaxed, Stamp};
use crate::wait::{Node, State, block_on_within};

/// How a sleep ended.
pub(super) enum Slept {
    Go,
    Retire,
}

impl Crew {
    /// Running → sleeping → running, or gone.
    #[cold]
    pub(super) fn sleep(&self, me: &mut Me) -> Slept {
        let node = pin!(Node::new(&self.roster, Site::here()));
        let node = node.as_ref();
        let mut surplus = false;
        let mut gone = false;
        let mut first = true;
        // The first poll queues the node, with the waker of this thread.
        let mut sleep = pin!(poll_fn(|cx| {
            if std::mem::take(&mut first) {
                let waker = cx.waker().clone();
                let mut entry = self.roster.lock();
                if std::mem::take(&mut me.searching) {
                    entry.searching = false;
                }
                surplus = entry.running > entry.target();
                entry.running -= 1;
                if entry.closed {
                    gone = true;
                } else {
                    if !surplus {
                        entry.extra = entry.extra.saturating_sub(1); // there is less to do
                    }
                    entry.sleeping += 1;
                    entry.push_front(node, waker, 0, Stamp::NONE);
                }
                // Ordering: see `push`.
                self.roster.word().store(entry.word(), Relaxed);
                drop(entry);
                // Everybody who pushes from here on sees it sleep. What was pushed before is here. A
                // surplus thread leaves that to those that run.
                if gone || !surplus && self.all().any(|shard| !shard.is_surely_empty()) {
                    return Poll::Ready(true);
                }
            }
            match node.state() {
                State::Queued => Poll::Pending,
                State::Idle | State::Woken => Poll::Ready(false),
            }
        }));
        let ended = block_on_within(sleep.as_mut(), self.keep_alive);
        if gone {
            return self.leave();
        }
        let mut waker = None;
        let slept = self.with_roster(|roster, _| {
            waker = roster.remove(node);
            if waker.is_some() {
                // Nobody has called: time is up, or there is something to do.
                roster.sleeping -= 1;
                if ended.is_none() {
                    return Slept::Retire;
                }
                roster.running += 1;
            } else {
                match roster.take_outcome(node) {
                    Some(SEARCH) => me.searching = true,
                    Some(WATCH) => me.watching = true,
                    _ => {}
                }
            }
            Slept::Go
        });
        drop(waker); // after the lock
        slept
    }

    /// A thread that found nothing when all was closed: what is queued, if anything, is on its way
    /// from one shard to another, in the hands of a thread that will run it.
    fn leave(&self) -> Slept {
        if self.all().all(Shard::is_surely_empty) {
            return Slept::Retire;
        }
        self.with_roster(|roster, _| roster.running += 1);
        Slept::Go
    }
}
