//! RT-TIME-5, RT-TIME-6 and RT-TIME-8: intervals and delayed calls.

use std::panic::panic_any;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::super::kit::{HOUR, MS, Tally, message_of, poll_once};
use crate::contract::{BlockOn, Timer};
use crate::time::{MissedTick, call_later};

/// The first tick comes although the period is an hour.
pub fn time_5_the_first_tick_is_immediate<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let before = rt.now();
        let mut beat = rt.interval(HOUR);
        let after = rt.now();
        let due = beat.tick().await;
        assert!(before <= due && due <= after);
        assert!(rt.timeout(MS, beat.tick()).await.is_err());
    });
}

/// The first tick is due when the interval is made; the second one period later, not one period
/// after the first was taken.
pub fn time_5_the_beat_starts_when_it_is_made<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let period = 20 * MS;
        let mut beat = rt.interval(period);
        rt.sleep(MS).await;
        let first = beat.tick().await;
        let second = beat.tick().await;
        assert!(rt.now() >= second);
        // A stalled machine may have missed beats in between; the beat is kept all the same.
        assert_eq!((second - first).as_nanos() % period.as_nanos(), 0);
    });
}

/// A period of `Duration::MAX` gives one tick.
pub fn time_5_the_longest_period<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        for policy in [MissedTick::Skip, MissedTick::Burst, MissedTick::Delay] {
            let mut beat = rt.interval(Duration::MAX).on_missed(policy);
            beat.tick().await;
            assert!(rt.timeout(MS, beat.tick()).await.is_err());
            beat.reset();
            assert!(rt.timeout(MS, beat.tick()).await.is_err());
        }
    });
}

/// A period of zero is refused with a clear message.
pub fn time_5_a_period_of_zero_panics<O: BlockOn>(owner: O) {
    let message = message_of(|| owner.handle().interval(Duration::ZERO));
    assert!(message.contains("period"), "{message}");
}

/// A tick that is given up is not lost.
pub fn time_5_a_tick_given_up_comes_later<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let period = 10 * MS;
        let mut beat = rt.interval(period).on_missed(MissedTick::Burst);
        let mut due = beat.tick().await;
        for _ in 0..3 {
            let polled = poll_once(&mut Box::pin(beat.tick()));
            let next = match polled {
                Poll::Ready(next) => next,
                Poll::Pending => beat.tick().await,
            };
            assert_eq!(next - due, period);
            due = next;
        }
    });
}

/// `reset` starts the beat anew: the next tick comes one period from then.
pub fn time_5_reset_starts_the_beat_anew<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let period = 5 * MS;
        let mut beat = rt.interval(period);
        beat.reset(); // before the first tick, which is not immediate any more
        for _ in 0..3 {
            let reset = rt.now();
            beat.reset();
            let due = beat.tick().await;
            assert!(due >= reset + period && rt.now() >= due);
        }
    });
}

/// Ticks are never early, and each is due at least a period after the one before.
pub fn time_3_a_tick_is_never_early<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let period = Duration::from_micros(1_300);
        let mut beat = rt.interval(period);
        let mut last = beat.tick().await;
        for _ in 0..10 {
            let due = beat.tick().await;
            assert!(rt.now() >= due);
            assert!(due >= last + period);
            last = due;
        }
    });
}

/// Three ticks, of which the second is taken late.
struct Late {
    /// When each was due.
    first: Instant,
    second: Instant,
    third: Instant,
    /// When the second was taken: between these.
    before: Instant,
    after: Instant,
}

async fn come_late<R: Timer>(rt: &R, period: Duration, policy: MissedTick) -> Late {
    let mut beat = rt.interval(period).on_missed(policy);
    let first = beat.tick().await;
    rt.sleep(4 * period + period / 2).await;
    let before = rt.now();
    let second = beat.tick().await;
    let after = rt.now();
    let third = beat.tick().await;
    assert!(rt.now() >= third);
    Late { first, second, third, before, after }
}

/// `Skip`, the default: the ticks that were missed are left out, and the beat is kept.
pub fn time_6_skip_keeps_the_beat<O: BlockOn>(owner: O) {
    assert_eq!(MissedTick::default(), MissedTick::Skip);
    owner.run(|rt| async move {
        let period = 4 * MS;
        let Late { first, third, before, .. } = come_late(&rt, period, MissedTick::Skip).await;
        assert!(third > before);
        assert_eq!((third - first).as_nanos() % period.as_nanos(), 0);
    });
}

