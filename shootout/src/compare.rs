//! What changed since an earlier run.

use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

use crate::executors::Class;
use crate::results::{Report, VERSION, quantity};
use crate::stats::{CONFIDENT, confidence};
use crate::workloads::Unit;

/// The cells of two reports, side by side.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// When the old report was taken: seconds since 1970.
    pub(crate) since: u64,
    /// Why the two are hard to compare, if they are.
    pub(crate) differences: Vec<String>,
    /// What had a figure then, and fails now.
    pub(crate) failing: Vec<String>,
    /// Cells that have a figure in both.
    pub(crate) compared: usize,
    /// Those that differ beyond the noise of both, slower ones first.
    pub(crate) changes: Vec<Change>,
}

#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) label: String,
    pub(crate) executor: String,
    pub(crate) unit: Unit,
    pub(crate) old: f64,
    pub(crate) new: f64,
    pub(crate) confidence: f64,
}

impl Change {
    /// The new over the old: above 1 it got slower.
    pub(crate) fn factor(&self) -> f64 {
        self.new / self.old
    }
}

/// Reads an earlier report.
///
/// # Errors
///
/// If it is not there, or is no report, or one of another version.
pub(crate) fn read(path: &Path) -> io::Result<Report> {
    #[derive(Deserialize)]
    struct Head {
        version: u32,
    }
    let explain = |why: &dyn std::fmt::Display| {
        io::Error::other(format!("can't compare with {}: {why}", path.display()))
    };
    let text = fs::read(path).map_err(|error| explain(&error))?;
    let head: Head = serde_json::from_slice(&text)
        .map_err(|error| explain(&format!("it is not a report of the shootout: {error}")))?;
    if head.version != VERSION {
        return Err(explain(&format!(
            "it is a report of version {}, and only those of version {VERSION} can be compared; \
             take it again with this program",
            head.version
        )));
    }
    serde_json::from_slice(&text)
        .map_err(|error| explain(&format!("it is damaged, or of another program: {error}")))
}

impl Comparison {
    pub(crate) fn new(old: &Report, new: &Report) -> Self {
        let mut differences = new.machine.differences(&old.machine);
        if old.settings.threads != new.settings.threads {
            let (old, new) = (old.settings.threads, new.settings.threads);
            differences.push(format!("worker threads: {old}, now {new}"));
        }
        if old.settings.quick != new.settings.quick {
            differences.push("one of the two is a quick run".to_owned());
        }
        let (mut failing, mut compared, mut changes) = (Vec::new(), 0, Vec::new());
        for row in &new.rows {
            let key = |class: Class, label: &str| class == row.class && label == row.label;
            let Some(was) = old.rows.iter().find(|old| key(old.class, &old.label)) else {
                continue;
            };
            for cell in &row.cells {
                let old = was.cells.iter().find(|old| old.executor == cell.executor);
                let Some((old, before)) = old.and_then(|old| Some((old, old.clean()?))) else {
                    continue;
                };
                if let Some(failure) = &cell.failure {
                    let was = quantity(before.median, row.unit);
                    let (label, executor, kind) = (&row.label, &cell.executor, failure.kind);
                    failing.push(format!("{label} on {executor}: {kind}, was {was}"));
                }
                let Some(now) = cell.clean() else { continue };
                compared += 1;
                let slower = confidence(&cell.samples, &old.samples);
                let faster = confidence(&old.samples, &cell.samples);
                let (low, high) = (before.median.min(now.median), before.median.max(now.median));
                let is_sure = slower.max(faster) > CONFIDENT - 1e-9;
                if is_sure && high > low * (1.0 + row.noise.max(was.noise)) {
                    changes.push(Change {
                        label: row.label.clone(),
                        executor: cell.executor.clone(),
                        unit: row.unit,
                        old: before.median,
                        new: now.median,
                        confidence: slower.max(faster),
                    });
                }
            }
        }
        changes.sort_by(|a, b| b.factor().total_cmp(&a.factor()));
        Self { since: old.ended, differences, failing, compared, changes }
    }
}
