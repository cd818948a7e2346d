//! Medians, spreads, and whether a difference is one.

use serde::{Deserialize, Serialize};

/// The samples of one row on one executor, in short.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// The middle one.
    pub(crate) median: f64,
    /// The fastest.
    pub(crate) min: f64,
    /// The slowest.
    pub(crate) max: f64,
    /// How many.
    pub(crate) samples: usize,
    /// The slowest that counts for the spread. With five samples or more the very slowest does not:
    /// interruptions only ever add.
    pub(crate) high: f64,
}

impl Summary {
    /// `None` without samples.
    #[must_use]
    pub(crate) fn of(samples: &[f64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        let samples = sorted.len();
        (samples > 0).then(|| Self {
            median: median(&mut sorted),
            min: sorted[0],
            max: sorted[samples - 1],
            samples,
            high: sorted[samples - if samples < 5 { 1 } else { 2 }],
        })
    }

    /// Half the range, `min..high`, in per cent of the median.
    #[must_use]
    pub(crate) fn spread_percent(&self) -> f64 {
        if self.median == 0.0 { 0.0 } else { (self.high - self.min) / 2.0 / self.median * 100.0 }
    }
}

/// Sorts; the middle, or the mean of the two middle ones.
///
/// # Panics
///
/// Without values.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}

/// Differences below this are never one: where code happens to lie in memory makes as much.
pub(crate) const LEAST_NOISE: f64 = 0.02;

/// What a confidence must exceed for a difference to be shown.
pub(crate) const CONFIDENT: f64 = 0.95;

/// By what fraction two series of samples of the same executor differ: the noise of a row.
pub(crate) fn noise(one: &[f64], same_again: &[f64]) -> f64 {
    let (Some(one), Some(again)) = (Summary::of(one), Summary::of(same_again)) else {
        return LEAST_NOISE;
    };
    let (low, high) = (one.median.min(again.median), one.median.max(again.median));
    let differs = if low > 0.0 { high / low - 1.0 } else { 0.0 };
    differs.max(LEAST_NOISE)
}

/// How sure it is that `slow` is slower than `fast`, from 0 to 1: one less the chance that samples of one
/// and the same thing fall so, by the exact one-sided test of Mann and Whitney. It looks at the order
/// of the samples only, so it takes nothing for granted of how they are spread. Three samples each can
/// reach 0.95, if all of one are below all of the other; fewer can't.
#[must_use]
pub(crate) fn confidence(slow: &[f64], fast: &[f64]) -> f64 {
    let (n, m) = (slow.len(), fast.len());
    if n == 0 || m == 0 {
        return 0.0;
    }
    // Pairs in which the slow one is the slower; ties count for neither side, which is careful.
    let wins = slow.iter().map(|slow| fast.iter().filter(|fast| slow > fast).count()).sum();
    // `ways[i][u]`: in how many orders of i slow samples and j fast ones exactly u pairs are won.
    let mut ways = vec![vec![0.0_f64; n * m + 1]; n + 1];
    for ways in &mut ways {
        ways[0] = 1.0; // no fast ones: no pairs
    }
    for j in 1..=m {
        for i in 1..=n {
            // Of all i + j, the slowest is either of the slow, winning against all j, or of the fast.
            for u in (0..=n * m).rev() {
                let by_slow = if u >= j { ways[i - 1][u - j] } else { 0.0 };
                ways[i][u] += by_slow;
            }
        }
    }
    let all: f64 = ways[n].iter().sum();
    let so_or_more: f64 = ways[n][wins..].iter().sum();
    1.0 - so_or_more / all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_leaves_the_slowest_of_five_out() {
        let of = |samples: &[f64]| Summary::of(samples).unwrap();
        assert_eq!(Summary::of(&[]), None);
        assert!((of(&[3.0, 1.0, 2.0]).median - 2.0).abs() < 1e-9);
        assert!((of(&[3.0, 1.0, 2.0]).spread_percent() - 50.0).abs() < 1e-9);
        assert!((of(&[1.0, 1.1, 1.2, 1.3, 90.0]).spread_percent() - 12.5).abs() < 1e-9);
        assert!((median(&mut [4.0, 1.0, 3.0, 2.0]) - 2.5).abs() < 1e-9);
    }

    #[test]
    fn the_confidence_is_that_of_the_tables() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} instead of {b}");
        // All above all: one order of C(6, 3) = 20, of C(10, 5) = 252.
        close(confidence(&[4.0, 5.0, 6.0], &[1.0, 2.0, 3.0]), 0.95);
        let (slow, fast) = ([6.0, 7.0, 8.0, 9.0, 10.0], [1.0, 2.0, 3.0, 4.0, 5.0]);
        close(confidence(&slow, &fast), 1.0 - 1.0 / 252.0);
        // U = 1 for 3 and 3: two orders of 20 are as good or better.
        close(confidence(&[3.0, 5.0, 6.0], &[1.0, 2.0, 4.0]), 0.9);
        // Unequal numbers: 2 of 5 choose 2 = 10.
        close(confidence(&[4.0, 5.0], &[1.0, 2.0, 3.0]), 0.9);
        close(confidence(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 0.0);
        close(confidence(&[], &[1.0]), 0.0);
    }

    #[test]
    fn what_is_equal_gives_no_confidence() {
        assert!(confidence(&[1.0; 9], &[1.0; 9]) < 0.01);
    }

    #[test]
    fn the_noise_is_what_one_and_the_same_differs_by() {
        assert!((noise(&[1.0, 1.0, 1.0], &[1.3, 1.3, 1.3]) - 0.3).abs() < 1e-9);
        assert!((noise(&[1.3, 1.3, 1.3], &[1.0, 1.0, 1.0]) - 0.3).abs() < 1e-9);
        assert!((noise(&[1.0], &[1.0]) - LEAST_NOISE).abs() < 1e-9);
        assert!((noise(&[1.0], &[]) - LEAST_NOISE).abs() < 1e-9);
    }
}
