//! The mutants of MUTANTS.md, each against the model that is said to kill it. (The hunt itself, which
//! also finds mutants that are not listed, is in `.ci/deep`.)

use anyrt_loom::mutants::{self, Allowed};
use anyrt_loom::{runner, table};
use std::path::Path;

#[test]
fn every_listed_kill_kills() {
    let rows = table::read(&runner::root().join("loom-tests/MUTANTS.md"), "mutants");
    let kills: Vec<_> = rows.iter().filter(|row| row[1].contains("::")).collect();
    assert!(kills.len() >= 40, "{} kills listed", kills.len());
    let exe = Path::new(env!("CARGO_BIN_EXE_loom-tests"));
    let survived: Vec<_> = runner::on_all_cores(&kills, |row| {
        // Lines may move, functions may not: a name that is gone wants a new hunt.
        let variable = mutants::variable(&row[0]);
        let dead = variable.is_some_and(|variable| mutants::kills(exe, &row[1], &variable));
        (!dead).then(|| format!("{} by {}", row[0], row[1]))
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(survived.is_empty(), "run `loom-tests mutants`: {survived:#?}");
}

#[test]
fn every_allowed_survivor_has_a_place_and_a_reason() {
    for entry in Allowed::read().allowed {
        assert!(mutants::variable(&entry.mutant).is_some(), "no such place: {}", entry.mutant);
        assert!(entry.reason.len() > 20, "why may it live? {}", entry.mutant);
    }
}
