//! The door is shut: what is checked here is what the application runs, because `wait`, `sync` and
//! `queue` take from the machine only what `crate::primitives` gives them, and nothing in them is conditional.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What may not be there, and why.
const FORBIDDEN: [(&str, &str); 13] = [
    ("std::sync", "take it from crate::primitives"),
    ("core::sync", "take it from crate::primitives"),
    ("std::thread", "take it from crate::primitives"),
    ("cell::UnsafeCell", "take it from crate::primitives: the checkers must see it"),
    ("std::hint", "take it from crate::primitives"),
    ("thread_local!", "no checker sees it: put it behind the door"),
    ("loom", "the sources know no checker"),
    ("shuttle", "the sources know no checker"),
    ("#[cfg", "what is conditional is not what was checked"),
    ("cfg!(", "what is conditional is not what was checked"),
    ("cfg_attr", "what is conditional is not what was checked"),
    ("compare_exchange_weak", "no checker makes it fail for no reason"),
    ("SeqCst", "loom takes it for AcqRel: use a fence, or read-modify-writes on both sides"),
];

const READ_MODIFY_WRITES: [&str; 7] =
    ["swap", "compare_exchange", "fetch_add", "fetch_sub", "fetch_and", "fetch_or", "fetch_xor"];

/// File, number and code of each line of the sources, without comments.
fn lines() -> Vec<(String, usize, String)> {
    fn walk(dir: &Path, files: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(dir).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    let root = anyrt_loom::runner::root().join("src");
    let mut files = Vec::new();
    for folder in ["wait", "sync", "queue", "executor/engine"] {
        walk(&root.join(folder), &mut files);
    }
    assert!(files.len() > 8, "the sources have moved");
    files
        .iter()
        .flat_map(|file| {
            let name = file.strip_prefix(&root).expect("below").display().to_string();
            let text = fs::read_to_string(file).expect("a source");
            let line = |(at, line): (usize, &str)| {
                (name.clone(), at + 1, line.split("//").next().unwrap_or_default().to_owned())
            };
            text.lines().enumerate().map(line).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn nothing_comes_in_beside_the_door() {
    let found: Vec<_> = lines()
        .into_iter()
        .flat_map(|(file, at, code)| {
            let bad = FORBIDDEN.iter().filter(|(word, _)| code.contains(word));
            bad.map(|(word, why)| format!("{file}:{at}: {word}: {why}")).collect::<Vec<_>>()
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// Loom does not keep a read-modify-write and a plain store of the same atomic apart (its #254).
#[test]
fn no_atomic_has_both_stores_and_read_modify_writes() {
    let receivers = |ops: &[&str]| -> BTreeSet<String> {
        let lines = lines();
        let calls = lines.iter().flat_map(|(file, _, code)| {
            // A field's name means one atomic in `wait`, and one in each other file.
            let place = if file.starts_with("wait") { "wait" } else { file };
            let calls = ops.iter().filter_map(|op| code.split_once(&format!(".{op}(")));
            calls.map(|(before, _)| format!("{place} {}", receiver(before))).collect::<Vec<_>>()
        });
        calls.collect()
    };
    let stored = receivers(&["store"]);
    let modified = receivers(&READ_MODIFY_WRITES);
    assert!(!stored.is_empty() && !modified.is_empty(), "nothing was found: look at this test");
    let both: Vec<_> = stored.intersection(&modified).collect();
    assert!(both.is_empty(), "stored and modified: {both:?}");
}

/// `state` of `node.core.state`, `word` of `self.queue.word()`.
fn receiver(before: &str) -> String {
    let name =
        before.trim_end_matches(['(', ')']).rsplit(|c: char| !(c.is_alphanumeric() || c == '_'));
    name.into_iter().next().unwrap_or_default().to_owned()
}
