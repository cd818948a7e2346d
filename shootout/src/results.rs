//! The results: every sample, and what they come to.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::cli::Plan;
use crate::executors::{Class, Executor};
use crate::machine::{Machine, NOT_QUIET};
use crate::measure::Outcome;
use crate::runner::{Failure, Role, Run, Sample, Taken};
use crate::stats::{CONFIDENT, Summary, confidence, median, noise};
use crate::workloads::{Entry, Unit};

/// Of the JSON. Older ones can't be compared with.
pub(crate) const VERSION: u32 = 2;

/// What is written as JSON, and shown in every other form.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Of this format.
    pub(crate) version: u32,
    /// Seconds since 1970.
    pub(crate) ended: u64,
    pub(crate) machine: Machine,
    pub(crate) settings: Settings,
    pub(crate) contestants: Vec<Contestant>,
    /// A row for each class, in the order of the workloads.
    pub(crate) rows: Vec<Row>,
    pub(crate) answers: Vec<Answer>,
    #[serde(default)]
    pub(crate) scaling: Vec<Scaling>,
    /// Stopped before the end.
    #[serde(default)]
    pub(crate) interrupted: bool,
    samples: Vec<Sample>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) threads: usize,
    pub(crate) repeat: u32,
    pub(crate) quick: bool,
    pub(crate) budget_ms: u64,
    pub(crate) seed: u64,
    /// How to start this program again, up to its arguments.
    pub(crate) command: String,
    /// Requests per second that the slowest executor can take, if clients asked at a share of it.
    #[serde(default)]
    pub(crate) saturation: Option<f64>,
}

/// An executor that took part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Contestant {
    pub(crate) name: String,
    /// Two lines for the head of a column.
    pub(crate) head: (String, String),
    pub(crate) about: String,
    pub(crate) class: Class,
    pub(crate) threads: usize,
    /// Whether it is anyrt's own.
    pub(crate) ours: bool,
}

/// One row of a table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) workload: String,
    pub(crate) about: String,
    pub(crate) need: String,
    pub(crate) label: String,
    pub(crate) unit: Unit,
    pub(crate) class: Class,
    /// Clients asked at so many per cent of the saturation.
    #[serde(default)]
    pub(crate) rate: Option<u32>,
    /// By this fraction two series of one and the same executor differ.
    pub(crate) noise: f64,
    /// The best median.
    pub(crate) best: Option<f64>,
    /// By what factor anyrt's own executor loses, beyond the noise; `None` if it does not. A failure is
    /// no number.
    pub(crate) behind: Behind,
    /// In the order of the contestants.
    pub(crate) cells: Vec<Cell>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Behind {
    /// Nobody beats it, or it did not take part.
    Not,
    Times(f64),
    Failed,
}

impl Behind {
    fn order(self) -> f64 {
        match self {
            Self::Not => 0.0,
            Self::Times(factor) => factor,
            Self::Failed => f64::INFINITY,
        }
    }
}

/// One row on one executor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) executor: String,
    pub(crate) samples: Vec<f64>,
    /// `None` without samples.
    pub(crate) summary: Option<Summary>,
    /// The median over the best of the row.
    pub(crate) ratio: Option<f64>,
    /// How sure it is that this is slower than the best, from 0 to 1.
    pub(crate) confidence: f64,
    /// No difference to the best is shown.
    pub(crate) tied: bool,
    /// Of all processors, for each operation.
    pub(crate) cpu_ns: Option<f64>,
    pub(crate) switches: Option<f64>,
    pub(crate) allocations: Option<f64>,
    pub(crate) allocated_bytes: Option<f64>,
    pub(crate) instructions: Option<f64>,
    /// Of the whole process.
    pub(crate) peak_rss: Option<f64>,
    /// The largest share of the machine that others used during a sample.
    pub(crate) foreign_load: Option<f64>,
    /// Of the last sample, if it is of latencies.
    pub(crate) curve: Vec<(f64, f64)>,
    pub(crate) failure: Option<Failure>,
    pub(crate) failures: usize,
}

/// What a program found out, and who found something else.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) workload: String,
    pub(crate) text: String,
    pub(crate) others: Vec<String>,
}

/// What more workers help a workload on an executor.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Scaling {
    pub(crate) workload: String,
    pub(crate) label: String,
    pub(crate) unit: Unit,
    pub(crate) executor: String,
    /// No difference between one worker and all is shown.
    pub(crate) tied: bool,
    /// With how many workers; at least one, and the run's own, which come first and last.
    pub(crate) by_workers: Vec<(usize, Summary)>,
}

