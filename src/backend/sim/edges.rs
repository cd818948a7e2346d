//! Who waits for what and who holds it, as the report of a deadlock tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::failure::short_type;
use crate::primitives::diagnosis::Snapshot;

/// What each unit waits for, and the circles in which they wait for each other.
pub(super) struct Edges {
    /// One line for each wait, by unit.
    pub(super) waits: BTreeMap<u32, Vec<String>>,
    /// Each as the units in it, the smallest first.
    pub(super) cycles: Vec<Vec<u32>>,
}

impl Edges {
    /// `name` tells a unit in short.
    pub(super) fn new(seen: &Snapshot, name: impl Fn(u32) -> String) -> Self {
        let mut waits: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        let mut on: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        let mut numbers = Vec::new();
        for wait in &seen.waits {
            let number = numbers.iter().position(|queue| *queue == wait.queue);
            let number = number.unwrap_or_else(|| {
                numbers.push(wait.queue);
                numbers.len() - 1
            });
            let what = format!("{} #{}", short_type((wait.site.kind)()), number + 1);
            let at = wait.site.at;
            let mut line = if wait.woken {
                format!(
                    "was woken for {what} at {at} and has not polled it since: it is in another wait of \
                     the same task (\"futurelock\")"
                )
            } else {
                format!("waits for {what} at {at}")
            };
            let holders = seen.holders.get(&wait.queue).map_or(&[][..], Vec::as_slice);
            for (number, holder) in holders.iter().enumerate() {
                let held = if number == 0 { ", held by" } else { " and" };
                let _ = write!(line, "{held} {}", name(*holder));
            }
            waits.entry(wait.party).or_default().push(line);
            on.entry(wait.party).or_default().extend(holders);
        }
        for (who, whom) in &seen.joins {
            let line = format!("awaits the end of {}", name(*whom));
            waits.entry(*who).or_default().push(line);
            on.entry(*who).or_default().insert(*whom);
        }
        Self { waits, cycles: cycles(&on) }
    }
}

/// One circle through each unit that is in one, none twice. (All circles can be very many.)
fn cycles(on: &BTreeMap<u32, BTreeSet<u32>>) -> Vec<Vec<u32>> {
    let mut found: Vec<Vec<u32>> = Vec::new();
    for start in on.keys() {
        if found.iter().any(|cycle| cycle.contains(start)) {
            continue;
        }
        // Breadth first: the shortest way back to the start.
        let mut came_from = BTreeMap::new();
        let mut next: Vec<u32> = vec![*start];
        while let Some(at) = next.pop() {
            for to in on.get(&at).into_iter().flatten() {
                if !came_from.contains_key(to) {
                    came_from.insert(*to, at);
                    next.insert(0, *to);
                }
            }
            if came_from.contains_key(start) {
                break;
            }
        }
        if let Some(mut at) = came_from.get(start).copied() {
            let mut cycle = vec![*start];
            while at != *start {
                cycle.insert(1, at);
                at = came_from[&at];
            }
            found.push(cycle);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycles_of(edges: &[(u32, u32)]) -> Vec<Vec<u32>> {
        let mut on: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for (from, to) in edges {
            on.entry(*from).or_default().insert(*to);
        }
        cycles(&on)
    }

    #[test]
    fn cycles_are_found_once_each_and_as_short_as_can_be() {
        assert_eq!(cycles_of(&[(1, 2), (2, 1)]), [[1, 2]]);
        assert_eq!(cycles_of(&[(0, 1), (1, 2), (2, 3), (3, 1)]), [[1, 2, 3]]);
        assert_eq!(cycles_of(&[(1, 1)]), [[1]]);
        assert_eq!(cycles_of(&[(1, 2), (2, 1), (3, 4), (4, 3)]), [[1, 2], [3, 4]]);
        assert_eq!(cycles_of(&[(1, 2), (2, 3), (3, 1), (1, 3)]), [[1, 3]]);
        assert!(cycles_of(&[(1, 2), (2, 3), (1, 3)]).is_empty());
    }
}
