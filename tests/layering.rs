//! Holds the arrows between the modules: who may import whom, read from the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module of the crate may name beside itself. A module that is not here fails the test, so
/// that a new one comes with its arrows.
const ARROWS: &[(&str, &[&str])] = &[
    // The floor: names nobody. Everything may stand on it.
    ("primitives", &[]),
    ("error", &[]),
    ("wait", &["error", "primitives"]),
    // Those who look: at what the hooks in `primitives` tell.
    ("probe", &["primitives"]),
    ("diagnose", &["primitives"]),
    // The contract gives `timeout` and `interval` as methods, so it names their types.
    ("contract", &["error", "time", "primitives"]),
    ("task", &["error", "contract", "sync", "queue", "primitives"]),
    ("time", &["error", "contract", "task", "sync", "queue", "primitives"]),
    // Primitives take turns (`task`) and say what went wrong (`error`).
    ("sync", &["error", "contract", "task", "wait", "primitives"]),
    ("queue", &["error", "contract", "task", "wait", "primitives"]),
    ("sink", &["queue"]),
    // Jobs and the crew that runs them wait as everything does (`wait`).
    ("executor", &["error", "contract", "sync", "queue", "wait", "primitives"]),
    ("net", &["error", "contract", "sync", "queue", "primitives"]),
    // The families put `contract`'s traits on `sync`'s types and those of others.
    ("family", &["error", "contract", "sync", "queue", "primitives"]),
    // The runtimes know the contract; nobody below knows them.
    // `Threads` runs its blocking jobs on a pool of `executor`: one implementation.
    // The simulator reports as `diagnose` does, and tells its own `probe`.
    (
        "backend",
        &[
            "error",
            "contract",
            "executor",
            "family",
            "task",
            "time",
            "sync",
            "primitives",
            "probe",
            "diagnose",
        ],
    ),
    // criterion's trait on the contract's.
    ("criterion", &["contract"]),
    ("prelude", &["contract", "sync", "queue", "executor"]),
    (
        "testing",
        &["error", "contract", "task", "time", "sync", "queue", "executor", "family", "backend"],
    ),
];

/// Which crates are one file's or folder's business alone.
const RUNTIMES: &[(&str, &[&str])] = &[
    ("tokio", &["backend/tokio", "family/tokio_sync"]),
    ("async_lock", &["family/async_lock_sync"]),
    ("event_listener", &["family/async_lock_sync"]),
    ("smol", &["backend/smol"]),
    ("async_std", &["backend/async_std"]),
    ("async_io", &["backend/async_io", "backend/threads/reactor"]),
    ("blocking", &["backend/smol", "backend/async_std"]),
    ("async_task", &["backend"]),
];

#[test]
fn the_arrows_hold() {
    let wrong: Vec<_> = sources().iter().flat_map(|(file, text)| violations(file, text)).collect();
    assert!(wrong.is_empty(), "\n{}\n(the table is in tests/layering.rs)", wrong.join("\n"));
}

#[test]
fn the_check_bites() {
    let finds = |file: &str, text: &str| violations(file, text).len();
    assert_eq!(finds("time/interval.rs", "use crate::contract::Timer;"), 0);
    assert_eq!(finds("time/interval.rs", "// use crate::backend::Tokio;"), 0);
    assert_eq!(finds("time/interval.rs", "use crate::backend::Tokio;"), 1);
    assert_eq!(
        finds("time/interval.rs", "use crate::{\n    error::X,\n    backend::Tokio,\n};"),
        1
    );
    assert_eq!(finds("time/interval.rs", "use super::super::backend::Tokio;"), 1);
    assert_eq!(finds("time/mod.rs", "use super::backend::Tokio;"), 1);
    assert_eq!(finds("time/interval.rs", "use super::timeout::Timeout;"), 0);
    assert_eq!(finds("time/interval.rs", "fn f() { crate::backend::spawn(x) }"), 1);
    assert_eq!(finds("time/interval.rs", "use crate::JoinError;"), 1);
    assert_eq!(finds("contract/spawn.rs", "fn f(h: tokio::runtime::Handle) {}"), 1);
    assert_eq!(finds("backend/tokio.rs", "use tokio::runtime::Handle;"), 0);
    assert_eq!(finds("backend/mod.rs", "pub use self::tokio::Tokio;"), 0);
    assert_eq!(finds("brand_new.rs", ""), 1);
}

/// What one file does wrong.
fn violations(file: &str, text: &str) -> Vec<String> {
    let text = code(text);
    let path = module_path(file);
    let Some(top) = path.first() else { return Vec::new() }; // lib.rs is the map: it names all
    let Some((_, allowed)) = ARROWS.iter().find(|(module, _)| module == top) else {
        return vec![format!("src/{file}: the module `{top}` has no arrows")];
    };
    let mut wrong = Vec::new();
    for name in crate_names(&text, &path) {
        if name.starts_with(char::is_uppercase) {
            wrong.push(format!("src/{file} takes `{name}` from the root: name its module"));
        } else if name != *top && !allowed.contains(&name.as_str()) {
            let may = allowed.join("`, `");
            wrong.push(format!("src/{file} names `{name}`; `{top}` may name only `{may}`"));
        }
    }
    for (runtime, homes) in RUNTIMES {
        let at_home = homes.iter().any(|home| file.starts_with(home));
        let is_module = text.contains(&format!("mod {runtime};"));
        if !at_home && !is_module && after(&text, &format!("{runtime}::"), false).next().is_some() {
            let homes = homes.join("`, `src/");
            wrong
                .push(format!("src/{file} names the crate `{runtime}`: that is for `src/{homes}`"));
        }
    }
    wrong
}

/// The names that follow `crate::`, or as many `super::` as lead to the root.
fn crate_names(text: &str, path: &[String]) -> BTreeSet<String> {
    let to_root = "super::".repeat(path.len());
    after(text, "crate::", true)
        .chain(after(text, &to_root, true))
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(group) => heads(group),
            None if rest[ident(rest).len()..].starts_with('!') => Vec::new(), // macros live at the root
            None => vec![ident(rest)],
        })
        .filter(|name| !name.is_empty() && name != "super" && name != "self")
        .collect()
}

/// What follows each `prefix` that is a path's beginning. A `$` before it, as in a macro, will do.
fn after<'a>(
    text: &'a str,
    prefix: &'a str,
    skips_super: bool,
) -> impl Iterator<Item = &'a str> + 'a {
    text.match_indices(prefix).filter_map(move |(at, _)| {
        let before = text[..at].chars().next_back().unwrap_or(' ');
        let begins = !(before.is_alphanumeric() || before == '_' || before == ':');
        let rest = &text[at + prefix.len()..];
        (begins && !(skips_super && rest.starts_with("super::"))).then_some(rest)
    })
}

/// The first names of the members of a group, up to its closing brace.
fn heads(group: &str) -> Vec<String> {
    let (mut heads, mut depth, mut at_head) = (Vec::new(), 0, true);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_head = true,
            _ if at_head && !letter.is_whitespace() => {
                heads.push(ident(&group[at..]));
                at_head = false;
            }
            _ => {}
        }
    }
    heads
}

fn ident(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// The text without comments and unit tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// `backend/threads/mod.rs` is `backend`, `threads`; `lib.rs` is the root.
fn module_path(file: &str) -> Vec<String> {
    let stem = file.trim_end_matches(".rs");
    let stem = stem.trim_end_matches("mod").trim_end_matches('/');
    stem.split('/').filter(|part| *part != "lib").map(String::from).collect()
}

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 20, "the sources are not where this test looks for them");
    found
}
