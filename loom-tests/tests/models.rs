//! Every model, each in a process of its own; and the tables, which are about these.

use anyrt_loom::harness::DEEPER;
use anyrt_loom::runner::{self, End};
use anyrt_loom::table;
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let held = Arc::new(Mutex::new(BTreeSet::new()));
    let trials = anyrt_loom::models()
        .into_iter()
        .map(|model| {
            let held = Arc::clone(&held);
            Trial::test(model.name, move || check(model.name, &held))
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if conclusion.has_failed() {
        return ExitCode::from(101);
    }
    let whole = arguments.filter.is_none() && arguments.skip.is_empty() && !arguments.list;
    if whole && !as_many_as_listed(&held.lock().expect("no panic")) {
        return ExitCode::from(101);
    }
    ExitCode::SUCCESS
}

fn check(name: &str, held: &Mutex<BTreeSet<String>>) -> Result<(), Failed> {
    let exe = Path::new(env!("CARGO_BIN_EXE_loom-tests"));
    let hours = if std::env::var_os(DEEPER).is_some() { 4 } else { 1 };
    match runner::run(exe, name, &[], Duration::from_secs(3600 * hours)) {
        End::Held(_) => {
            held.lock().expect("no panic").insert(name.to_owned());
            Ok(())
        }
        End::Failed(said) => Err(said.into()),
        End::Hung => Err("it does not end".into()),
    }
}

/// No model of the table in README.md may be missing, and none may be missing in the table.
fn as_many_as_listed(held: &BTreeSet<String>) -> bool {
    let rows = table::read(&runner::root().join("loom-tests/README.md"), "models");
    let listed: BTreeSet<String> = rows.into_iter().map(|mut row| row.swap_remove(0)).collect();
    for name in listed.difference(held) {
        eprintln!("README.md lists {name}, which has not run");
    }
    for name in held.difference(&listed) {
        eprintln!("{name} is not in README.md: cargo run -p loom-tests -- table");
    }
    println!("{} models hold, README.md lists {}", held.len(), listed.len());
    listed == *held
}
