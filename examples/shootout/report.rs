//! The results: every sample, and what they come to.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use serde::Serialize;

use crate::cli::Plan;
use crate::executors::Class;
use crate::machine::Machine;
use crate::runner::{Failure, Sample, Taken};
use crate::stats::Summary;
use crate::workloads::pages::Answer;
use crate::workloads::{Info, Unit};

/// What is written as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Of this format.
    version: u32,
    /// Seconds since 1970.
    ended: u64,
    pub(crate) machine: Machine,
    settings: Settings,
    pub(crate) cells: Vec<Cell>,
    /// What `pages` found, on all executors alike unless `disagreement` says otherwise.
    pub(crate) answer: Option<Answer>,
    /// Who found something else.
    pub(crate) disagreement: Vec<&'static str>,
    samples: Vec<Sample>,
}

#[derive(Debug, Serialize)]
struct Settings {
    threads: usize,
    repeat: u32,
    quick: bool,
    budget_ms: u128,
    input: PathBuf,
    seed: u64,
}

/// One row on one executor.
#[derive(Debug, Serialize)]
pub(crate) struct Cell {
    pub(crate) workload: &'static str,
    pub(crate) row: &'static str,
    unit: &'static str,
    pub(crate) executor: &'static str,
    pub(crate) threads: usize,
    /// `None` without samples.
    pub(crate) summary: Option<Summary>,
    pub(crate) cpu_ns_per_operation: Option<f64>,
    pub(crate) failure: Option<Failure>,
    pub(crate) failures: usize,
}

impl Report {
    pub(crate) fn new(plan: &Plan, machine: Machine, samples: Vec<Sample>) -> Self {
        let ended = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
        let cells = plan.workloads.iter().flat_map(|workload| cells_of(plan, workload, &samples));
        let answers =
            || samples.iter().filter_map(|sample| Some((sample.executor, sample.answer()?)));
        let answer = answers().next().map(|(_, answer)| answer.clone());
        let differs = answers().filter(|(_, other)| Some(*other) != answer.as_ref());
        let mut disagreement: Vec<_> = differs.map(|(executor, _)| executor).collect();
        disagreement.sort_unstable();
        disagreement.dedup();
        let settings = Settings {
            threads: plan.threads,
            repeat: plan.repeat,
            quick: plan.quick,
            budget_ms: plan.budget.as_millis(),
            input: plan.input.clone(),
            seed: plan.seed,
        };
        let cells = cells.collect();
        Self { version: 1, ended, machine, settings, cells, answer, disagreement, samples }
    }

    /// Whether nothing failed and all agree.
    pub(crate) fn is_sound(&self) -> bool {
        self.disagreement.is_empty() && self.cells.iter().all(|cell| cell.failures == 0)
    }

    /// The cell of a row, if the executor took part.
    pub(crate) fn cell(&self, workload: &str, row: &str, executor: &str) -> Option<&Cell> {
        let here =
            |cell: &&Cell| (cell.workload, cell.row, cell.executor) == (workload, row, executor);
        self.cells.iter().find(here)
    }
}

fn cells_of(plan: &Plan, workload: &'static Info, samples: &[Sample]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (index, row) in workload.rows.iter().enumerate() {
        for executor in &plan.executors {
            let here = |sample: &&Sample| {
                sample.workload == workload.name && sample.executor == executor.name
            };
            let outcomes = || samples.iter().filter(here).filter_map(Sample::outcome);
            let values: Vec<_> = outcomes()
                .filter_map(|outcome| outcome.values.get(index).copied().filter(|v| v.is_finite()))
                .collect();
            let cpu = |outcome: &crate::measure::Outcome| {
                Some(outcome.spent.cpu_ns? / outcome.operations as f64)
            };
            let cpu: Vec<_> = outcomes().filter_map(cpu).collect();
            let failures = || samples.iter().filter(here).filter_map(Sample::failure);
            cells.push(Cell {
                workload: workload.name,
                row: row.label,
                unit: match row.unit {
                    Unit::Nanoseconds => "ns",
                    Unit::Bytes => "bytes",
                },
                executor: executor.name,
                threads: executor.threads(plan.threads),
                summary: Summary::of(&values),
                cpu_ns_per_operation: Summary::of(&cpu).map(|cpu| cpu.median),
                failure: failures().next().cloned(),
                failures: failures().count(),
            });
        }
    }
    cells
}

