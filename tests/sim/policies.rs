use super::{order, run, with};
use anyrt::SimOwner;
use anyrt::prelude::*;
use anyrt::sim::{Explore, Policy, explore};
use std::collections::HashSet;
use std::task::{Context, Waker};

const PCT: Policy = Policy::Pct { depth: 3, steps: 40 };

#[test]
fn the_same_seed_gives_the_same_run() {
    for policy in [Policy::Fifo, Policy::Random, PCT] {
        for seed in 0..50 {
            let runs = [(); 2].map(|()| run(&with(policy.clone(), seed)));
            assert_eq!(runs[0], runs[1]);
            assert_eq!(runs[0].1.to_string(), runs[1].1.to_string());
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_run_on_a_used_thread() {
    // What a thread keeps from run to run, as the cooperative budget, must not show.
    let hungry = |rt: anyrt::Sim| async move {
        let lock = std::sync::Arc::new(anyrt::sync::Lock::new(0));
        let eat = |_| {
            let lock = lock.clone();
            rt.spawn(async move {
                for _ in 0..100 {
                    *lock.lock().await += 1;
                }
            })
        };
        for task in (0..3).map(eat).collect::<Vec<_>>() {
            task.await.unwrap();
        }
    };
    let schedules: HashSet<_> = (0..20)
        .map(|_| {
            let sim = SimOwner::new(3);
            sim.run(hungry);
            sim.schedule()
        })
        .collect();
    assert_eq!(schedules.len(), 1);
}

#[test]
fn a_run_leaves_the_budget_of_its_thread_whole() {
    let runs = explore(Explore::random(10), |rt| async move {
        rt.spawn(async { anyrt::sync::Semaphore::new(1).acquire().await.unwrap().forget() })
            .await
            .unwrap();
    });
    assert_eq!(runs.schedules(), 10);
    let mut task = Box::pin(async {
        for _ in 0..128 {
            anyrt::task::consume_budget().await;
        }
    });
    assert!(task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
}

#[test]
fn seeds_give_different_runs() {
    // Under PCT those who yield take turns: there are 4! orders, with few exceptions.
    for (policy, least) in [(Policy::Random, 50), (PCT, 20)] {
        let runs: HashSet<_> = (0..50).map(|seed| run(&with(policy.clone(), seed)).0).collect();
        assert!(runs.len() >= least, "{policy:?}: {}", runs.len());
    }
}

#[test]
fn fifo_takes_turns() {
    let (order, _) = run(&with(Policy::Fifo, 0));
    assert_eq!(order[..8], [1, 2, 3, 4, 1, 2, 3, 4]);
}

#[test]
fn random_starts_each_task_first_about_equally_often() {
    let mut first = [0_u32; 4];
    for seed in 0..4_000 {
        let order = SimOwner::new(seed).run(|rt| order(rt, 4, 1));
        first[order[0] as usize - 1] += 1;
    }
    assert!(first.iter().all(|times| (850..1_150).contains(times)), "{first:?}");
}

#[test]
fn pct_lets_nobody_spin_for_ever() {
    for seed in 0..50 {
        with(Policy::Pct { depth: 1, steps: 1 }, seed).run(|rt| async move {
            let flag = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
            let spins = |_| {
                let flag = flag.clone();
                rt.spawn(async move {
                    while !flag.load(std::sync::atomic::Ordering::Relaxed) {
                        anyrt::task::yield_now().await;
                    }
                })
            };
            let spinners: Vec<_> = (0..3).map(spins).collect();
            let sets = flag.clone();
            rt.spawn(async move { sets.store(true, std::sync::atomic::Ordering::Relaxed) });
            for spinner in spinners {
                spinner.await.unwrap();
            }
        });
    }
}

#[test]
fn a_recorded_schedule_gives_the_same_run() {
    for seed in 0..20 {
        let (order, schedule) = run(&SimOwner::new(seed));
        let text = schedule.to_string();
        let replay = with(Policy::Replay(text.parse().unwrap()), 99);
        assert_eq!(run(&replay), (order, schedule));
    }
}

#[test]
fn all_of_several_block_ons_are_one_run() {
    let runs: HashSet<_> = (0..5)
        .map(|_| {
            let sim = SimOwner::new(1);
            let first = sim.run(|rt| order(rt, 3, 3));
            let second = sim.run(|rt| order(rt, 3, 3));
            (first, second, sim.schedule())
        })
        .collect();
    assert_eq!(runs.len(), 1);
}
