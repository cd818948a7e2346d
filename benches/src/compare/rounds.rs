use std::time::Duration;

use super::Took;
use super::row::{Kind, Row, Side};

/// How long to measure.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How often each contestant of a row runs.
    pub rounds: u32,
    /// How long a timed sample takes, about.
    pub sample: Duration,
}

/// All samples of a contestant: those of each column.
#[derive(Debug, Clone)]
pub(super) struct Samples {
    pub(super) name: &'static str,
    pub(super) side: Side,
    pub(super) columns: Vec<Vec<f64>>,
}

/// What a row gave.
#[derive(Debug)]
pub(super) struct Raced {
    pub(super) samples: Vec<Samples>,
    /// The first of ours once more, as if it were another contestant: what differs then is noise.
    pub(super) again: Option<Samples>,
}

/// Rounds of a contestant that is so slow that more would tell nothing new.
const FEW: u32 = 3;

/// Runs all contestants of a row, in turns.
pub(super) fn race(row: &mut Row, plan: Plan, mut tell: impl FnMut(&str)) -> Raced {
    let rounds = if row.kind == Kind::Counted { 1 } else { plan.rounds };
    let sample = plan.sample * row.length;
    let counts = row.contestants.iter_mut().map(|contestant| {
        tell(contestant.name);
        if row.kind == Kind::Timed { calibrate(&mut contestant.work, sample) } else { (1, rounds) }
    });
    let mut counts = counts.collect::<Vec<_>>();

    let empty = |at: usize| Samples {
        name: row.contestants[at].name,
        side: row.contestants[at].side,
        columns: vec![Vec::new(); row.columns.len()],
    };
    let first_of_ours = row.contestants.iter().position(|c| c.side == Side::Ours);
    let again = first_of_ours.filter(|_| row.kind != Kind::Counted);
    let mut order = (0..row.contestants.len()).chain(again).enumerate().collect::<Vec<_>>();
    let mut samples = order.iter().map(|&(_, at)| empty(at)).collect::<Vec<_>>();
    for round in 0..rounds {
        fastrand::shuffle(&mut order);
        for &(into, at) in &order {
            let (n, most) = counts[at];
            if round >= most {
                continue;
            }
            tell(row.contestants[at].name);
            let (took, figures) = (row.contestants[at].work)(n);
            if row.kind == Kind::Timed && took.elapsed > sample * 4 {
                counts[at].0 = fitting(n, took, sample); // it was faster before
            }
            assert_eq!(figures.len(), row.columns.len(), "{}: a figure for each column", row.id);
            for (column, figure) in samples[into].columns.iter_mut().zip(figures) {
                column.push(figure);
            }
        }
    }
    let again = again.and_then(|_| samples.pop());
    Raced { samples, again }
}

/// How many operations take as long as a sample, if `n` took so long.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "about so many"
)]
fn fitting(n: u64, took: Took, sample: Duration) -> u64 {
    let share = sample.as_nanos() as f64 / took.elapsed.as_nanos().max(1) as f64;
    ((n as f64 * share) as u64).max(1)
}

/// How many operations take as long as a sample shall, and how often to run them: few times if even one
/// takes far longer.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "about so many"
)]
fn calibrate(work: &mut super::row::Work, sample: Duration) -> (u64, u32) {
    let mut n = 1_u64;
    loop {
        let (took, _) = work(n);
        // Twice as many do not take twice as long where to begin takes time, so it is approached.
        let share = sample.as_nanos() as f64 / took.elapsed.as_nanos().max(1) as f64;
        if share < 1.5 || n >= 1 << 40 {
            let rounds = if share < 0.1 { FEW } else { u32::MAX };
            return (fitting(n, took, sample), rounds);
        }
        n = (n as f64 * share.clamp(1.5, 8.0)).ceil() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(rounds: u32) -> Plan {
        Plan { rounds, sample: Duration::from_millis(1) }
    }

    fn steady(n: u64) -> Took {
        Took { elapsed: Duration::from_nanos(7 * n), operations: n }
    }

    #[test]
    fn each_contestant_runs_in_each_round() {
        let row = Row::timed("a/b", "").peer("theirs", steady).ours("anyrt", steady);
        let raced = race(&mut row.into(), plan(5), |_| ());
        assert_eq!(raced.samples.len(), 2);
        for samples in raced.samples.iter().chain(&raced.again) {
            assert_eq!(samples.columns, [vec![7.0; 5]]);
        }
        assert_eq!(raced.again.unwrap().name, "anyrt");
    }

    #[test]
    fn a_count_is_taken_once() {
        let row = Row::counted("a/b", "", "bytes").enter(Side::Ours, "anyrt", || 3.0);
        let raced = race(&mut row.into(), plan(5), |_| ());
        assert_eq!(raced.samples[0].columns, [vec![3.0]]);
        assert!(raced.again.is_none());
    }

    #[test]
    fn one_that_is_far_too_slow_runs_a_few_times() {
        let slow = |n| Took { elapsed: Duration::from_secs(n), operations: n };
        let row = Row::timed("a/b", "").ours("anyrt", steady).peer("slow", slow);
        let raced = race(&mut row.into(), plan(9), |_| ());
        let rounds = raced.samples.iter().map(|samples| samples.columns[0].len());
        assert_eq!(rounds.collect::<Vec<_>>(), [9, 3]);
    }

    #[test]
    fn a_sample_is_as_long_as_asked_for() {
        let mut work: super::super::row::Work = Box::new(|n| (steady(n), vec![]));
        let (n, _) = calibrate(&mut work, Duration::from_millis(7));
        assert!((900_000..=1_100_000).contains(&n), "{n} operations of 7 ns are 7 ms");
    }
}