impl Scaling {
    /// How many times as fast as with one worker it is with so many.
    pub(crate) fn speed_ups(&self) -> impl Iterator<Item = (usize, f64)> {
        let one = self.by_workers[0].1.median;
        self.by_workers.iter().map(move |(workers, summary)| (*workers, one / summary.median))
    }

    /// With all workers, in a word.
    pub(crate) fn gain(&self) -> String {
        let times = self.speed_ups().last().map_or(f64::NAN, |(_, times)| times);
        format!("{}{}", if self.tied { "=" } else { "" }, factor(times))
    }
}

impl Report {
    pub(crate) fn new(plan: &Plan, machine: Machine, run: Run) -> Self {
        let Run { samples, saturation, interrupted } = run;
        let contestants = plan.executors.iter().map(|executor| Contestant {
            name: executor.name.to_owned(),
            head: (executor.head[0].to_owned(), executor.head[1].to_owned()),
            about: executor.about.to_owned(),
            class: executor.class,
            threads: executor.threads(plan.threads),
            ours: executor.is_ours(),
        });
        let rows = plan.workloads.iter().flat_map(|workload| {
            Class::ALL.iter().flat_map(|class| rows_of(plan, workload, *class, &samples))
        });
        let answers = plan.workloads.iter().filter_map(|workload| answer(workload, &samples));
        Self {
            version: VERSION,
            ended: SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()),
            machine,
            settings: Settings {
                threads: plan.threads,
                repeat: plan.repeat,
                quick: plan.quick,
                budget_ms: plan.budget.as_millis() as u64,
                seed: plan.seed,
                command: plan.command.clone(),
                saturation,
            },
            contestants: contestants.collect(),
            rows: rows.collect(),
            answers: answers.collect(),
            interrupted,
            scaling: plan.workloads.iter().flat_map(|w| scaling_of(plan, w, &samples)).collect(),
            samples,
        }
    }

    /// Whether nothing is missing, nothing failed and all agree.
    pub(crate) fn is_sound(&self) -> bool {
        let clean = |row: &Row| row.cells.iter().all(|cell| cell.failures == 0);
        let agree = self.answers.iter().all(|answer| answer.others.is_empty());
        !self.interrupted && agree && self.rows.iter().all(clean)
    }

    pub(crate) fn of_class(&self, class: Class) -> Vec<&Contestant> {
        self.contestants.iter().filter(|contestant| contestant.class == class).collect()
    }

    /// The rows of a class: those that anyrt's own executor loses first, worst first; then the rest,
    /// in the order of the workloads.
    pub(crate) fn standings(&self, class: Class) -> Vec<&Row> {
        let mut rows: Vec<_> = self.rows.iter().filter(|row| row.class == class).collect();
        rows.sort_by(|a, b| b.behind.order().total_cmp(&a.behind.order()));
        rows
    }

    /// Why these figures are worth less than they could be, in sentences.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut all = Vec::new();
        if !self.machine.release {
            all.push(
                "A debug build: these figures mean nothing. Run it with --release.".to_owned(),
            );
        }
        if let Some(load) = self.machine.foreign_load.filter(|load| *load > NOT_QUIET) {
            all.push(format!(
                "Other programs used {:.0} % of this machine before the first sample: expect a large \
                 spread.",
                load * 100.0
            ));
        }
        let loaded = |sample: &&Sample| sample.foreign_load.is_some_and(|load| load > NOT_QUIET);
        let count = self.samples.iter().filter(loaded).count();
        if count > 0 {
            all.push(format!(
                "During {count} of {} samples other programs used more than {:.0} % of this machine.",
                self.samples.len(),
                NOT_QUIET * 100.0
            ));
        }
        if self.interrupted {
            all.push("Interrupted: samples are missing.".to_owned());
        }
        if self.machine.cores == 1 {
            all.push(
                "One core: all threads take turns on it, and what one does for another waits for the \
                 system's scheduler."
                    .to_owned(),
            );
        }
        if self.settings.repeat < 3 {
            all.push("Fewer than three samples each: they can show no difference.".to_owned());
        }
        if self.settings.quick {
            all.push("A quick run: few and short samples, for a glance only.".to_owned());
        }
        all
    }
}

