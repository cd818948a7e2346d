use std::fmt::{self, Write as _};

use serde::Serialize;

use super::{Cost, Entry, Group, Kind, Workload};

/// One line of the report.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// The operation.
    pub workload: Workload,
    /// The runtime below.
    pub group: Group,
    /// The name for the command line.
    pub id: &'static str,
    /// The name in the report.
    pub label: &'static str,
    /// The side.
    pub kind: Kind,
    /// What an operation costs; `None` where the API does not have it.
    pub cost: Option<Cost>,
}

impl Measured {
    /// The line of `entry`.
    #[must_use]
    pub fn new(entry: &Entry, workload: Workload, cost: Option<Cost>) -> Self {
        let Entry { id, label, group, kind, .. } = *entry;
        Self { workload, group, id, label, kind, cost }
    }
}

/// All that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The lines, workload by workload, group by group.
    pub lines: Vec<Measured>,
}

impl Report {
    /// Adds up what a reader compares: each line's instructions over its group's first.
    fn ratio(&self, line: &Measured) -> Option<f64> {
        let same = |other: &&Measured| {
            other.workload == line.workload
                && other.group == line.group
                && other.kind == Kind::Direct
                && other.cost.is_some()
        };
        let base = self.lines.iter().find(same)?;
        if base.id == line.id {
            return None;
        }
        Some(line.cost?.instructions? / base.cost?.instructions? - 1.0)
    }

    fn sections(&self) -> impl Iterator<Item = (Workload, Vec<&Measured>)> {
        Workload::ALL.into_iter().filter_map(|workload| {
            let lines = self.lines.iter().filter(|line| line.workload == workload);
            let lines = lines.collect::<Vec<_>>();
            (!lines.is_empty()).then_some((workload, lines))
        })
    }

    fn cells(&self, line: &Measured) -> [String; 4] {
        let Some(cost) = line.cost else { return ["–", "", "–", "–"].map(String::from) };
        let instructions = match (cost.instructions, cost.spread) {
            (Some(count), Some(spread)) if spread > 0.005 => format!("~{count:.0}"),
            (Some(count), _) => format!("{count:.0}"),
            (None, _) => "–".into(),
        };
        let ratio = self.ratio(line).map(|ratio| format!("{:+.1} %", ratio * 100.0));
        let (allocations, bytes) = (cost.allocations, cost.bytes);
        [
            instructions,
            ratio.unwrap_or_default(),
            format!("{allocations:.2}"),
            format!("{bytes:.0}"),
        ]
    }

    /// The report as Markdown tables.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = String::from(
            "Written by `cargo run --release -p anyrt-benches --bin costs -- --markdown PATH`. Per \
             operation, inside a task, one thread for tasks. Instructions are valgrind's, of all threads; \
             `~`: repetitions differed by more than 0.5 %, the least is shown. *Against direct*: the first \
             line of the same runtime.\n",
        );
        for (workload, lines) in self.sections() {
            let _ = write!(
                text,
                "\n### To {}\n\n| on | through | instructions | against direct | allocations | bytes |\n\
                 |---|---|--:|--:|--:|--:|\n",
                workload.title()
            );
            for line in lines {
                let [instructions, ratio, allocations, bytes] = self.cells(line);
                let (group, label) = (line.group.title(), line.label);
                let label =
                    if line.kind == Kind::Ours { format!("**{label}**") } else { label.into() };
                let _ = writeln!(
                    text,
                    "| {group} | {label} | {instructions} | {ratio} | {allocations} | {bytes} |"
                );
            }
        }
        text
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (workload, lines) in self.sections() {
            let title = workload.title();
            writeln!(
                f,
                "\n{title:<42}{:>10}{:>10}{:>8}{:>9}",
                "instr", "direct", "allocs", "bytes"
            )?;
            let mut group = None;
            for line in lines {
                let heading = if group == Some(line.group) { "" } else { line.group.title() };
                group = Some(line.group);
                let [instructions, ratio, allocations, bytes] = self.cells(line);
                let label = line.label;
                writeln!(
                    f,
                    "  {heading:<14}{label:<26}{instructions:>10}{ratio:>10}{allocations:>8}{bytes:>9}"
                )?;
            }
        }
        Ok(())
    }
}
