//! The main job, from the outside: `examples/shootout`.

#[path = "../examples/shootout/stats.rs"]
mod stats;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The example as `cargo test` builds it: in `examples`, beside the directory of this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let program = profile.join("examples").join("shootout");
    let program = program.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.exists(), "build it first: cargo build --example shootout");
    program
}

fn shootout(arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A directory of a test's own, empty at first and removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("anyrt-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[track_caller]
fn assert_fits_80_columns(text: &str) {
    for line in text.lines() {
        // A path is as long as it is.
        if !line.starts_with("Every sample is in ") {
            assert!(line.chars().count() <= 80, "too wide: {line}");
        }
    }
}

/// Refused before any work is done, in words that say what to do.
#[track_caller]
fn assert_refuses(arguments: &[&str], words: &[&str]) {
    let output = shootout(arguments);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    for word in words {
        assert!(stderr(&output).contains(word), "no {word:?} in: {}", stderr(&output));
    }
}

#[test]
fn help_and_list() {
    let help = shootout(&["--help"]);
    assert!(help.status.success());
    for option in ["--list", "--only", "--executors", "--quick", "--repeat", "--json", "--input"] {
        assert!(stdout(&help).contains(option), "{option}");
    }
    assert!(!stdout(&help).contains("selftest"));
    assert_fits_80_columns(&stdout(&help));

    let list = shootout(&["--list"]);
    assert!(list.status.success());
    for name in ["spawn_task", "sleeps", "hogs", "pages", "threads", "tokio", "smol", "async-std"] {
        let listed = |line: &str| line.split_whitespace().next() == Some(name);
        assert!(stdout(&list).lines().any(listed), "{name}");
    }
    assert!(!stdout(&list).contains("selftest"));
    assert_fits_80_columns(&stdout(&list));
}

#[test]
fn unknown_names_are_refused_with_the_known_ones() {
    assert_refuses(&["--only", "spawn_tusk"], &["spawn_tusk", "similar", "spawn_task", "pages"]);
    assert_refuses(&["--executors", "threads,tokyo"], &["tokyo", "similar", "tokio", "async-std"]);
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    assert_refuses(&["--threads", "0"], &["--threads"]);
    assert_refuses(&["--repeat", "0"], &["--repeat"]);
    assert_refuses(&["--limit", "0"], &["--limit"]);
}

#[test]
fn a_useless_input_directory_is_refused() {
    let scratch = Scratch::new("input");
    let refuses = |input: &str, why: &str| {
        assert_refuses(&["--only", "pages", "--input", input], &[input, why, "--input DIR"]);
    };
    refuses(&scratch.path("missing"), "no such directory");
    fs::create_dir(scratch.path("empty")).unwrap();
    refuses(&scratch.path("empty"), "no files");
    fs::write(scratch.path("empty/.hidden"), "hidden").unwrap();
    refuses(&scratch.path("empty"), "no files");
    fs::write(scratch.path("file"), "a file").unwrap();
    refuses(&scratch.path("file"), "not a directory");
}

#[cfg(unix)]
#[test]
fn an_unreadable_input_directory_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new("unreadable");
    fs::write(scratch.path("page.html"), "<a href=\"x\">x</a>").unwrap();
    fs::set_permissions(&scratch.0, fs::Permissions::from_mode(0o000)).unwrap();
    let input = scratch.path("");
    if fs::read_dir(&scratch.0).is_err() {
        assert_refuses(&["--only", "pages", "--input", &input], &["of no use", "ermission denied"]);
    } else {
        // Root can read everything; then it is an input like any other.
        let run = shootout(&[
            "--quick",
            "--repeat",
            "1",
            "--only",
            "pages",
            "--executors",
            "threads",
            "--input",
            &input,
            "--json",
            &scratch.path("report.json"),
        ]);
        assert!(run.status.success(), "{run:?}");
    }
    fs::set_permissions(&scratch.0, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn an_unwritable_report_is_refused_before_the_work() {
    let scratch = Scratch::new("unwritable");
    fs::write(scratch.path("file"), "").unwrap();
    let below_a_file = scratch.path("file/report.json");
    assert_refuses(&["--only", "yield", "--json", &below_a_file], &[&below_a_file, "--json PATH"]);
}

/// Three pages whose links and words are easily counted by hand, and a hidden one.
fn write_pages(directory: &Path) {
    fs::create_dir_all(directory.join("below")).unwrap();
    let write = |name: &str, text: &str| fs::write(directory.join(name), text).unwrap();
    write("one.html", "<p>Two words, <a href=\"x.html\">one <img src=\"i.png\"> link</a></p>");
    write("below/two.html", "<a class=\"c\" href=\"x.html\">two</a> < broken");
    write("below/plain.md", "words [and](https://example.org/a) a link");
    write(".hidden", "not counted");
}

#[test]
fn a_small_run_is_complete_and_all_agree() {
    let scratch = Scratch::new("run");
    let (pages, json) = (scratch.0.join("pages"), scratch.path("out/report.json"));
    write_pages(&pages);
    let (only, executors) = ("spawn_task,sleep_1ms,pages", "threads,tokio,smol-1");
    let run = shootout(&[
        "--quick",
        "--threads",
        "2",
        "--only",
        only,
        "--executors",
        executors,
        "--json",
        &json,
        "--input",
        pages.to_str().unwrap(),
    ]);
    let text = stdout(&run);
    assert!(run.status.success(), "{run:?}");
    assert_fits_80_columns(&text);
    for telling in ["2 WORKER THREADS", "ONE THREAD", "spawn+join, in a task", "1.00", "±"] {
        assert!(text.contains(telling), "no {telling:?} in:\n{text}");
    }
    assert!(text.contains("Every executor gave the same answer."), "{text}");
    assert!(text.contains("3 files"), "{text}");
    assert!(stderr(&run).contains("repetition 3 of 3"), "no progress: {}", stderr(&run));

    let report: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    let samples = report["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 3 * 3 * 3, "workloads, executors, repetitions");
    for sample in samples {
        let outcome = &sample["outcome"];
        assert!(outcome["values"][0].as_f64().unwrap() > 0.0, "{sample}");
        assert!(outcome["spent"]["wall_ns"].as_f64().unwrap() > 0.0, "{sample}");
        assert!(outcome["operations"].as_u64().unwrap() > 0, "{sample}");
        if sample["workload"] == "pages" {
            assert_eq!(outcome["answer"], report["answer"]);
        }
    }
    let found = |what: &str| report["answer"][what].as_u64().unwrap();
    assert_eq!((found("files"), found("unreadable")), (3, 0));
    assert_eq!(found("links"), 4, "x.html twice, i.png, the address");
    assert_eq!(found("words"), 11, "four, one, and six; a single letter is no word");
    assert_eq!(found("distinct_words"), 8, "two, words and link come twice");
    assert_eq!(report["disagreement"], Value::Array(Vec::new()));
    assert!(report["machine"]["cores"].as_u64().unwrap() > 0);
    assert_eq!(report["machine"]["crates"][0][0], "anyrt");
    assert_eq!(report["cells"].as_array().unwrap().len(), 3 * 3, "rows, executors");
}

#[test]
fn what_fails_is_shown_and_stops_nothing_else() {
    let scratch = Scratch::new("failures");
    let json = scratch.path("report.json");
    let (only, executors) = ("selftest_panic,selftest_crash,spawn_task", "threads,async-std");
    let run = shootout(&[
        "--quick",
        "--repeat",
        "2",
        "--only",
        only,
        "--executors",
        executors,
        "--json",
        &json,
    ]);
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    let text = stdout(&run);
    assert_fits_80_columns(&text);
    for telling in ["panic", "crash", "2x panic: threads was asked to panic"] {
        assert!(text.contains(telling), "no {telling:?} in:\n{text}");
    }
    let report: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    let samples = report["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 3 * 2 * 2);
    for sample in samples {
        let kind = &sample["failure"]["kind"];
        match sample["workload"].as_str().unwrap() {
            "selftest_panic" => assert_eq!(kind, "panic"),
            "selftest_crash" => assert_eq!(kind, "crash"),
            _ => assert!(sample["outcome"]["values"][0].as_f64().unwrap() > 0.0, "{sample}"),
        }
    }
}

#[test]
fn a_different_answer_is_a_failure() {
    let scratch = Scratch::new("disagree");
    let run = shootout(&[
        "--repeat",
        "1",
        "--only",
        "selftest_disagree",
        "--executors",
        "threads,tokio",
        "--json",
        &scratch.path("report.json"),
    ]);
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    let text = stdout(&run);
    assert!(text.contains("DIFFERENT ANSWERS"), "{text}");
    assert!(!text.contains("the same answer"), "{text}");
}

#[test]
fn what_hangs_is_killed_and_shown() {
    let scratch = Scratch::new("hang");
    let run = shootout(&[
        "--repeat",
        "1",
        "--limit",
        "2",
        "--only",
        "selftest_hang",
        "--executors",
        "threads,tokio",
        "--json",
        &scratch.path("report.json"),
    ]);
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    assert_fits_80_columns(&stdout(&run));
    for executor in ["threads", "tokio"] {
        let line = format!("selftest_hang on {executor}, 1x hung: killed after 2 s");
        assert!(stdout(&run).contains(&line), "no {line:?} in:\n{}", stdout(&run));
    }
}

#[test]
fn a_difference_counts_when_the_samples_do_not_overlap() {
    use stats::Summary;
    let of = |samples: &[f64]| Summary::of(samples).unwrap();
    assert_eq!(Summary::of(&[]), None);

    let best = of(&[3.0, 1.0, 2.0]);
    assert!((best.median - 2.0).abs() < 1e-9);
    assert!((best.spread_percent() - 50.0).abs() < 1e-9);
    assert!(of(&[2.9, 4.0, 5.0]).ties_with(&best));
    assert!(!of(&[3.1, 4.0, 5.0]).ties_with(&best));
    assert!(!of(&[2.0, 2.1]).ties_with(&best), "two samples show nothing");

    // With five, the slowest is left out of the spread, on both sides.
    let best = of(&[1.0, 1.1, 1.2, 1.3, 90.0]);
    assert!((best.spread_percent() - 12.5).abs() < 1e-9);
    assert!(!of(&[2.0, 2.0, 2.0, 2.0, 2.0]).ties_with(&best));
    assert!(of(&[1.3, 2.0, 2.0, 2.0, 2.0]).ties_with(&best));
    assert!((stats::median(&mut [4.0, 1.0, 3.0, 2.0]) - 2.5).abs() < 1e-9);
}