fn rows_of(plan: &Plan, workload: &Entry, class: Class, samples: &[Sample]) -> Vec<Row> {
    let info = &workload.info;
    let executors: Vec<_> = plan.executors.iter().filter(|e| e.class == class).copied().collect();
    let Some(first) = executors.first() else { return Vec::new() };
    let of = |executor: &Executor, role: Role| -> Vec<&Sample> {
        let here =
            |s: &&Sample| s.workload == info.name && s.executor == executor.name && s.role == role;
        samples.iter().filter(here).collect()
    };
    let mut rows = Vec::new();
    for (index, row) in info.rows.iter().enumerate() {
        let values = |samples: &[&Sample]| -> Vec<f64> {
            let values = samples.iter().filter_map(|s| s.outcome()?.values.get(index).copied());
            values.filter(|value| value.is_finite()).collect()
        };
        let noise = noise(&values(&of(first, Role::Figure)), &values(&of(first, Role::Twin)));
        let cells = executors.iter().map(|executor| {
            let figures = of(executor, Role::Figure);
            let counted = of(executor, Role::Allocations);
            let instructions = of(executor, Role::Instructions);
            let here = |s: &&Sample| s.workload == info.name && s.executor == executor.name;
            let failures = samples.iter().filter(here).filter_map(|s| s.failure().cloned());
            Cell {
                failures: failures.clone().count(),
                failure: failures.clone().next(),
                ..Cell::new(executor, values(&figures), &figures, &counted, &instructions)
            }
        });
        let mut cells: Vec<_> = cells.collect();
        let clean = cells.iter().filter(|cell| cell.clean().is_some());
        let best = clean.min_by(|a, b| a.median().total_cmp(&b.median())).cloned();
        for cell in &mut cells {
            cell.compare(best.as_ref(), noise);
        }
        let ours = executors.iter().position(|executor| executor.is_ours());
        let behind = match ours.map(|ours| &cells[ours]) {
            Some(ours) if ours.failures > 0 => Behind::Failed,
            Some(Cell { ratio: Some(ratio), tied: false, .. }) if *ratio > 1.0 => {
                Behind::Times(*ratio)
            }
            _ => Behind::Not,
        };
        rows.push(Row {
            workload: info.name.to_owned(),
            about: info.about.to_owned(),
            need: info.need.to_owned(),
            label: row.label.to_owned(),
            unit: row.unit,
            class,
            rate: info.rate,
            noise,
            best: best.as_ref().map(Cell::median),
            behind,
            cells,
        });
    }
    rows
}

fn scaling_of(plan: &Plan, workload: &Entry, samples: &[Sample]) -> Vec<Scaling> {
    let info = &workload.info;
    let fewer: Vec<_> = plan.fewer_workers(workload).collect();
    if fewer.is_empty() {
        return Vec::new();
    }
    let one = |executor: &&Executor| {
        let values = |role| {
            let of = samples.iter().filter(|s| {
                s.workload == info.name && s.executor == executor.name && s.role == role
            });
            of.filter_map(|s| Some(s.outcome()?.values[0])).collect::<Vec<_>>()
        };
        let (alone, all) = (values(Role::Workers(1)), values(Role::Figure));
        let sure = confidence(&alone, &all).max(confidence(&all, &alone));
        let fewer = fewer.iter().map(|workers| (*workers, values(Role::Workers(*workers))));
        let by_workers = fewer.chain([(plan.threads, all)]);
        Some(Scaling {
            workload: info.name.to_owned(),
            label: info.rows[0].label.to_owned(),
            unit: info.rows[0].unit,
            executor: executor.name.to_owned(),
            tied: sure < CONFIDENT - 1e-9,
            by_workers: by_workers
                .map(|(workers, values)| Some((workers, Summary::of(&values)?)))
                .collect::<Option<_>>()?,
        })
    };
    let several = plan.executors.iter().filter(|executor| executor.class == Class::Several);
    several.filter_map(one).collect()
}

/// The middle of what some samples say.
fn middle(samples: &[&Sample], of: impl Fn(&Outcome) -> Option<f64>) -> Option<f64> {
    let mut values: Vec<_> = samples.iter().filter_map(|s| of(s.outcome()?)).collect();
    (!values.is_empty()).then(|| median(&mut values))
}

