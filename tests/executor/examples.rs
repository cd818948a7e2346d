//! The examples of the bridge do what they say.

use std::path::PathBuf;
use std::process::{Command, Output};

/// An example as `cargo test` builds it: in `examples`, beside the directory of this test.
fn run(example: &str, arguments: &[&str]) -> Output {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let program: PathBuf = profile.join("examples").join(example);
    let program = program.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.exists(), "build it first: cargo build --example {example}");
    let root = env!("CARGO_MANIFEST_DIR");
    Command::new(program).args(arguments).current_dir(root).output().unwrap()
}

fn succeeds(example: &str, arguments: &[&str]) -> String {
    let output = run(example, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{example} {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn they_have_help() {
    assert!(succeeds("thread_pool", &["--help"]).contains("--workers"));
    assert!(succeeds("bridge", &["--help"]).contains("--runtime"));
}

#[test]
fn files_are_counted() {
    let here = "tests/executor";
    let files = std::fs::read_dir(here).unwrap().count();
    for arguments in [&[here][..], &[here, "--workers", "1"], &[here, "--latency", "1"]] {
        let told = succeeds("thread_pool", arguments);
        assert!(told.contains(&format!("{files} files, ")), "{told}");
        assert!(told.contains("contract.rs"), "{told}");
    }
}

#[test]
fn what_is_wrong_is_told() {
    for arguments in [&["no/such/place"][..], &["src", "--workers", "0"]] {
        let output = run("thread_pool", arguments);
        assert!(!output.status.success() && !output.stderr.is_empty());
    }
}

#[test]
fn the_bridge_answers_on_each_runtime() {
    for runtime in ["threads", "tokio", "smol", "async-std"] {
        let told =
            succeeds("bridge", &["--runtime", runtime, "--clients", "3", "--questions", "2"]);
        assert!(told.contains("6 answers") && told.contains("listening on 127.0.0.1:"), "{told}");
    }
}
