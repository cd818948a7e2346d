//! A solution.

/// When the last coffee is ready. `minutes` is in the order of the line.
pub(super) fn makespan(minutes: &[u32], machines: usize) -> u32 {
    let mut free_at = vec![0; machines];
    for minutes in minutes {
        let next = free_at.iter_mut().min().expect("there is a machine");
        *next += minutes;
    }
    free_at.into_iter().max().unwrap_or(0)
}
