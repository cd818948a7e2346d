//! Wakers that change, and wakers that act at once.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex as StdMutex};
use std::task::{Context, Wake, Waker};

use anyrt::sync;

use super::Probe;
use super::probe::{Task, now, poll};
use crate::compare::Side::{self, Ours, Peer};
use crate::primitives::{
    AnyrtCondition, AsyncLockCondition, AsyncStdCondition, AsyncbandCondition, Barrier, Condition,
    Event, FuturesMutex, IntrusiveMutex, IntrusiveSemaphore, ListenerEvent, MaitakeEvent,
    MeaCondition, Mutex, NotifyEvent, SaaSemaphore, Semaphore, TokioCondition,
};

pub(super) fn probes() -> Vec<Probe> {
    let mut probes = Vec::new();
    macro_rules! all {
        ($($side:ident $probe:ident: $($type:ty),+;)+) => { $($(
            probes.extend($probe::<$type>($side));
        )+)+ };
    }
    all! {
        Ours lock: sync::Lock<u64>;
        Peer lock: tokio::sync::Mutex<u64>, async_lock::Mutex<u64>, asyncband::mutex::Mutex<u64>,
            mea::mutex::Mutex<u64>, saa::Mutex<u64>, maitake_sync::Mutex<u64>, FuturesMutex,
            IntrusiveMutex;
        Ours semaphore: sync::Semaphore;
        Peer semaphore: tokio::sync::Semaphore, async_lock::Semaphore,
            asyncband::semaphore::Semaphore, mea::semaphore::Semaphore, SaaSemaphore,
            maitake_sync::Semaphore, IntrusiveSemaphore;
        Ours event: sync::Event;
        Peer event: NotifyEvent, ListenerEvent, asyncband::event::ManualResetEvent, MaitakeEvent,
            futures_intrusive::sync::ManualResetEvent;
        Ours barrier: sync::Barrier;
        Peer barrier: tokio::sync::Barrier, async_lock::Barrier, asyncband::barrier::Barrier,
            mea::barrier::Barrier, saa::Barrier;
        Ours condition: AnyrtCondition;
        Peer condition: TokioCondition, AsyncLockCondition, AsyncStdCondition, AsyncbandCondition,
            MeaCondition;
    }
    probes.extend([kanal_send(), kanal_receive()]);
    probes
}

const ANOTHER: &str = "a wait that is polled again with another waker does not wake that";
const INLINE: &str = "a waker that polls at once finds the lock held that it was called under";

fn lock<L: Mutex>(side: Side) -> [Probe; 2] {
    let another = Probe::new(ANOTHER, side, L::NAME, || {
        let lock = L::make();
        let held = now(lock.lock());
        wakes_another(lock.lock(), || drop(held))
    });
    let inline = Probe::new(INLINE, side, L::NAME, || {
        let lock: &'static L = Box::leak(Box::new(L::make()));
        let held = now(lock.lock());
        polls_at_once([0; 2].map(|_| async move { drop(lock.lock().await) }), || drop(held))
    });
    [another.of("lock"), inline.of("lock")]
}

fn semaphore<S: Semaphore>(side: Side) -> [Probe; 2] {
    let another = Probe::new(ANOTHER, side, S::NAME, || {
        let semaphore = S::make(1);
        let held = now(semaphore.acquire(1));
        wakes_another(semaphore.acquire(1), || drop(held))
    });
    let inline = Probe::new(INLINE, side, S::NAME, || {
        let semaphore: &'static S = Box::leak(Box::new(S::make(1)));
        let held = now(semaphore.acquire(1));
        let acquire = [0; 2].map(|_| async move { drop(semaphore.acquire(1).await) });
        polls_at_once(acquire, || drop(held))
    });
    [another.of("semaphore"), inline.of("semaphore")]
}

