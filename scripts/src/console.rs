//! Where words for the person at the terminal go: results to standard output, progress to
//! standard error. It must never know what is being said.

use std::fmt;
use std::io::{IsTerminal, Write};

/// Writes a line of progress.
pub(crate) fn note(text: impl fmt::Display) {
    // A closed terminal is no reason to stop working.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Writes the heading of a step.
pub(crate) fn heading(text: impl fmt::Display) {
    if std::io::stderr().is_terminal() {
        note(format_args!("\n\u{1b}[1m== {text}\u{1b}[0m"));
    } else {
        note(format_args!("\n== {text}"));
    }
}

/// Writes a line of a result.
pub(crate) fn result(text: impl fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Writes rows, the first of which names the columns; columns of numbers stand to the right.
pub(crate) fn table(rows: &[Vec<String>]) {
    for line in lines(rows) {
        result(line);
    }
}

/// How a column is set.
struct Column {
    width: usize,
    is_numbers: bool,
}

fn lines(rows: &[Vec<String>]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let columns: Vec<Column> = (0..count).map(|index| column(rows, index)).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row
            .iter()
            .zip(&columns)
            .map(|(cell, column)| column.set(cell))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn column(rows: &[Vec<String>], index: usize) -> Column {
    let cells = || {
        rows.iter()
            .filter_map(|row| row.get(index))
            .filter(|cell| !cell.is_empty())
    };
    Column {
        width: cells().map(|cell| cell.chars().count()).max().unwrap_or(0),
        is_numbers: cells()
            .skip(1)
            .all(|cell| cell.starts_with(|first: char| first.is_ascii_digit())),
    }
}

impl Column {
    fn set(&self, cell: &str) -> String {
        let width = self.width;
        if self.is_numbers {
            format!("{cell:>width$}")
        } else {
            format!("{cell:<width$}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn columns_of_numbers_stand_to_the_right() {
        let rows = [
            ["stage", "time", "found"],
            ["fmt", "1.0 s", "23 crates"],
            ["clippy", "100.0 s", "nothing"],
        ];
        assert_eq!(
            lines(&rows.map(|row| row.map(str::to_owned).to_vec())),
            [
                "stage      time  found",
                "fmt       1.0 s  23 crates",
                "clippy  100.0 s  nothing"
            ]
        );
    }
}
