//! Circles in which parties wait for each other.

use std::collections::{BTreeMap, BTreeSet};

/// One circle through each party that is in one, none twice. (All circles can be very many.)
pub(super) fn cycles(on: &BTreeMap<u64, BTreeSet<u64>>) -> Vec<Vec<u64>> {
    let mut found: Vec<Vec<u64>> = Vec::new();
    for start in on.keys() {
        if found.iter().any(|cycle| cycle.contains(start)) {
            continue;
        }
        // Breadth first: the shortest way back to the start.
        let mut came_from = BTreeMap::new();
        let mut next: Vec<u64> = vec![*start];
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

    fn cycles_of(edges: &[(u64, u64)]) -> Vec<Vec<u64>> {
        let mut on: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
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
        let both = [vec![1, 3], vec![2, 3, 1]];
        assert_eq!(cycles_of(&[(1, 2), (2, 3), (3, 1), (1, 3)]), both);
        assert!(cycles_of(&[(1, 2), (2, 3), (1, 3)]).is_empty());
    }
}
