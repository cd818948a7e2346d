//! Medians, and whether a difference is one.

/// The middle one, or between the middle two.
pub(super) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which a share of them lies.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "an index into a few samples"
)]
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = share * last as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

/// Half the width of the middle half, as a fraction of the median.
pub(super) fn spread(values: &[f64]) -> f64 {
    (quantile(values, 0.75) - quantile(values, 0.25)) / 2.0 / median(values)
}

/// A ratio of two contestants, of pairs that ran side by side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ratio {
    pub(super) median: f64,
    /// With a confidence of about 95 % it is between these.
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Ratio {
    /// Round by round, `a` over `b`; what is equal is 1, also if it is nothing. The interval is the sign test's: it assumes nothing about how the
    /// ratios are distributed.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "an index into a few samples"
    )]
    pub(super) fn of(a: &[f64], b: &[f64]) -> Self {
        let mut ratios = a
            .iter()
            .zip(b)
            .map(|(a, b)| if a.total_cmp(b).is_eq() { 1.0 } else { a / b })
            .collect::<Vec<_>>();
        ratios.sort_by(f64::total_cmp);
        let half = ratios.len() as f64 / 2.0;
        // As many of the ratios as can be on one side by chance alone, one time in forty.
        let beyond = (half - 0.98 * (2.0 * half).sqrt()).floor().max(0.0) as usize;
        Self {
            median: median(&ratios),
            low: ratios.get(beyond).copied().unwrap_or(f64::NAN),
            high: ratios.iter().rev().nth(beyond).copied().unwrap_or(f64::NAN),
        }
    }

    /// Whether the two differ, by more than the `noise`: a fraction.
    pub(super) fn is_one(self, noise: f64) -> bool {
        self.low <= 1.0 && self.high >= 1.0 || (self.median - 1.0).abs() <= noise
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_steady_difference_shows() {
        let a = [10.0, 20.0, 30.0, 10.5, 21.0, 31.0, 9.9, 19.9];
        let b = a.map(|a| a * 1.1);
        let ratio = Ratio::of(&b, &a);
        assert!(!ratio.is_one(0.02), "{ratio:?}");
        assert!(ratio.is_one(0.2), "within the noise: {ratio:?}");
    }

    #[test]
    fn what_is_now_more_and_now_less_is_no_difference() {
        let a = [10.0, 10.0, 10.0, 10.0, 10.0, 10.0];
        let b = [5.0, 20.0, 5.0, 20.0, 20.0, 20.0];
        assert!(Ratio::of(&b, &a).is_one(0.0));
    }

    #[test]
    fn the_interval_narrows_with_the_rounds() {
        let few = (0..7).map(f64::from).collect::<Vec<_>>();
        let many = (0..49).map(|i| f64::from(i) / 7.0).collect::<Vec<_>>();
        let ones = [1.0; 49];
        let width = |ratio: Ratio| ratio.high - ratio.low;
        assert!(width(Ratio::of(&many, &ones)) < width(Ratio::of(&few, &ones)) / 2.0);
    }
}
