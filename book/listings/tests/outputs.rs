//! What the book says that its programs print is what they print.
//!
//! Each program in `src/bin` has its output in `out`. To write the files anew:
//! `UPDATE=1 cargo test -p listings --test outputs`.

use std::path::{Path, PathBuf};
use std::process::Command;

use listings::files;

/// Programs that print nothing, or another thing each time.
const SILENT: &[&str] = &["pictures", "c4_gil"];
/// Programs that need the feature `diagnose`, with which the others say more than the book shows: `.ci/run` has it.
const DIAGNOSED: &[&str] = &["c22_deadlock"];

#[test]
fn every_program_prints_what_the_book_shows() {
    let programs = programs();
    assert!(programs.len() >= 7, "programs are missing: {programs:?}");
    let built = |program: &String| {
        cfg!(feature = "diagnose") == DIAGNOSED.contains(&program.as_str())
    };
    for program in programs.into_iter().filter(built) {
        let run =
            Command::new(binary(&program)).output().expect("cargo has built it");
        let printed = String::from_utf8(run.stdout).expect("text");
        let errors = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{program} failed: {}\n{errors}", run.status);
        let file =
            files::book().join("listings/out").join(format!("{program}.txt"));
        if std::env::var_os("UPDATE").is_some() {
            files::write(&file, &printed).expect("written");
        }
        let shown = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(
            printed,
            shown,
            "{program}: the book shows another output ({})",
            file.display()
        );
    }
}

#[test]
fn every_output_belongs_to_a_program() {
    let programs = programs();
    for file in
        std::fs::read_dir(files::book().join("listings/out")).expect("readable")
    {
        let path = file.expect("readable").path();
        let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(programs.contains(&stem), "no program prints {}", path.display());
    }
}

fn programs() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("readable")
        .map(|file| file.expect("readable").path())
        .map(|path| {
            path.file_stem().expect("a name").to_string_lossy().into_owned()
        })
        .filter(|name| !SILENT.contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

/// Beside the one that cargo tells us.
fn binary(program: &str) -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_pictures"))
        .with_file_name(program)
        .with_extension(std::env::consts::EXE_EXTENSION)
}
