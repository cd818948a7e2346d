use anyrt::SimOwner;
use anyrt::prelude::*;
use anyrt::task::yield_now;
use std::time::{Duration, Instant};

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn sleeps_take_no_time_and_the_clock_jumps_to_each() {
    let sim = SimOwner::new(1);
    sim.run(|rt| async move {
        let start = rt.now();
        let sleep = |days: u32| {
            let rt = rt.clone();
            rt.clone().spawn(async move {
                rt.sleep(days * DAY).await;
                rt.now() - start
            })
        };
        let (one, two, year) = (sleep(1), sleep(2), sleep(365));
        assert_eq!(one.await.unwrap(), DAY);
        assert_eq!(two.await.unwrap(), 2 * DAY);
        assert_eq!(year.await.unwrap(), 365 * DAY);
    });
    assert_eq!(sim.elapsed(), 365 * DAY);
}

#[test]
fn the_clock_stands_still_while_something_can_run() {
    let sim = SimOwner::new(1);
    sim.run(|rt| async move {
        let nap = rt.spawn({
            let rt = rt.clone();
            async move { rt.sleep(DAY).await }
        });
        for _ in 0..100 {
            yield_now().await;
        }
        assert!(!nap.is_finished());
    });
    assert_eq!(sim.elapsed(), Duration::ZERO);
}

#[test]
fn a_busy_program_does_not_make_an_hour_pass() {
    let sim = SimOwner::new(1);
    sim.run(|rt| async move {
        let work = async {
            for _ in 0..50_000 {
                yield_now().await;
            }
        };
        assert_eq!(rt.timeout(Duration::from_secs(3_600), work).await, Ok(()));
    });
    assert_eq!(sim.elapsed(), Duration::from_millis(50)); // a step is taken for a microsecond
}

#[test]
fn who_polls_the_time_gets_on() {
    let sim = SimOwner::new(1);
    sim.run(|rt| async move {
        let due = rt.now() + Duration::from_millis(3);
        while rt.now() < due {
            yield_now().await;
        }
    });
}

#[test]
fn sleepers_of_one_moment_wake_in_an_order_by_the_seed() {
    let orders: std::collections::HashSet<_> = (0..100)
        .map(|seed| {
            SimOwner::new(seed).run(|rt| async move {
                let woken = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
                let sleep = |number: u32| {
                    let (rt, woken) = (rt.clone(), woken.clone());
                    rt.clone().spawn(async move {
                        rt.sleep(DAY).await;
                        woken.lock().unwrap().push(number);
                    })
                };
                for task in (0..3).map(sleep).collect::<Vec<_>>() {
                    task.await.unwrap();
                }
                woken.lock().unwrap().clone()
            })
        })
        .collect();
    assert_eq!(orders.len(), 6);
}

#[test]
fn dropped_sleeps_leave_the_clock_alone() {
    let sim = SimOwner::new(1);
    sim.run(|rt| async move {
        for _ in 0..1_000 {
            assert!(rt.timeout(DAY, yield_now()).await.is_ok());
        }
        rt.sleep(Duration::from_millis(1)).await;
    });
    assert!(sim.elapsed() < Duration::from_millis(10));
}

#[test]
fn a_deadline_before_the_beginning_has_passed() {
    let before = Instant::now();
    let sim = SimOwner::new(1);
    sim.run(|rt| async move { rt.sleep_until(Some(before)).await });
    assert_eq!(sim.elapsed(), Duration::ZERO);
}
