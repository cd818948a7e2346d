//! What a runtime weighs: the size of the smallest program, the crates that it is built of, and how long that takes.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use clap::Parser;

/// Builds the same small program on each runtime, natively and through anyrt, and writes the table.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Where to write the table.
    #[arg(long, value_name = "PATH", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/weights.md"))]
    file: PathBuf,
    /// Where to build.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/weights"))]
    dir: PathBuf,
}

/// A program: a task sleeps for a millisecond, and the main function waits for it.
struct Program {
    runtime: &'static str,
    /// How it is written: natively, or with anyrt.
    how: &'static str,
    dependencies: &'static str,
    main: &'static str,
}

struct Weight {
    bytes: u64,
    /// Besides itself.
    crates: usize,
    /// From nothing, sources at hand.
    seconds: f64,
}

const PROGRAMS: [Program; 8] = [
    native("none", "", "std::thread::spawn(|| std::thread::sleep(LENGTH)).join().unwrap();"),
    anyrt("threads", "", "ThreadsOwner::new().unwrap()"),
    native(
        "tokio",
        r#"tokio = { version = "1", features = ["rt-multi-thread", "time"] }"#,
        "let rt = tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
        rt.block_on(rt.spawn(async { tokio::time::sleep(LENGTH).await })).unwrap();",
    ),
    anyrt("tokio", "tokio", "TokioOwner::with_workers(2).unwrap()"),
    native(
        "smol",
        r#"smol = "2""#,
        "smol::block_on(smol::spawn(async { smol::Timer::after(LENGTH).await; }));",
    ),
    anyrt("smol", "smol", "SmolGlobal"),
    native(
        "async-std",
        r#"async-std = "1""#,
        "use async_std::task;
        task::block_on(task::spawn(async { task::sleep(LENGTH).await }));",
    ),
    anyrt("async-std", "async-std", "AsyncStd"),
];

const fn native(runtime: &'static str, dependencies: &'static str, main: &'static str) -> Program {
    Program { runtime, how: "natively", dependencies, main }
}

const fn anyrt(runtime: &'static str, feature: &'static str, owner: &'static str) -> Program {
    Program { runtime, how: "through anyrt", dependencies: feature, main: owner }
}

impl Program {
    fn is_ours(&self) -> bool {
        self.how == "through anyrt"
    }

    fn manifest(&self, root: &Path) -> String {
        let dependencies = if self.is_ours() {
            let features = if self.dependencies.is_empty() {
                String::new()
            } else {
                format!("{:?}", self.dependencies)
            };
            format!(
                "anyrt = {{ path = {:?}, features = [{features}] }}",
                root.display().to_string()
            )
        } else {
            self.dependencies.to_owned()
        };
        format!(
            "[package]\nname = \"weighed\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n\n\
             [profile.release]\nstrip = true\n\n[workspace]\n"
        )
    }

    fn source(&self) -> String {
        let main = self.main;
        let main = if self.is_ours() {
            format!(
                "use anyrt::{{*, prelude::*}};
        let owner = {main};
        let rt = owner.handle();
        let sleep = rt.sleep(LENGTH);
        owner.block_on(rt.spawn(async {{ sleep.await }})).unwrap();"
            )
        } else {
            main.to_owned()
        };
        format!(
            "const LENGTH: std::time::Duration = std::time::Duration::from_millis(1);\n\nfn main() {{\n        {main}\n}}\n"
        )
    }

    fn weigh(&self, root: &Path, dir: &Path) -> Result<Weight, Box<dyn Error>> {
        fs::create_dir_all(dir.join("src"))?;
        fs::write(dir.join("Cargo.toml"), self.manifest(root))?;
        fs::write(dir.join("src/main.rs"), self.source())?;
        // The versions of the workspace; cargo leaves out what is not needed.
        fs::copy(root.join("Cargo.lock"), dir.join("Cargo.lock"))?;
        let cargo = |arguments: &[&str]| -> Result<String, Box<dyn Error>> {
            let output = Command::new("cargo").args(arguments).current_dir(dir).output()?;
            if !output.status.success() {
                let (runtime, how) = (self.runtime, self.how);
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                return Err(
                    format!("{runtime} {how}: cargo {}: {said}", arguments.join(" ")).into()
                );
            }
            Ok(String::from_utf8(output.stdout)?)
        };
        // Fetches the sources, too: not while the clock runs.
        let tree =
            cargo(&["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"])?;
        let target = dir.join("target");
        if target.exists() {
            fs::remove_dir_all(&target)?;
        }
        let start = Instant::now();
        cargo(&["build", "--release", "--quiet", "--target-dir", &target.display().to_string()])?;
        let seconds = start.elapsed().as_secs_f64();
        let program =
            target.join("release").join("weighed").with_extension(std::env::consts::EXE_EXTENSION);
        let ran = Command::new(&program).status()?;
        if !ran.success() {
            return Err(format!("{} {}: {ran}", self.runtime, self.how).into());
        }
        let mut crates: Vec<_> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        crates.sort_unstable();
        crates.dedup();
        Ok(Weight { bytes: program.metadata()?.len(), crates: crates.len() - 1, seconds })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let compiler = Command::new("rustc").arg("--version").output()?.stdout;
    let compiler = String::from_utf8(compiler)?;
    let cores = std::thread::available_parallelism()?.get();
    let mut text = format!(
        "Written by `cargo run --release -p anyrt-benches --bin weights`: a program whose task sleeps for a \
         millisecond, optimised and stripped; {}. Crates: those that are compiled for it, besides the program. \
         Build: from nothing, by `cargo build --release` with all sources at hand, on {cores} core{}; once each, \
         so a rough figure, which nothing checks.\n\n\
         | runtime | written | size | crates | build |\n|---|---|--:|--:|--:|\n",
        compiler.trim(),
        if cores == 1 { "" } else { "s" },
    );
    for program in &PROGRAMS {
        let Weight { bytes, crates, seconds } = program.weigh(&root, &args.dir)?;
        let (runtime, how, kilobytes) = (program.runtime, program.how, bytes.div_ceil(1000));
        let line = format!("| {runtime} | {how} | {kilobytes} kB | {crates} | {seconds:.1} s |");
        println!("{line}");
        let _ = writeln!(text, "{line}");
    }
    fs::write(&args.file, text)?;
    Ok(())
}
