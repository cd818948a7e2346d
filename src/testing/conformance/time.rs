//! RT-TIME-1 to RT-TIME-4 and RT-TIME-7: sleeps and timeouts.

use std::future::{Future, pending, ready};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use super::super::kit::{
    Guard, HOUR, MS, Tally, foreign_block_on, on_plain_thread, poll_once, poll_with, ready_by_now,
    until,
};
use crate::contract::{BlockOn, JoinHandle, Spawn, Timer};
use crate::error::TimedOut;
use crate::task::yield_now;

/// An executor that the runtime knows nothing of can await a sleep made in the runtime.
pub fn time_1_a_sleep_on_a_foreign_executor<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let due = rt.now() + 2 * MS;
        let sleep = rt.sleep_until(Some(due));
        on_plain_thread(move || foreign_block_on(sleep)).await;
        assert!(rt.now() >= due);
    });
}

/// A sleep made on a plain thread works there, and in the runtime.
pub fn time_1_a_sleep_made_on_a_plain_thread<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let inner = rt.clone();
        let elsewhere = on_plain_thread(move || {
            foreign_block_on(inner.sleep(MS));
            inner.sleep(MS)
        });
        elsewhere.await.await;
    });
}

/// A sleep made before `block_on` works in it.
pub fn time_1_a_sleep_made_before_block_on<O: BlockOn>(owner: O) {
    let sleep = owner.handle().sleep(MS);
    owner.block_on(sleep);
}

/// A sleep that was polled here can be awaited there: the waker of its last poll is woken.
pub fn time_1_a_sleep_moves_between_executors<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        // On a machine that stalls, the sleep may be ready too early to show anything: once more.
        loop {
            let (first, last) = (Tally::new(), Tally::new());
            let mut sleep = Box::pin(rt.sleep(10 * MS));
            if poll_with(&mut sleep, &first.waker()).is_pending()
                && poll_with(&mut sleep, &last.waker()).is_pending()
            {
                last.reach(1).await;
                break;
            }
        }
        let mut sleep = Box::pin(rt.sleep(10 * MS));
        let _pending = poll_once(&mut sleep);
        on_plain_thread(move || foreign_block_on(sleep)).await;
    });
}

/// A thousand sleeps at once all end, and each in its own time.
pub fn time_1_a_thousand_sleeps<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let mut tasks = Vec::new();
        for number in 0..1_000_u32 {
            let inner = rt.clone();
            tasks.push(rt.spawn(async move {
                let due = inner.now() + number % 17 * MS;
                inner.sleep_until(Some(due)).await;
                inner.now() >= due
            }));
        }
        for task in tasks {
            assert!(task.await.unwrap());
        }
    });
}

/// Sleeps that are dropped do not keep the others from ending.
pub fn time_1_dropped_sleeps_are_forgotten<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let woken = Tally::new();
        for _ in 0..1_000 {
            let mut sleep = Box::pin(rt.sleep(HOUR));
            assert!(poll_with(&mut sleep, &woken.waker()).is_pending());
        }
        rt.sleep(MS).await;
        assert_eq!(woken.count(), 0);
    });
}

/// A dropped sleep lets go of its waker.
pub fn time_1_a_dropped_sleep_keeps_no_waker<O: BlockOn>(owner: O) {
    struct Held(#[allow(dead_code, reason = "kept for its drop")] Guard);
    impl Wake for Held {
        fn wake(self: Arc<Self>) {}
    }
    owner.run(|rt| async move {
        let dropped = Tally::new();
        let mut sleep = Box::pin(rt.sleep(HOUR));
        let waker = Arc::new(Held(dropped.guard())).into();
        assert!(poll_with(&mut sleep, &waker).is_pending());
        drop((sleep, waker));
        until(&rt, || dropped.count() == 1).await;
    });
}

/// `Duration::MAX` and its neighbours pend, and so does a sleep until never.
pub fn time_2_the_longest_sleeps_pend<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let days = |days: u64| Duration::from_secs(days * 86_400);
        let long = [Duration::MAX, Duration::from_secs(u64::MAX), days(365_000), days(10_000)];
        let mut sleeps: Vec<_> = long.iter().map(|long| Box::pin(rt.sleep(*long))).collect();
        sleeps.push(Box::pin(rt.sleep_until(None)));
        sleeps.push(Box::pin(rt.sleep_until(rt.now().checked_add(days(200_000)))));
        for _ in 0..3 {
            assert!(sleeps.iter_mut().all(|sleep| poll_once(sleep).is_pending()));
            rt.sleep(MS).await;
        }
    });
}

/// A timeout of `Duration::MAX` lets its future end.
pub fn time_2_the_longest_timeout<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let slow = rt.sleep(MS);
        assert_eq!(rt.timeout(Duration::MAX, slow).await, Ok(()));
        let mut never = Box::pin(rt.timeout(Duration::MAX, pending::<()>()));
        assert!(poll_once(&mut never).is_pending());
    });
}

