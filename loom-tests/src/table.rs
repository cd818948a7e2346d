//! The tables in README.md and MUTANTS.md: written by running, read by tests.

use std::fmt::Write as _;
use std::path::Path;

/// The rows of the table after `<!-- name -->`, cell by cell, without its head.
///
/// # Panics
///
/// When the file has no such table.
pub fn read(file: &Path, name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(file).expect("the file with the table");
    let (_, rest) = text.split_once(&marker(name)).expect("the table's marker");
    let rows = rest.trim_start().lines().take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|line| {
        let cells = line.trim_matches('|').split(" | ");
        cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    })
    .collect()
}

/// Puts `rows` in the place of the table after `<!-- name -->`.
///
/// # Panics
///
/// When the file has no such marker.
pub fn write(file: &Path, name: &str, head: &[&str], rows: &[Vec<String>]) {
    let text = std::fs::read_to_string(file).expect("the file with the table");
    let (before, rest) = text.split_once(&marker(name)).expect("the table's marker");
    let after: String = rest
        .trim_start()
        .lines()
        .skip_while(|line| line.starts_with('|'))
        .fold(String::new(), |all, line| all + line + "\n");
    let mut table = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        writeln!(table, "| {} |", row.join(" | ")).expect("a string takes all");
    }
    let after = after.trim_start();
    let gap = if after.is_empty() { "" } else { "\n" };
    let text = format!("{before}{}\n\n{table}{gap}{after}", marker(name));
    std::fs::write(file, text).expect("the file can be written");
}

fn marker(name: &str) -> String {
    format!("<!-- {name} -->")
}

/// `12345678` as `12,345,678`.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