impl Cell {
    fn new(
        executor: &Executor,
        samples: Vec<f64>,
        figures: &[&Sample],
        counted: &[&Sample],
        instructions: &[&Sample],
    ) -> Self {
        let each = |value: Option<f64>, outcome: &Outcome| Some(value? / outcome.operations as f64);
        let loads = figures.iter().filter_map(|sample| sample.foreign_load);
        Self {
            executor: executor.name.to_owned(),
            summary: Summary::of(&samples),
            samples,
            ratio: None,
            confidence: 0.0,
            tied: false,
            cpu_ns: middle(figures, |o| each(o.spent.cpu_ns, o)),
            switches: middle(figures, |o| each(o.spent.switches, o)),
            allocations: middle(counted, |o| each(o.spent.allocations, o)),
            allocated_bytes: middle(counted, |o| each(o.spent.allocated_bytes, o)),
            instructions: instructions.iter().find_map(|sample| match sample.result {
                Taken::Instructions(count) => Some(count),
                _ => None,
            }),
            peak_rss: middle(figures, |o| Some(o.peak_rss? as f64)),
            foreign_load: loads.reduce(f64::max),
            curve: figures
                .iter()
                .rev()
                .find_map(|s| Some(s.outcome()?.curve.clone()))
                .unwrap_or_default(),
            failure: None,
            failures: 0,
        }
    }

    fn compare(&mut self, best: Option<&Self>, noise: f64) {
        let (Some(best), Some(summary)) = (best, &self.summary) else { return };
        let (this, least) = (summary.median, best.median());
        let ratio = if this.total_cmp(&least).is_eq() { 1.0 } else { this / least };
        self.ratio = ratio.is_finite().then_some(ratio);
        self.confidence = confidence(&self.samples, &best.samples);
        let is_sure = self.confidence > CONFIDENT - 1e-9;
        self.tied = self.executor != best.executor && !(is_sure && ratio > 1.0 + noise);
    }

    /// The summary, unless a sample failed: an executor that sometimes fails is not compared.
    pub(crate) fn clean(&self) -> Option<&Summary> {
        self.summary.as_ref().filter(|_| self.failures == 0)
    }

    pub(crate) fn median(&self) -> f64 {
        self.summary.map_or(f64::NAN, |summary| summary.median)
    }
}

fn answer(workload: &Entry, samples: &[Sample]) -> Option<Answer> {
    let of = samples.iter().filter(|sample| sample.workload == workload.info.name);
    let answers = of.filter_map(|sample| Some((sample, sample.outcome()?.answer.as_ref()?)));
    let answers: Vec<_> = answers.collect();
    let (_, first) = answers.first()?;
    let differs = answers.iter().filter(|(_, other)| other != first);
    let mut others: Vec<_> = differs.map(|(sample, _)| sample.executor.clone()).collect();
    others.sort_unstable();
    others.dedup();
    Some(Answer { workload: workload.info.name.to_owned(), text: (*first).clone(), others })
}

impl Sample {
    fn outcome(&self) -> Option<&Outcome> {
        match &self.result {
            Taken::Outcome(outcome) => Some(outcome),
            Taken::Instructions(_) | Taken::Failure(_) => None,
        }
    }

    fn failure(&self) -> Option<&Failure> {
        match &self.result {
            Taken::Failure(failure) => Some(failure),
            Taken::Outcome(_) | Taken::Instructions(_) => None,
        }
    }
}

/// Three digits or so, four characters at most.
pub(crate) fn factor(ratio: f64) -> String {
    match ratio {
        ..9.995 => format!("{ratio:.2}"),
        ..99.95 => format!("{ratio:.1}"),
        ..9999.5 => format!("{ratio:.0}"),
        ..=f64::MAX => format!("{:.0}k", ratio / 1000.0),
        _ => "more".to_owned(),
    }
}

/// Three digits and a unit.
pub(crate) fn quantity(value: f64, unit: Unit) -> String {
    let (value, name) = match (unit, value) {
        (Unit::Bytes, ..1e4) => return format!("{value:.0} B"),
        (Unit::Bytes, ..1e6) => (value / 1e3, "kB"),
        (Unit::Bytes, _) => (value / 1e6, "MB"),
        (Unit::Number, _) if value.fract() == 0.0 => return format!("{value:.0}"),
        (Unit::Number, _) => return factor(value),
        (Unit::Nanoseconds, ..999.5) => (value, "ns"),
        (Unit::Nanoseconds, ..999_500.0) => (value / 1e3, "µs"),
        (Unit::Nanoseconds, ..999.5e6) => (value / 1e6, "ms"),
        (Unit::Nanoseconds, _) => (value / 1e9, "s"),
    };
    match value {
        ..9.995 => format!("{value:.2} {name}"),
        ..99.95 => format!("{value:.1} {name}"),
        _ => format!("{value:.0} {name}"),
    }
}

pub(crate) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