fn event<E: Event>(side: Side) -> [Probe; 2] {
    let another = Probe::new(ANOTHER, side, E::NAME, || {
        let event = E::make();
        wakes_another(event.wait(), || event.set())
    });
    let inline = Probe::new(INLINE, side, E::NAME, || {
        let event: &'static E = Box::leak(Box::new(E::make()));
        polls_at_once([0; 2].map(|_| event.wait()), || event.set())
    });
    [another.of("event"), inline.of("event")]
}

fn barrier<B: Barrier>(side: Side) -> [Probe; 2] {
    let another = Probe::new(ANOTHER, side, B::NAME, || {
        let barrier = B::make(2);
        wakes_another(barrier.wait(), || assert!(now(barrier.wait()), "the last one leads"))
    });
    let inline = Probe::new(INLINE, side, B::NAME, || {
        let barrier: &'static B = Box::leak(Box::new(B::make(3)));
        let waits = [0; 2].map(|_| async { assert!(!barrier.wait().await, "not the last one") });
        polls_at_once(waits, || assert!(now(barrier.wait()), "the last one leads"))
    });
    [another.of("barrier"), inline.of("barrier")]
}

fn condition<C: Condition>(side: Side) -> [Probe; 2] {
    let another = Probe::new(ANOTHER, side, C::NAME, || {
        let shared = C::make();
        let wait = shared.wait(now(shared.mutex().lock()));
        wakes_another(wait, || shared.notify_one())
    });
    let inline = Probe::new(INLINE, side, C::NAME, || {
        let shared: &'static C = Box::leak(Box::new(C::make()));
        let waits = [0; 2].map(|_| async {
            let guard = shared.mutex().lock().await;
            drop(shared.wait(guard).await);
        });
        polls_at_once(waits, || shared.notify_all())
    });
    [another.of("condition"), inline.of("condition")]
}

/// Whether it is the last waker that is called.
fn wakes_another<F: Future>(wait: F, serve: impl FnOnce()) -> bool {
    let mut wait = pin!(wait);
    let ((_, old), (task, new)) = (Task::new(), Task::new());
    assert!(poll(wait.as_mut(), &old).is_pending());
    assert!(poll(wait.as_mut(), &new).is_pending());
    serve();
    task.is_woken()
}

/// A task whose waker polls it, on the spot.
struct Inline {
    future: StdMutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
}

impl Wake for Inline {
    fn wake(self: Arc<Self>) {
        let waker = Waker::from(Arc::clone(&self));
        // Who polls it already, below on the stack, is told enough.
        let Ok(mut slot) = self.future.try_lock() else { return };
        if let Some(future) = slot.as_mut()
            && future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
        {
            *slot = None;
        }
    }
}

/// Whether two such tasks get there. Where their waker is called under a lock, they wait for it, on the
/// thread that holds it: that hangs.
fn polls_at_once<F>(futures: [F; 2], serve: impl FnOnce()) -> bool
where
    F: Future<Output = ()> + Send + 'static,
{
    let tasks = futures.map(|future| {
        let future: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(future);
        let task = Arc::new(Inline { future: StdMutex::new(Some(future)) });
        Arc::clone(&task).wake(); // the first poll
        task
    });
    serve();
    tasks.iter().all(|task| task.future.lock().is_ok_and(|future| future.is_none()))
}

fn kanal_send() -> Probe {
    Probe::new(ANOTHER, Peer, "kanal", || {
        let (sender, receiver) = kanal::bounded_async(0);
        wakes_another(async move { drop(sender.send(1).await) }, || {
            assert_eq!(now(async move { receiver.recv().await }), Ok(1));
        })
    })
    .of("send")
}

fn kanal_receive() -> Probe {
    let row = "a receive that was served and is dropped takes the message with it";
    Probe::new(row, Peer, "kanal", || {
        let (sender, receiver) = kanal::bounded_async(1);
        {
            let mut receive = pin!(receiver.recv());
            assert!(poll(receive.as_mut(), Waker::noop()).is_pending());
            now(sender.send(1)).expect("it is open");
        }
        poll(pin!(receiver.recv()), Waker::noop()).is_ready()
    })
}
