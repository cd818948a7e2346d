//! The main job, from the outside: the example `shootout`, and a program of one's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// An example as `cargo test` builds it: in `examples`, beside the directory of this test.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let program = profile.join("examples").join(name);
    let program = program.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.exists(), "build it first: cargo build --example {name}");
    Command::new(program)
}

fn shootout(arguments: &[&str]) -> Output {
    example("shootout").args(arguments).output().unwrap()
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
        let is_path = ["Every sample is in ", "The page: ", "as Markdown: "];
        if !is_path.iter().any(|words| line.starts_with(words)) {
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
    for option in ["--list", "--only", "--executors", "--quick", "--repeat", "--json", "--compare"]
    {
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

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named() {
    let scratch = Scratch::new("full");
    let json = scratch.path("report.json");
    std::os::unix::fs::symlink("/dev/full", &json).unwrap();
    let run = shootout(&["--quick", "--repeat", "1", "--only", "block_on", "--json", &json]);
    assert_eq!(run.status.code(), Some(2), "{run:?}");
    assert!(stderr(&run).contains(&format!("can't write {json}: ")), "{}", stderr(&run));
    assert!(stdout(&run).contains("block_on, ready"), "what was found is printed");
}

#[test]
fn an_unwritable_report_is_refused_before_the_work() {
    let scratch = Scratch::new("unwritable");
    fs::write(scratch.path("file"), "").unwrap();
    let below_a_file = scratch.path("file/report.json");
    assert_refuses(&["--only", "yield", "--json", &below_a_file], &[&below_a_file, "--json PATH"]);
    for ending in ["html", "md"] {
        let taken = scratch.path(&format!("report.{ending}"));
        assert_refuses(&["--only", "yield", "--json", &taken], &[&taken, ".json"]);
        assert!(!Path::new(&taken).exists());
    }
}

#[test]
fn instructions_are_refused_where_there_is_no_valgrind() {
    let mut command = example("shootout");
    let output = command.arg("--instructions").env("PATH", "").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(stderr(&output).contains("leave --instructions out"), "{output:?}");
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
    assert!(text.contains("pages found: 3 files"), "{text}");
    assert!(stderr(&run).contains("repetition 3 of 3"), "no progress: {}", stderr(&run));

    let report = read(&json);
    let samples = report["samples"].as_array().unwrap();
    let of = |role: &str| samples.iter().filter(|sample| sample["role"] == role).count();
    assert_eq!(of("figure"), 3 * 3 * 3, "workloads, executors, repetitions");
    assert_eq!(of("twin"), 3 * 2 * 3, "workloads, classes, repetitions");
    assert_eq!(of("allocations"), 3 * 3, "workloads, executors");
    for sample in samples {
        let outcome = &sample["outcome"];
        assert!(outcome["values"][0].as_f64().unwrap() > 0.0, "{sample}");
        assert!(outcome["spent"]["wall_ns"].as_f64().unwrap() > 0.0, "{sample}");
        assert!(outcome["operations"].as_u64().unwrap() > 0, "{sample}");
    }
    // Counted by hand. Links: x.html twice, i.png, the address. Words: four, one, and six, of which
    // two, words and link come twice; a single letter is no word.
    let answer = &report["answers"][0];
    let found = answer["text"].as_str().unwrap();
    assert!(found.starts_with("3 files (0 more unreadable), "), "{found}");
    assert!(found.contains(" 4 links, 11 words, 8 of them distinct, "), "{found}");
    assert_eq!(answer["others"], Value::Array(Vec::new()));
    assert!(report["machine"]["cores"].as_u64().unwrap() > 0);
    assert_eq!(report["machine"]["crates"][0][0], "anyrt");
    assert_eq!(report["rows"].as_array().unwrap().len(), 3 * 2, "rows, classes");
    for row in report["rows"].as_array().unwrap() {
        for cell in row["cells"].as_array().unwrap() {
            assert_eq!(cell["samples"].as_array().unwrap().len(), 3, "{cell}");
            let is_spawn = row["workload"] == "spawn_task";
            assert!(!is_spawn || cell["allocations"].as_f64().unwrap() >= 0.99, "{cell}");
        }
    }

    let page = fs::read_to_string(scratch.path("out/report.html")).unwrap();
    let markdown = fs::read_to_string(scratch.path("out/report.md")).unwrap();
    for telling in ["spawn+join, in a task", "What it does not show", "tokio 1."] {
        assert!(page.contains(telling), "no {telling:?} in the page");
        assert!(markdown.contains(telling), "no {telling:?} in: {markdown}");
    }
    assert!(page.contains("--only sleep_1ms --executors smol-1 --threads 2 --quick"));
    assert!(page.contains("<polyline"), "a latency has a curve");
    // Self-contained: it names nothing that a browser would fetch.
    for fetched in ["http:", "https:", "src=", "@import", "<script"] {
        assert!(!page.contains(fetched), "{fetched} in the page");
    }
}

fn read(json: &str) -> Value {
    serde_json::from_slice(&fs::read(json).unwrap()).unwrap()
}

#[test]
fn a_change_since_an_earlier_run_is_shown() {
    let scratch = Scratch::new("compare");
    let (before, after) = (scratch.path("before.json"), scratch.path("after.json"));
    let arguments = ["--quick", "--only", "yield", "--executors", "threads-1", "--json"];
    assert!(shootout(&[&arguments[..], &[&before]].concat()).status.success());

    // As if that had been a hundred times faster, on another machine.
    let mut old = read(&before);
    old["machine"]["cpu"] = "another".into();
    let cell = &mut old["rows"][0]["cells"][0];
    for value in cell["samples"].as_array_mut().unwrap() {
        *value = (value.as_f64().unwrap() / 100.0).into();
    }
    cell["summary"]["median"] = (cell["summary"]["median"].as_f64().unwrap() / 100.0).into();
    fs::write(&before, old.to_string()).unwrap();

    let run = shootout(&[&arguments[..], &[&after, "--compare", &before]].concat());
    assert!(run.status.success(), "{run:?}");
    let text = stdout(&run);
    assert_fits_80_columns(&text);
    for telling in ["CHANGED: 1 of 1 cells", "x slower", "processor: another, now"] {
        assert!(text.contains(telling), "no {telling:?} in:\n{text}");
    }
    let page = fs::read_to_string(scratch.path("after.html")).unwrap();
    assert!(page.contains("What changed: 1 of 1 cells"));
}

#[test]
fn what_fails_since_an_earlier_run_is_shown() {
    let scratch = Scratch::new("failing");
    let (before, after) = (scratch.path("before.json"), scratch.path("after.json"));
    // Rows of one name, of which the first succeeds.
    let with = |only, more: &[&str]| {
        let arguments = ["--quick", "--repeat", "1", "--executors", "threads-1", "--only", only];
        shootout(&[&arguments[..], more].concat())
    };
    assert!(with("selftest_print", &["--json", &before]).status.success());
    let run = with("selftest_panic", &["--json", &after, "--compare", &before]);
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    let fails = "self-test on threads-1: panic, was 1.00 ns";
    assert!(stdout(&run).contains(&format!("! fails now: {fails}")), "{}", stdout(&run));
    for (file, mark) in [("after.html", "Fails now: </b>"), ("after.md", "**Fails now:** ")] {
        let text = fs::read_to_string(scratch.path(file)).unwrap();
        assert!(text.contains(&format!("{mark}{fails}")), "{file}: {text}");
    }
}

#[test]
fn what_can_not_be_compared_with_is_refused_before_the_work() {
    let scratch = Scratch::new("versions");
    let old = scratch.path("old.json");
    let refuses = |words: &[&str]| {
        assert_refuses(&["--only", "yield", "--compare", &old], &[&[&*old], words].concat());
    };
    refuses(&["can't compare", "No such file"]);
    fs::write(&old, "{}").unwrap();
    refuses(&["not a report of the shootout"]);
    fs::write(&old, r#"{ "version": 2 }"#).unwrap();
    refuses(&["damaged"]);
    fs::write(&old, r#"{ "version": 1, "cells": [] }"#).unwrap();
    refuses(&["a report of version 1", "version 2"]);
}

#[test]
fn more_clients_more_workers_and_rates_have_their_plots() {
    let scratch = Scratch::new("echo");
    let json = scratch.path("echo.json");
    let only = "echo_one,echo,echo_many,echo_25,echo_75";
    let arguments = ["--quick", "--repeat", "1", "--threads", "2", "--executors", "threads,tokio"];
    let run = shootout(&[&arguments[..], &["--only", only, "--json", &json]].concat());
    assert!(run.status.success(), "{run:?}");
    assert_fits_80_columns(&stdout(&run));
    assert!(stdout(&run).contains("2 WORKERS AGAINST ONE"), "{}", stdout(&run));

    let report = read(&json);
    for row in report["rows"].as_array().unwrap() {
        for cell in row["cells"].as_array().unwrap() {
            assert!(cell["summary"]["median"].as_f64().unwrap() > 0.0, "{cell}");
            assert!(cell["peak_rss"].as_f64().unwrap() > 0.0, "{cell}");
        }
    }
    assert!(report["settings"]["saturation"].as_f64().unwrap() > 0.0, "requests per second");
    let scaling = report["scaling"].as_array().unwrap();
    assert_eq!(scaling.len(), 2, "of `echo`, on each executor: {scaling:?}");
    for one in scaling {
        let by_workers = one["by_workers"].as_array().unwrap();
        let workers: Vec<_> = by_workers.iter().map(|of| of[0].as_u64().unwrap()).collect();
        assert_eq!((&one["workload"], workers), (&"echo".into(), vec![1, 2]), "{one}");
    }
    let page = fs::read_to_string(scratch.path("echo.html")).unwrap();
    for telling in ["latency by rate", "speed by number of workers", "The more is asked"] {
        assert!(page.contains(telling), "no {telling:?} in the page");
    }
    // At another's rate a cell can't be taken again alone.
    assert!(page.contains("--only echo_75 --executors threads,tokio --threads 2 --quick"));
}

/// Starts a run of this workload, and interrupts it when its progress says so. Returns the rest of that, too.
#[cfg(unix)]
fn interrupted(only: &str, when: &str, json: &str) -> (Output, String) {
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::CommandExt;
    use std::process::Stdio;

    let mut run = example("shootout")
        .args(["--repeat", "1000", "--limit", "5", "--executors", "threads"])
        .args(["--only", only, "--json", json])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let mut progress = BufReader::new(run.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(progress.any(|line| line.contains(when)));
    assert!(!Path::new(json).exists(), "nothing is written before the end");

    // As a terminal does it: to the children as well.
    let group = format!("-{}", run.id());
    assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
    let said = progress.collect::<Vec<_>>().join("\n");
    (run.wait_with_output().unwrap(), said)
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_reports_what_it_has() {
    let scratch = Scratch::new("interrupted");
    let json = scratch.path("report.json");
    let (run, _) = interrupted("selftest_print", "repetition 2 of 1000", &json);
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    assert!(stdout(&run).contains("Interrupted: samples are missing."), "{}", stdout(&run));
    let report = read(&json);
    assert_eq!(report["interrupted"], true);
    assert!(report["samples"].as_array().unwrap().len() >= 2, "those of the first repetition");
}

#[cfg(unix)]
#[test]
fn a_run_that_is_interrupted_before_its_first_sample_writes_nothing() {
    let scratch = Scratch::new("early");
    let json = scratch.path("report.json");
    let (run, said) = interrupted("selftest_hang", "repetition 1 of 1000", &json);
    assert_eq!(run.status.code(), Some(2), "{run:?}");
    assert!(said.contains("stopped before the first sample"), "{said}");
    assert!(!Path::new(&json).exists());
}

#[test]
fn a_program_of_ones_own_runs_on_all_executors() {
    let scratch = Scratch::new("own");
    let json = scratch.path("own.json");
    let run = example("my_program").args(["--repeat", "1", "--quick", "--json", &json]).output();
    let run = run.unwrap();
    assert!(run.status.success(), "{run:?}");
    assert!(stdout(&run).contains("app found: 1229"), "the primes below 10,000: {}", stdout(&run));
    assert!(stdout(&run).contains("Every executor gave the same answer."), "{run:?}");
    let report = read(&json);
    let cells =
        report["rows"].as_array().unwrap().iter().flat_map(|row| row["cells"].as_array().unwrap());
    assert_eq!(cells.clone().count(), 8, "{report}");
    for cell in cells {
        assert!(cell["summary"]["median"].as_f64().unwrap() > 0.0, "{cell}");
    }
}

#[test]
fn what_fails_is_shown_and_stops_nothing_else() {
    let scratch = Scratch::new("failures");
    let json = scratch.path("report.json");
    let only = "selftest_panic,selftest_crash,selftest_exit,selftest_print,spawn_task";
    let executors = "threads,async-std";
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
    let panicked = "4x panic: threads was asked to panic";
    let exited = "4x crash: it ended its process before the sample";
    for telling in ["panic", "crash", panicked, exited] {
        assert!(text.contains(telling), "no {telling:?} in:\n{text}");
    }
    let report = read(&json);
    let samples = report["samples"].as_array().unwrap();
    let figures = samples.iter().filter(|sample| sample["role"] == "figure");
    assert_eq!(figures.clone().count(), 5 * 2 * 2);
    for sample in figures {
        let kind = &sample["failure"]["kind"];
        match sample["workload"].as_str().unwrap() {
            "selftest_panic" => assert_eq!(kind, "panic"),
            "selftest_crash" | "selftest_exit" => assert_eq!(kind, "crash"),
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
    // The first of a class is run twice: its difference is the noise.
    for (executor, times) in [("threads", 2), ("tokio", 1)] {
        let line = format!("selftest_hang on {executor}, {times}x hung: killed after 2 s");
        assert!(stdout(&run).contains(&line), "no {line:?} in:\n{}", stdout(&run));
    }
}