/// `Burst`: the ticks that were missed follow at once, none left out.
pub fn time_6_burst_gives_every_tick<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let period = 4 * MS;
        let late = come_late(&rt, period, MissedTick::Burst).await;
        assert_eq!((late.second - late.first, late.third - late.second), (period, period));
        assert!(late.third <= late.before);
    });
}

/// `Delay`: the next tick comes one period after the late one was taken.
pub fn time_6_delay_starts_from_the_late_tick<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let period = 4 * MS;
        let Late { third, before, after, .. } = come_late(&rt, period, MissedTick::Delay).await;
        assert!(before + period <= third && third <= after + period);
    });
}

/// A call comes once, not before its time, and its value is there for who awaits it.
pub fn time_8_a_call_comes_once<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let calls = Tally::new();
        let (inner, due) = (rt.clone(), rt.now() + 2 * MS);
        let call = call_later(&rt, 2 * MS, move || {
            calls.hit();
            inner.now() >= due
        });
        assert!(call.await.unwrap());
        rt.sleep(3 * MS).await;
        assert_eq!(calls.count(), 1);
    });
}

/// A call whose handle is dropped comes all the same.
pub fn time_8_a_dropped_handle_lets_it_come<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let calls = Tally::new();
        drop(call_later(&rt, MS, move || calls.hit()));
        calls.reach(1).await;
    });
}

/// A cancelled call never comes; its closure is dropped, and awaiting it says so.
pub fn time_8_cancel_prevents_the_call<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        for delay in [HOUR, Duration::MAX] {
            let dropped = Tally::new();
            let guard = dropped.guard();
            let call = call_later(&rt, delay, move || {
                let _guard = guard;
                panic!("called")
            });
            assert!(call.is_pending());
            assert!(call.cancel());
            assert!(!call.cancel() && !call.is_pending() && !call.reset(MS));
            let joined: Result<(), _> = call.await;
            assert!(joined.unwrap_err().is_cancelled());
            dropped.reach(1).await;
        }
    });
}

/// Once it has come, it can be neither cancelled nor put off.
pub fn time_8_too_late_to_cancel<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let calls = Tally::new();
        let call = call_later(&rt, Duration::ZERO, move || calls.hit());
        calls.reach(1).await;
        assert!(!call.cancel() && !call.reset(HOUR) && !call.is_pending());
        call.await.unwrap();
        assert_eq!(calls.count(), 1);
    });
}

/// `reset` puts the call off, and brings it forward.
pub fn time_8_reset_moves_the_call<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let inner = rt.clone();
        let forward = call_later(&rt, HOUR, || ());
        assert!(forward.reset(MS));
        forward.await.unwrap();

        let off = call_later(&rt, 50 * MS, move || inner.now());
        let due = rt.now() + 100 * MS;
        if off.reset(100 * MS) {
            assert!(off.await.unwrap() >= due);
        }

        let from_never = call_later(&rt, Duration::MAX, || ());
        rt.sleep(MS).await;
        assert!(from_never.reset(MS));
        from_never.await.unwrap();
    });
}

/// Exactly one of `cancel` and the call wins, however close they are.
pub fn time_8_cancel_races_with_the_call<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        for round in 0..60 {
            let calls = Tally::new();
            let call = call_later(&rt, Duration::from_micros(20 * round), move || calls.hit());
            rt.sleep(Duration::from_micros(600)).await;
            let cancelled = call.cancel();
            match call.await {
                Ok(()) => assert!(!cancelled && calls.count() == 1),
                Err(error) => assert!(cancelled && error.is_cancelled() && calls.count() == 0),
            }
        }
    });
}

/// A panic in the call is a value, and the runtime lives on.
pub fn time_8_a_panic_in_the_call_is_a_value<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let call = call_later(&rt, MS, || -> () { panic_any("in the call") });
        assert_eq!(call.await.unwrap_err().message(), Some("in the call"));
        let call = call_later(&rt, MS, || 42);
        assert_eq!(call.await.unwrap(), 42);
    });
}
