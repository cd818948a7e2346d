//! Waits that are dropped, and what goes with them.

use std::pin::{Pin, pin};
use std::task::Waker;

use anyrt::sync;

use super::Probe;
use super::probe::{now, poll};
use crate::compare::Side::{self, Ours, Peer};
use crate::primitives::{
    AnyrtCondition, AsyncLockCondition, AsyncStdCondition, AsyncbandCondition, Barrier, Condition,
    Event, ListenerEvent, MaitakeEvent, MeaCondition, Mutex, NotifyEvent, TokioCondition,
};

pub(super) fn probes() -> Vec<Probe> {
    let mut probes = vec![
        withdrawn::<sync::Barrier>(Ours),
        withdrawn::<tokio::sync::Barrier>(Peer),
        withdrawn::<async_lock::Barrier>(Peer),
        withdrawn::<asyncband::barrier::Barrier>(Peer),
        withdrawn::<mea::barrier::Barrier>(Peer),
        withdrawn::<saa::Barrier>(Peer),
        set_and_cleared::<sync::Event>(Ours),
        set_and_cleared::<NotifyEvent>(Peer),
        set_and_cleared::<ListenerEvent>(Peer),
        set_and_cleared::<asyncband::event::ManualResetEvent>(Peer),
        set_and_cleared::<MaitakeEvent>(Peer),
        set_and_cleared::<futures_intrusive::sync::ManualResetEvent>(Peer),
        gate_reset(),
    ];
    for when in [When::Notified, When::Relocking] {
        probes.extend([
            notification::<AnyrtCondition>(Ours, when),
            notification::<TokioCondition>(Peer, when),
            notification::<AsyncLockCondition>(Peer, when),
            notification::<AsyncStdCondition>(Peer, when),
            notification::<AsyncbandCondition>(Peer, when),
            notification::<MeaCondition>(Peer, when),
        ]);
    }
    probes.push(fair_condvar(When::Notified));
    probes.push(fair_condvar(When::Relocking));
    probes
}

/// One party waits and gives up. Then one comes: it is alone.
fn withdrawn<B: Barrier>(side: Side) -> Probe {
    Probe::new("a barrier counts a cancelled party as arrived", side, B::NAME, || {
        let barrier = B::make(2);
        {
            let mut gives_up = pin!(barrier.wait());
            assert!(poll(gives_up.as_mut(), Waker::noop()).is_pending());
        }
        poll(pin!(barrier.wait()), Waker::noop()).is_pending()
    })
}

fn set_and_cleared<E: Event>(side: Side) -> Probe {
    let row = "an event that is set and cleared at once forgets those who waited";
    Probe::new(row, side, E::NAME, || {
        let event = E::make();
        let mut wait = pin!(event.wait());
        assert!(poll(wait.as_mut(), Waker::noop()).is_pending());
        event.set();
        event.clear();
        poll(wait.as_mut(), Waker::noop()).is_ready()
    })
}

fn gate_reset() -> Probe {
    Probe::new("`Gate::reset` changes nothing", Peer, "saa", || {
        let gate = saa::Gate::new();
        gate.open();
        gate.reset();
        gate.state(std::sync::atomic::Ordering::SeqCst) != saa::gate::State::Open
    })
}

#[derive(Debug, Clone, Copy)]
enum When {
    Notified,
    Relocking,
}

impl When {
    fn row(self) -> &'static str {
        match self {
            Self::Notified => "a condition's waiter that is cancelled keeps its notification",
            Self::Relocking => "the same, while it locks again",
        }
    }
}

/// Two wait, and one is notified, which is dropped then: it is the other's turn.
fn notification<C: Condition>(side: Side, when: When) -> Probe {
    Probe::new(when.row(), side, C::NAME, move || {
        let shared = C::make();
        let wait = || {
            let mut wait = Box::pin(shared.wait(now(shared.mutex().lock())));
            assert!(poll(wait.as_mut(), Waker::noop()).is_pending());
            wait
        };
        let lock = || now(shared.mutex().lock());
        passed_on(wait(), wait(), when, || shared.notify_one(), lock)
    })
}

/// async-condvar-fair, on tokio's mutex; its waits are of a type of their own.
fn fair_condvar(when: When) -> Probe {
    Probe::new(when.row(), Peer, "async-condvar-fair", move || {
        let (mutex, condvar) = (tokio::sync::Mutex::new(0), async_condvar_fair::Condvar::new());
        let wait = || {
            let mut wait = Box::pin(condvar.wait((now(mutex.lock()), &mutex)));
            assert!(poll(wait.as_mut(), Waker::noop()).is_pending());
            wait
        };
        passed_on(wait(), wait(), when, || condvar.notify_one(), || now(mutex.lock()))
    })
}

fn passed_on<F: Future, G>(
    mut first: Pin<Box<F>>,
    mut second: Pin<Box<F>>,
    when: When,
    notify_one: impl FnOnce(),
    lock: impl FnOnce() -> G,
) -> bool {
    notify_one();
    if matches!(when, When::Relocking) {
        let held = lock();
        assert!(poll(first.as_mut(), Waker::noop()).is_pending());
        drop(first);
        drop(held);
    } else {
        drop(first);
    }
    poll(second.as_mut(), Waker::noop()).is_ready()
}
