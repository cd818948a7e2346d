//! Medians, spreads, and whether a difference is one.

use serde::Serialize;

/// The samples of one row on one executor, in short.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) samples: usize,
    /// The slowest sample that counts for the spread. With five samples or more the very slowest
    /// does not: interruptions only ever add.
    pub(crate) high: f64,
}

impl Summary {
    /// `None` without samples.
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
    pub(crate) fn spread_percent(&self) -> f64 {
        if self.median == 0.0 { 0.0 } else { (self.high - self.min) / 2.0 / self.median * 100.0 }
    }

    /// Whether the difference to `best` is inside the noise: the ranges overlap, and three samples
    /// or more stand behind each. Of two executors that are the same, five samples each tell a
    /// difference in one of twenty rows.
    pub(crate) fn ties_with(&self, best: &Self) -> bool {
        self.samples.min(best.samples) >= 3 && self.min <= best.high && best.min <= self.high
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