/// A task that sleeps for ever can be aborted, and others sleep meanwhile.
pub fn time_2_a_task_that_sleeps_for_ever<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let inner = rt.clone();
        let mut task = rt.spawn(async move { inner.sleep(Duration::MAX).await });
        for _ in 0..3 {
            rt.sleep(MS).await;
            assert!(!task.is_finished());
        }
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

/// No sleep is early by the runtime's own clock, whatever its length.
pub fn time_3_a_sleep_is_never_early<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        for micros in [0, 1, 10, 100, 500, 999, 1_000, 1_001, 1_500, 1_999, 2_000, 5_000] {
            let length = Duration::from_micros(micros);
            for _ in 0..3 {
                let start = rt.now();
                rt.sleep(length).await;
                assert!(rt.now() - start >= length, "{length:?}");
                let due = rt.now() + length;
                rt.sleep_until(Some(due)).await;
                assert!(rt.now() >= due, "{length:?}");
            }
        }
    });
}

/// Neither is one of many that tasks sleep side by side, with deadlines of all fractions.
pub fn time_3_sleeps_side_by_side_are_never_early<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let mut tasks = Vec::new();
        for number in 0..200_u64 {
            let inner = rt.clone();
            tasks.push(rt.spawn(async move {
                let length = Duration::from_nanos(number * 49_999);
                let start = inner.now();
                inner.sleep(length).await;
                inner.now() - start >= length
            }));
        }
        for task in tasks {
            assert!(task.await.unwrap());
        }
    });
}

/// A sleep that is polled again and again is not early either.
pub fn time_3_a_sleep_polled_often_is_never_early<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let due = rt.now() + 3 * MS;
        let mut sleep = Box::pin(rt.sleep_until(Some(due)));
        while poll_once(&mut sleep).is_pending() {
            yield_now().await;
        }
        assert!(rt.now() >= due);
    });
}

/// The clock does not go back, from task to task and from thread to thread.
pub fn time_3_now_never_goes_back<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let mut last = rt.now();
        for round in 0..100 {
            let inner = rt.clone();
            let next = match round % 3 {
                0 => rt.spawn(async move { inner.now() }).await.unwrap(),
                1 => on_plain_thread(move || inner.now()).await,
                _ => rt.now(),
            };
            assert!(next >= last);
            last = next;
        }
    });
}

/// A sleep whose deadline has passed ends although no time is waited for: it beats one of an hour.
pub fn time_4_a_passed_deadline_is_ready<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let passed = rt.now();
        rt.sleep(2 * MS).await;
        for _ in 0..20 {
            let mut sleep = pin!(rt.sleep_until(Some(passed)));
            assert_eq!(rt.timeout(HOUR, &mut sleep).await, Ok(()));
            assert_eq!(rt.timeout(HOUR, rt.sleep(Duration::ZERO)).await, Ok(()));
        }
    });
}

/// So does one that was polled before its deadline and is polled again after it.
pub fn time_4_a_deadline_that_passed_between_polls<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let due = rt.now() + MS;
        let mut sleep = Box::pin(rt.sleep_until(Some(due)));
        let _early = poll_once(&mut sleep);
        rt.sleep(2 * MS).await;
        sleep.await;
        assert!(rt.now() >= due);
    });
}

/// A value that is there beats a deadline that has passed.
pub fn time_7_a_value_beats_a_passed_deadline<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        assert_eq!(rt.timeout(Duration::ZERO, ready(42)).await, Ok(42));
        let value = Tally::new();
        let limit = rt.now() + MS;
        let mut timeout = Box::pin(rt.timeout(MS, value.reach(1)));
        rt.sleep(3 * MS).await;
        assert!(rt.now() >= limit);
        value.hit();
        assert_eq!(ready_by_now(&mut timeout).await, Ok(()));
    });
}

/// A future that is not ready in time is an error, is not cut off early, and is dropped.
pub fn time_7_a_timeout_ends_and_drops<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let dropped = Tally::new();
        let guard = dropped.guard();
        let start = rt.now();
        let late = rt.timeout(2 * MS, async move {
            let _guard = guard;
            pending::<()>().await;
        });
        assert_eq!(late.await, Err(TimedOut));
        assert!(rt.now() - start >= 2 * MS);
        assert_eq!(dropped.count(), 1);
    });
}

/// A future given by reference is there after the timeout.
pub fn time_7_a_future_by_reference_goes_on<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let gate = Tally::new();
        let mut future = Box::pin(async move {
            gate.reach(1).await;
            42
        });
        assert_eq!(rt.timeout(MS, &mut future).await, Err(TimedOut));
        gate.hit();
        assert_eq!(rt.timeout(HOUR, &mut future).await, Ok(42));
    });
}

/// Each poll of a timeout polls its future, and first.
pub fn time_7_polls_its_future_each_time<O: BlockOn>(owner: O) {
    struct Count(usize);
    impl Future for Count {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
            self.0 += 1;
            Poll::Pending
        }
    }
    owner.run(|rt| async move {
        let mut count = Count(0);
        assert_eq!(rt.timeout(MS, &mut count).await, Err(TimedOut));
        assert!(count.0 >= 1);
    });
}
