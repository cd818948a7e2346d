//! The tools are checked before what they say is believed.

use anyrt_loom::litmus;
use anyrt_loom::runner::{self, End};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const PROGRAMS: usize = 320;

fn runner_exe() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_loom-tests"))
}

fn missed(part: usize) -> usize {
    let programs = litmus::programs(PROGRAMS, 0x5eed);
    assert_eq!(programs.len(), PROGRAMS);
    let part = programs.iter().skip(part).step_by(2);
    part.filter(|program| !litmus::interleaved(program).is_subset(&litmus::explored(program).0))
        .inspect(|program| println!("loom misses an outcome of {program:?}"))
        .count()
}

#[test]
fn loom_misses_no_interleaving_of_the_even_programs() {
    assert_eq!(missed(0), 0);
}

#[test]
fn loom_misses_no_interleaving_of_the_odd_programs() {
    assert_eq!(missed(1), 0);
}

/// The wrappers are there for a reason. When this fails, loom has been repaired: take them out.
#[test]
fn loom_alone_misses_some() {
    let alone = Command::new(runner_exe())
        .args(["litmus", "100"])
        .env(anyrt_loom::mutate::NO_PROBES, "1")
        .output()
        .expect("the runner runs");
    assert_eq!(alone.status.code(), Some(1), "{}", String::from_utf8_lossy(&alone.stdout));
}

#[test]
fn a_search_that_could_be_cut_short_is_refused() {
    for limit in ["LOOM_MAX_DURATION", "LOOM_MAX_PERMUTATIONS", "LOOM_MAX_PREEMPTIONS"] {
        let run = Command::new(runner_exe())
            .args(["run", anyrt_loom::models()[0].name])
            .env(limit, "1")
            .output()
            .expect("the runner runs");
        assert!(!run.status.success(), "{limit} is let through");
    }
}

/// What must fail, fails: in a process of its own, as loom aborts it when a destructor runs.
#[test]
fn every_planted_defect_is_found() {
    let planted = anyrt_loom::planted();
    assert!(planted.len() >= 8);
    for model in planted {
        let end = runner::run(runner_exe(), model.name, &[], Duration::from_secs(60));
        assert!(matches!(end, End::Failed(_)), "{}: {end:?}", model.name);
    }
}
