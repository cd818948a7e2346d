//! Files that are made by a program and kept under version control.

use std::io;
use std::path::{Path, PathBuf};

use crate::picture::Language;
use crate::{bars, graph, puzzles, scenes, tree};

/// The folder `book`.
pub fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Each made file, below `book/pictures`, and what it has to hold.
///
/// # Panics
///
/// When a picture has a word that `scenes/words.rs` has no Chinese for, or what a picture is made from is missing.
pub fn made() -> Vec<(PathBuf, String)> {
    let folder = book().join("pictures");
    let mut files = Vec::new();
    for picture in scenes::pictures() {
        for (language, name) in [(Language::En, "en"), (Language::Zh, "zh")] {
            let path = folder.join(name).join(format!("{}.svg", picture.name));
            files.push((path, picture.svg(language)));
        }
    }
    let measured = std::fs::read_to_string(book().join("measure/shootout.json"))
        .expect("book/measure/shootout has written it");
    let measured = serde_json::from_str(&measured).expect("of the same version");
    for (language, name) in [(Language::En, "en"), (Language::Zh, "zh")] {
        let alt = "How many times the best of its row each of four executors needs, row by row";
        let path = folder.join(name).join("19-shootout.svg");
        files.push((path, bars::svg(&measured, alt, language)));
    }
    let report = book().join("listings/out/c22_deadlock.txt");
    let report =
        std::fs::read_to_string(report).expect("the output of c22_deadlock");
    for (language, name) in [(Language::En, "en"), (Language::Zh, "zh")] {
        let path = folder.join(name).join("22-wait-for.svg");
        files.push((path, graph::svg(&report, language)));
        let path = folder.join(name).join("23-tree.svg");
        files.push((path, tree::svg(language)));
    }
    for puzzle in puzzles::puzzles() {
        let graph = serde_json::to_string(&puzzle.explore())
            .expect("a graph is plain data");
        files.push((folder.join(format!("{}.json", puzzle.name)), graph + "\n"));
    }
    files
}

/// Writes a file and its folder, if it has to change; tells whether it had.
///
/// # Errors
///
/// Those of the file system.
pub fn write(path: &Path, text: &str) -> io::Result<bool> {
    if std::fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)?;
    Ok(true)
}
