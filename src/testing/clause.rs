//! The clauses, read from the one place where they are written: the table in the contract's docs.

use std::fmt;

const TABLE: &str = include_str!("../contract/mod.rs");

/// A clause of the [contract](crate::contract).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Clause {
    id: &'static str,
    promise: String,
}

impl Clause {
    /// All of them, in the order of the table.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::testing::Clause;
    ///
    /// let first = Clause::all().next().unwrap();
    /// assert_eq!(first.id(), "RT-SPAWN-1");
    /// assert!(first.promise().contains("from any thread"));
    /// ```
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.lines().filter_map(|line| {
            let (id, promise) = line.strip_prefix("//! | ")?.split_once('|')?;
            let id = id.trim();
            (id.starts_with("RT-") || id.starts_with("SYNC-")).then(|| Self {
                id,
                promise: plain(promise.trim_end().trim_end_matches('|').trim()),
            })
        })
    }

    /// The clause that a test holds, by the test's name: `join_3_...` holds RT-JOIN-3.
    pub fn of_test(name: &str) -> Option<Self> {
        let mut parts = name.split('_');
        let id = format!("-{}-{}", parts.next()?.to_uppercase(), parts.next()?);
        Self::all().find(|clause| clause.id.ends_with(&id))
    }

    /// Whether it is about the sync families, and not about runtimes.
    pub fn is_of_families(&self) -> bool {
        self.id.starts_with("SYNC-")
    }

    /// Its number: `"RT-JOIN-3"`.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// What it promises.
    pub fn promise(&self) -> &str {
        &self.promise
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id, self.promise)
    }
}

/// Leaves the targets of links out.
fn plain(markdown: &str) -> String {
    let mut text = String::new();
    let mut rest = markdown;
    while let Some((before, link)) = rest.split_once("](") {
        text.push_str(before);
        rest = link.split_once(')').map_or("", |(_target, after)| after);
    }
    text.push_str(rest);
    text.replace('[', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_without_its_links() {
        let all: Vec<_> = Clause::all().collect();
        assert!(all.len() > 30, "{all:?}");
        let join_3 = Clause::of_test("join_3_abort_resolves_after_the_drop").unwrap();
        assert_eq!(
            join_3.to_string(),
            "RT-JOIN-3: `abort` can be awaited: the handle resolves only after the task's future \
             is dropped."
        );
    }
}
