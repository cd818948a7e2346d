//! Makes a failing schedule simple: few steps, few switches.

use super::policy::Picker;
use super::trial::Trial;

/// Leaves out what the failure does not need, larger pieces first (after Zeller's delta debugging), in
/// at most `runs` runs. What is left out is filled by whoever ran last, for as long as it can.
pub(super) fn minimise(
    mut best: Trial,
    mut runs: u32,
    task_panics: bool,
    run: impl Fn(Picker) -> Trial,
) -> Trial {
    let kind = best.kind(task_panics);
    let mut hints = best.trace.clone();
    let mut piece = hints.len();
    while piece > 0 {
        let mut at = 0;
        let before = cost(&best);
        while at < hints.len() {
            if runs == 0 {
                return best;
            }
            runs -= 1;
            let mut fewer = hints.clone();
            fewer.drain(at..hints.len().min(at + piece));
            let trial = run(Picker::Hint { steps: fewer.clone(), at: 0, last: 0 });
            let same = trial.kind(task_panics) == kind && trial.place() == best.place();
            if same && cost(&trial) <= cost(&best) {
                (best, hints) = (trial, fewer);
            } else {
                at += piece;
            }
        }
        // The smallest pieces again, for as long as it helps.
        if piece > 1 || cost(&best) == before {
            piece /= 2;
        }
    }
    best
}

/// Switches first: they are what a reader has to follow.
fn cost(trial: &Trial) -> (usize, usize) {
    (trial.trace.chunk_by(|a, b| a == b).count(), trial.trace.len())
}
