//! One thread watches that those which run are not stuck.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use super::Crew;
use super::roster::{Call, Role, call_one};
use super::worker::Me;
use crate::primitives::Stamp;
use crate::primitives::diagnosis::Site;
use crate::wait::{Node, State, block_on_within};

/// How long nothing may be taken, with tasks queued, until there are more threads.
const STUCK: Duration = Duration::from_millis(1);

/// How often in a row the watcher finds nothing queued until it goes to sleep.
const CALM: u32 = 8;

impl Crew {
    /// Sees to it that there are threads when those that run are stuck. Ends as a running thread.
    #[cold]
    pub(super) fn watch(&self, me: &mut Me, start: &impl Fn(Role)) {
        let (mut before, mut calm) = (self.taken(), 0);
        let node = pin!(Node::new(&self.watch, Site::here()));
        loop {
            let closed = self.doze(node.as_ref());
            let queued = self.all().any(|shard| !shard.looks_empty());
            calm = if queued { 0 } else { calm + 1 };
            let taken = self.taken();
            let stuck = queued && taken == before;
            before = taken;
            if stuck {
                self.grow(start);
            }
            let over = self.with_roster(|roster, _| {
                let over = closed || roster.closed || calm == CALM || !roster.has_room();
                if over {
                    roster.watched = false;
                    roster.running += 1;
                }
                over
            });
            if over {
                me.watching = false;
                return;
            }
        }
    }

    /// Waits for a little while, or for the close.
    fn doze<'q>(&'q self, node: Pin<&Node<'q, ()>>) -> bool {
        let mut first = true;
        let doze = poll_fn(|cx| {
            if std::mem::take(&mut first) {
                let waker = cx.waker().clone();
                let mut watch = self.watch.lock();
                watch.push_back(node, waker, 0, Stamp::NONE);
            }
            if node.state() == State::Woken { Poll::Ready(()) } else { Poll::Pending }
        });
        let woken = block_on_within(pin!(doze), STUCK).is_some();
        let mut watch = self.watch.lock();
        let waker = watch.remove(node);
        drop(watch);
        drop(waker);
        woken
    }

    fn taken(&self) -> u32 {
        self.all().fold(0, |sum, shard| sum.wrapping_add(shard.0.lock().taken))
    }

    /// Three times as many threads as there are, or one for each task.
    fn grow(&self, start: &impl Fn(Role)) {
        let queued = self.all().fold(0_u32, |sum, shard| sum.saturating_add(shard.len()));
        let more = self.with_roster(|roster, _| {
            let target = roster.target();
            let more = target.saturating_mul(2).min(queued).min(roster.max.saturating_sub(target));
            roster.extra += more;
            more
        });
        for _ in 0..more {
            let call = self.with_roster(|roster, batch| {
                let call = call_one(roster, batch);
                roster.searching |= call != Call::Nothing;
                call
            });
            match call {
                Call::Start(role) => start(role),
                Call::Woken => {}
                Call::Nothing => break,
            }
        }
    }
}
