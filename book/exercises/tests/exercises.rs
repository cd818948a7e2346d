//! The solutions pass; the stubs fail, and say what to do.

use std::process::{Command, Output};

use exercises::exercises;

#[test]
fn every_solution_passes() {
    for exercise in exercises() {
        let output = run(&[exercise.id, "--solution"]);
        assert!(output.status.success(), "{}: {}", exercise.id, said(&output));
    }
}

#[test]
fn every_stub_fails_and_says_what_to_do() {
    for exercise in exercises() {
        let output = run(&[exercise.id]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{}: {said}", exercise.id);
        assert!(
            said.contains("not yet") && said.contains(exercise.hint),
            "{}: {said}",
            exercise.id
        );
        assert!(said.contains(exercise.file), "{}: {said}", exercise.id);
    }
}

#[test]
fn what_a_checker_finds_is_drawn() {
    for id in ["5.1", "5.2", "6.1", "14.1", "23.1"] {
        let said = said(&run(&[id]));
        let drawn =
            said.split_once("a column for each thread:\n").expect("drawn").1;
        let steps: Vec<_> =
            drawn.lines().take_while(|line| !line.is_empty()).collect();
        let column = |step: &str| step.find("line ").expect("a place in yours.rs");
        assert!(
            steps.iter().any(|step| column(step) != column(steps[0])),
            "{said}"
        );
        if id == "5.1" {
            let kinds: Vec<_> =
                steps.iter().map(|step| step.contains(": load gives 0")).collect();
            assert_eq!(
                kinds,
                [true, true, false, false],
                "not a lost update: {said}"
            );
        }
    }
    for id in ["6.2", "7.1", "8.1", "22.1", "22.2"] {
        let said = said(&run(&[id]));
        let drawn = said.split_once("a column for each step:\n").expect("drawn").1;
        assert!(drawn.starts_with("  root    #"), "{said}");
        assert!(drawn.contains("\n  task 2  ."), "{said}");
    }
}

#[test]
fn every_exercise_has_its_files_and_they_are_listed() {
    let list = String::from_utf8(run(&[]).stdout).expect("text");
    for exercise in exercises() {
        let yours = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src")
            .join(exercise.file);
        assert!(yours.is_file(), "{}", yours.display());
        assert!(
            yours.with_file_name("solution.rs").is_file(),
            "{}",
            yours.display()
        );
        assert!(list.contains(exercise.title), "{list}");
    }
}

#[test]
fn a_number_that_there_is_not_is_an_error() {
    let output = run(&["99.9"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("there is no exercise 99.9"),
        "{}",
        said(&output)
    );
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_exercises"))
        .args(arguments)
        .output()
        .expect("it runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
