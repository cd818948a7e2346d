use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::ValueEnum;
use wait_timeout::ChildExt;

use super::{Behaviour, Column, Subject};

/// What a subject did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Who.
    pub subject: &'static str,
    /// The column of the table.
    pub column: Column,
    /// What.
    pub behaviour: Behaviour,
    /// The words.
    pub words: String,
}

/// Runs one behaviour of one subject in a child process of `program`, the `matrix` binary.
///
/// # Errors
///
/// What kept the child process from being started, in words.
pub fn observe(
    program: &Path,
    subject: &Subject,
    behaviour: Behaviour,
    watchdog: Duration,
) -> Result<Observed, String> {
    let name = behaviour.to_possible_value().ok_or("a hidden behaviour")?;
    let mut command = Command::new(program);
    command.args(["child", subject.name, name.get_name()]);
    command.env("ASYNC_STD_THREAD_COUNT", behaviour.workers().to_string());
    command.env_remove("SMOL_THREADS"); // its default is one
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
    let fault = |error: std::io::Error| format!("{command:?}: {error}");
    let words = match child.wait_timeout(watchdog).map_err(fault)? {
        None => {
            child.kill().and_then(|()| child.wait()).map_err(fault)?;
            behaviour.without_end().into()
        }
        Some(status) if status.success() => {
            let mut words = String::new();
            let mut stdout = child.stdout.take().ok_or("the child has no stdout")?;
            stdout.read_to_string(&mut words).map_err(fault)?;
            words
        }
        Some(status) if status.code().is_some() => "ends the process".into(),
        Some(_) => "aborts the process".into(),
    };
    Ok(Observed { subject: subject.name, column: subject.column, behaviour, words })
}

/// A table with these columns, as Markdown.
#[must_use]
pub fn markdown(observed: &[Observed], columns: &[Column]) -> String {
    let mut text = String::from("|");
    let titles = columns.iter().map(|column| column.title());
    for heading in [""].into_iter().chain(titles).chain(["clause"]) {
        let _ = write!(text, " {heading} |");
    }
    text.push_str("\n|---|---|---|---|---|---|\n");
    for behaviour in Behaviour::value_variants() {
        let _ = write!(text, "| {} |", behaviour.title());
        for &column in columns {
            let of_cell =
                observed.iter().filter(|o| o.behaviour == *behaviour && o.column == column);
            let _ = write!(text, " {} |", cell(&of_cell.collect::<Vec<_>>(), column));
        }
        let _ = writeln!(text, " {} |", behaviour.clause());
    }
    text
}

/// One answer if all agree, else each with the names of those who gave it.
fn cell(observed: &[&Observed], column: Column) -> String {
    let mut answers: Vec<(&str, Vec<&str>)> = Vec::new();
    for Observed { subject, words, .. } in observed {
        let name = subject.strip_prefix(column.title()).map_or(*subject, str::trim);
        match answers.iter_mut().find(|(known, _)| known == words) {
            Some((_, subjects)) => subjects.push(name),
            None => answers.push((words, vec![name])),
        }
    }
    let bold = |words: &str| match column {
        Column::Anyrt => format!("**{words}**"),
        _ => words.into(),
    };
    if let [(words, _)] = &answers[..] {
        return bold(words);
    }
    let answers = answers.iter().map(|(words, by)| format!("{} ({})", bold(words), by.join(", ")));
    answers.collect::<Vec<_>>().join("; ")
}
