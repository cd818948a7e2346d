//! The pictures and graphs in the repository are the ones that the programs make.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use listings::{files, puzzles};

#[test]
fn the_pictures_are_those_of_a_run() {
    for (path, text) in files::made() {
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == text,
            "{} is another than a run makes: cargo run -p listings --bin pictures",
            path.display()
        );
    }
}

#[test]
fn a_second_run_makes_the_same() {
    for ((path, one), (_, two)) in files::made().into_iter().zip(files::made()) {
        assert!(one == two, "{}", path.display());
    }
}

#[test]
fn nothing_else_is_among_them() {
    let made: BTreeSet<_> =
        files::made().into_iter().map(|(path, _)| path).collect();
    let mut kept = BTreeSet::new();
    walk(&files::book().join("pictures"), &mut kept);
    assert_eq!(kept, made);
}

#[test]
fn the_puzzles_go_wrong_where_they_should() {
    for puzzle in puzzles::puzzles() {
        let runs = puzzle.explore().runs;
        let wrong = (runs.bad > 0, runs.stuck > 0);
        let expected = match puzzle.name {
            "lost-update" | "condition-if" | "lock-barging" => (true, false),
            "lock-order" | "check-then-register" => (false, true),
            "locked-update"
            | "condition-while"
            | "register-then-check"
            | "lock-hand-off"
            | "lock-bounded" => (false, false),
            other => panic!("say what {other} shows"),
        };
        assert_eq!(wrong, expected, "{}: {runs:?}", puzzle.name);
        assert!(runs.good > 0, "{}", puzzle.name);
    }
}

fn walk(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.insert(path);
        }
    }
}
