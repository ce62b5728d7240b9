//! The file of the ceilings: reading it, and holding against it what was measured.

use std::collections::BTreeSet;
use std::fmt;
use std::fmt::Write;

use tests::wiring::template;
use web::RouteDoc;

use crate::costs::{COLUMNS, Cells};

const FILE: &str = include_str!("../../budgets.txt");

/// What stands in the first cell of a ceiling that is the design's own.
const DESIGN: &str = "design";

/// The ceilings that the design sets.
const CEILINGS: usize = 31;

/// What a line is about: a function, what it does, and whether its environment is warm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Subject {
    pub(crate) function: String,
    pub(crate) what: String,
    pub(crate) state: &'static str,
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} | {} | {}",
            self.function, self.what, self.state
        )
    }
}

/// A line: what something costs at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) subject: Subject,
    pub(crate) cells: Cells,
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} | {}", self.subject, self.cells.join(" | "))
    }
}

/// A ceiling that is the design's own: of one column of one line.
struct Ceiling {
    subject: Subject,
    column: usize,
    most: f64,
    /// Why the line is above it, if it is.
    why: String,
}

fn state(text: &str) -> &'static str {
    let states = ["cold", "warm"];
    let found = states.into_iter().find(|state| *state == text);
    found.unwrap_or_else(|| panic!("`{text}` is neither cold nor warm"))
}

fn subject([function, what, word]: [&str; 3]) -> Subject {
    Subject {
        function: function.to_owned(),
        what: what.to_owned(),
        state: state(word),
    }
}

/// Returns the rows of the file, as cells.
fn rows(file: &str) -> impl Iterator<Item = Vec<&str>> {
    file.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('|').map(str::trim).collect())
}

fn lines(file: &str) -> Vec<Line> {
    rows(file)
        .filter(|row| row[0] != DESIGN)
        .map(|row| {
            assert_eq!(row.len(), 3 + COLUMNS.len(), "{row:?}");
            let (about, cells) = row.split_at(3);
            Line {
                subject: subject(about.try_into().unwrap()),
                cells: std::array::from_fn(|column| cells[column].to_owned()),
            }
        })
        .collect()
}

fn ceilings(file: &str) -> Vec<Ceiling> {
    rows(file)
        .filter(|row| row[0] == DESIGN)
        .map(|row| {
            assert!((6..=7).contains(&row.len()), "{row:?}");
            let column = COLUMNS.iter().position(|column| *column == row[4]);
            Ceiling {
                subject: subject(row[1..4].try_into().unwrap()),
                column: column.unwrap_or_else(|| panic!("there is no column `{}`", row[4])),
                most: row[5].parse().unwrap(),
                why: (*row.get(6).unwrap_or(&"")).to_owned(),
            }
        })
        .collect()
}

/// Checks that the file has exactly what was measured of a function.
pub(crate) fn hold(function: &str, measured: &[Line]) {
    let differences = differences(function, measured, &lines(FILE));
    assert!(
        differences.is_empty(),
        "{function}: tests/budgets.txt is not what it costs. Less is written down; more is a \
         decision.\n{differences}"
    );
}

fn differences(function: &str, measured: &[Line], known: &[Line]) -> String {
    let known: Vec<&Line> = known
        .iter()
        .filter(|line| line.subject.function == function)
        .collect();
    let mut text = String::new();
    for line in measured {
        match known.iter().find(|known| known.subject == line.subject) {
            None => writeln!(text, "has no line: {line}").unwrap(),
            Some(known) if known.cells != line.cells => {
                writeln!(text, "costs now: {line}").unwrap();
                for (column, name) in COLUMNS.iter().enumerate() {
                    let (now, most) = (&line.cells[column], &known.cells[column]);
                    if now != most {
                        writeln!(text, "    {name}: {now}, not {most}").unwrap();
                    }
                }
            }
            Some(_) => {}
        }
    }
    for line in known {
        if !measured.iter().any(|other| other.subject == line.subject) {
            writeln!(text, "is about nothing: {line}").unwrap();
        }
    }
    text
}

/// Checks that what was measured of a function has every one of its routes, in both states. An alias
/// is another spelling of its route.
pub(crate) fn hold_routes(function: &str, measured: &[Line], routes: &[RouteDoc]) {
    let known: BTreeSet<(&str, &str)> = measured
        .iter()
        .map(|line| (&*line.subject.what, line.subject.state))
        .collect();
    for route in routes.iter().filter(|route| route.alias_of.is_none()) {
        let name = format!("{} {}", route.method, route.path);
        for state in ["cold", "warm"] {
            assert!(
                known.contains(&(&name, state)),
                "{function}: {name} {state}"
            );
        }
    }
    hold(function, measured);
}

#[test]
fn every_function_has_lines_and_no_line_is_there_twice() {
    let lines = lines(FILE);
    let functions: BTreeSet<String> = lines
        .iter()
        .map(|line| line.subject.function.clone())
        .collect();
    let deployed = template().unwrap().functions;
    let deployed: BTreeSet<String> = deployed.into_iter().map(|found| found.name).collect();
    assert_eq!(functions, deployed);
    let subjects: BTreeSet<&Subject> = lines.iter().map(|line| &line.subject).collect();
    assert_eq!(subjects.len(), lines.len());
}

#[test]
fn what_the_design_allows_is_not_exceeded_without_a_reason() {
    let (lines, ceilings) = (lines(FILE), ceilings(FILE));
    assert_eq!(ceilings.len(), CEILINGS, "ceilings of the design");
    for ceiling in ceilings {
        let subject = &ceiling.subject;
        let line = lines.iter().find(|line| line.subject == *subject);
        let line = line.unwrap_or_else(|| panic!("the design's `{subject}` has no line"));
        let is_within = line.cells[ceiling.column].parse::<f64>().unwrap() <= ceiling.most;
        let column = COLUMNS[ceiling.column];
        assert_eq!(
            is_within,
            ceiling.why.is_empty(),
            "{subject}: {column} of {} against {}",
            line.cells[ceiling.column],
            ceiling.most
        );
    }
}

#[test]
fn one_more_and_one_less_are_both_found() {
    let file = "edge | a | warm | 1 | 1 | 0.5 | 0 | 0 | 0 | 0 | 1 | 2\n";
    let known = lines(file);
    assert_eq!(differences("edge", &known, &known), "");
    for other in ["0", "2"] {
        let mut measured = known.clone();
        measured[0].cells[0] = other.to_owned();
        let found = differences("edge", &measured, &known);
        assert!(found.contains(&format!("calls: {other}, not 1")), "{found}");
    }
    assert!(differences("edge", &[], &known).starts_with("is about nothing: edge | a"));
    assert!(differences("edge", &known, &[]).starts_with("has no line: edge | a"));
    assert_eq!(differences("relay", &[], &known), "");
}