impl Sample {
    fn outcome(&self) -> Option<&crate::measure::Outcome> {
        match &self.result {
            Taken::Outcome(outcome) => Some(outcome),
            Taken::Failure(_) => None,
        }
    }

    fn failure(&self) -> Option<&Failure> {
        match &self.result {
            Taken::Outcome(_) => None,
            Taken::Failure(failure) => Some(failure),
        }
    }

    fn answer(&self) -> Option<&Answer> {
        self.outcome()?.answer.as_ref()
    }
}

impl Report {
    /// The rows of a class: those that anyrt's own executor loses first, worst first; then the rest,
    /// in the order of the workloads.
    pub(crate) fn standings(&self, plan: &Plan, class: Class) -> Vec<Standing<'_>> {
        let executors: Vec<_> = plan.executors.iter().filter(|e| e.class == class).collect();
        let rows = plan
            .workloads
            .iter()
            .flat_map(|workload| workload.rows.iter().map(|row| (workload.name, row)));
        let mut standings: Vec<_> = rows
            .map(|(workload, row)| {
                let cells = executors.iter().filter_map(|e| self.cell(workload, row.label, e.name));
                let cells: Vec<_> = cells.collect();
                let summaries = cells.iter().filter_map(|cell| cell.clean());
                let best = summaries.min_by(|a, b| a.median.total_cmp(&b.median)).copied();
                let ours = executors.iter().position(|executor| executor.is_ours());
                let behind = ours.and_then(|ours| behind(cells[ours], best.as_ref()?));
                Standing { label: row.label, unit: row.unit, best, cells, behind }
            })
            .collect();
        let factor = |standing: &Standing<'_>| standing.behind.unwrap_or(0.0);
        standings.sort_by(|a, b| factor(b).total_cmp(&factor(a)));
        standings
    }
}

/// By what factor `ours` loses to `best`, beyond the noise. A failure is a loss beyond measure.
fn behind(ours: &Cell, best: &Summary) -> Option<f64> {
    let Some(summary) = ours.clean() else { return Some(f64::INFINITY) };
    (summary.median > best.median && !summary.ties_with(best)).then(|| summary.median / best.median)
}

impl Cell {
    /// The summary, unless a sample failed: an executor that sometimes fails is not compared.
    pub(crate) fn clean(&self) -> Option<&Summary> {
        self.summary.as_ref().filter(|_| self.failures == 0)
    }
}

/// One row of a table.
#[derive(Debug)]
pub(crate) struct Standing<'a> {
    pub(crate) label: &'static str,
    pub(crate) unit: Unit,
    pub(crate) best: Option<Summary>,
    /// In the order of the executors.
    pub(crate) cells: Vec<&'a Cell>,
    /// By what factor anyrt's own executor loses, if it does.
    pub(crate) behind: Option<f64>,
}

/// Where the JSON goes: opened before the work begins.
pub(crate) struct Output {
    path: PathBuf,
    file: File,
}

impl Output {
    /// # Errors
    ///
    /// If the file can't be written.
    pub(crate) fn open(path: Option<PathBuf>) -> io::Result<Self> {
        let path = path.map_or_else(default_path, Ok)?;
        let explain = |error: io::Error| {
            let path = path.display();
            io::Error::other(format!(
                "can't write {path}: {error}; name another file with --json PATH"
            ))
        };
        if let Some(directory) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
            fs::create_dir_all(directory).map_err(explain)?;
        }
        // Not truncated yet: an interrupted run leaves the old results alone.
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        Ok(Self { file: file.map_err(explain)?, path })
    }

    /// Writes, and returns where to.
    ///
    /// # Errors
    ///
    /// If the disk is full, or gone.
    pub(crate) fn write(mut self, report: &Report) -> io::Result<PathBuf> {
        let mut json = serde_json::to_vec_pretty(report)?;
        json.push(b'\n');
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.file.write_all(&json)?;
        Ok(self.path)
    }
}

/// `shootout.json` in the target directory, which this program lies in: `target/release/examples`.
fn default_path() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(3).map_or_else(|| PathBuf::from("."), PathBuf::from);
    Ok(target.join("shootout.json"))
}
