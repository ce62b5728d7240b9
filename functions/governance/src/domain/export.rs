//! A file of the audit trail: CSV for tables (RFC 4180), JSON for programs.

use csv::Writer;
use kernel::limits::{AUDIT_EXPORT_BYTES_MAX, AUDIT_EXPORT_ITEMS_MAX, LIST_ITEMS_MAX};
use serde::Serialize;

/// How a file is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// A list of entries.
    #[default]
    Json,
    /// A line for each entry, after one with the names of the columns.
    Csv,
}

impl Format {
    pub(crate) const ALL: [Self; 2] = [Self::Json, Self::Csv];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// An entry as a line of a table.
pub(crate) trait Row: Serialize {
    /// The names of the columns.
    const COLUMNS: &'static [&'static str];

    /// Returns what stands in the columns.
    fn cells(&self) -> Vec<String>;
}

/// What reading for one file may cost, in queries: a filter that matches almost nothing must not keep it for longer than
/// a function may take. A page that is full costs one.
const QUERIES_MAX: usize = 120;

/// What a page of one trail costs that is not full: as many reads as one page may take.
pub(crate) const OF_ONE_TRAIL: usize = 10;

/// What a page of all trails costs that is not full: two calls for each trail that one page may read.
pub(crate) const OF_ALL_TRAILS: usize = 40;

/// A file in the making.
#[derive(Debug)]
pub(crate) struct Export {
    format: Format,
    bytes: Vec<u8>,
    items: usize,
    queries: usize,
    /// What a page costs that is not full.
    sparse: usize,
}

/// What a cell may begin with that programs for tables take for a formula (OWASP, "CSV Injection").
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

impl Export {
    pub(crate) fn new<R: Row>(format: Format, sparse: usize) -> Self {
        let bytes = match format {
            Format::Json => vec![b'['],
            Format::Csv => line(R::COLUMNS.iter().map(|name| (*name).to_owned())),
        };
        Self {
            format,
            bytes,
            items: 0,
            queries: 0,
            sparse,
        }
    }

    /// Returns how many entries may be read next; none where there is enough in the file.
    pub(crate) fn room(&self) -> Option<usize> {
        let is_full = self.bytes.len() >= AUDIT_EXPORT_BYTES_MAX || self.queries >= QUERIES_MAX;
        let left = AUDIT_EXPORT_ITEMS_MAX.saturating_sub(self.items);
        (!is_full && left > 0).then(|| left.min(LIST_ITEMS_MAX))
    }

    /// Adds what was read, in the room that there was.
    pub(crate) fn add<R: Row>(
        &mut self,
        rows: impl Iterator<Item = R>,
    ) -> Result<(), serde_json::Error> {
        let (before, room) = (self.items, self.room().unwrap_or(0));
        for row in rows {
            match self.format {
                Format::Json => {
                    let between: &[u8] = if self.items == 0 { b"\n" } else { b",\n" };
                    self.bytes.extend_from_slice(between);
                    serde_json::to_writer(&mut self.bytes, &row)?;
                }
                Format::Csv => self.bytes.extend(line(row.cells().into_iter())),
            }
            self.items += 1;
        }
        let is_full = self.items.saturating_sub(before) >= room;
        self.queries += if is_full { 1 } else { self.sparse };
        Ok(())
    }

    /// Returns the whole file.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.format == Format::Json {
            self.bytes.extend_from_slice(b"\n]\n");
        }
        self.bytes
    }
}

/// Writes a line of a table. What a program for tables would take for a formula is marked as text.
fn line(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut writer = Writer::from_writer(Vec::new());
    let safe = cells.map(|cell| {
        if cell.starts_with(FORMULA) {
            format!("'{cell}")
        } else {
            cell
        }
    });
    // A list of bytes takes whatever is written to it.
    writer.write_record(safe).ok();
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use kernel::limits::{AUDIT_EXPORT_ITEMS_MAX, LIST_ITEMS_MAX};
    use serde::Serialize;

    use super::{Export, Format, OF_ONE_TRAIL, QUERIES_MAX, Row};

    #[derive(Serialize)]
    struct Line {
        agent: String,
    }

    impl Row for Line {
        const COLUMNS: &'static [&'static str] = &["agent"];

        fn cells(&self) -> Vec<String> {
            vec![self.agent.clone()]
        }
    }

    fn exported(format: Format, agents: &[&str]) -> String {
        let mut export = Export::new::<Line>(format, OF_ONE_TRAIL);
        let lines = agents.iter().map(|agent| Line {
            agent: (*agent).to_owned(),
        });
        export.add(lines).unwrap();
        String::from_utf8(export.finish()).unwrap()
    }

    #[test]
    fn a_cell_is_never_a_formula_and_never_two() {
        let csv = exported(
            Format::Csv,
            &["=1+1", "-2", "@x", "a,\"b\"\nc", "5 - 3", ""],
        );
        assert_eq!(
            csv,
            "agent\n'=1+1\n'-2\n'@x\n\"a,\"\"b\"\"\nc\"\n5 - 3\n\"\"\n"
        );
    }

    #[test]
    fn a_file_without_entries_is_whole() {
        assert_eq!(exported(Format::Csv, &[]), "agent\n");
        assert_eq!(exported(Format::Json, &[]), "[\n]\n");
        assert_eq!(
            exported(Format::Json, &["a", "b"]),
            "[\n{\"agent\":\"a\"},\n{\"agent\":\"b\"}\n]\n"
        );
    }

    #[test]
    fn a_file_ends_at_its_limits() {
        let mut many = Export::new::<Line>(Format::Csv, OF_ONE_TRAIL);
        let mut read = 0;
        while let Some(items) = many.room() {
            assert!(items <= LIST_ITEMS_MAX);
            let agent = "a".to_owned();
            many.add((0..items).map(|_| Line {
                agent: agent.clone(),
            }))
            .unwrap();
            read += items;
        }
        assert_eq!(read, AUDIT_EXPORT_ITEMS_MAX);
        let mut large = Export::new::<Line>(Format::Json, 1);
        let agent = "a".repeat(100_000);
        let mut times = 0;
        while large.room().is_some() {
            let agent = agent.clone();
            large.add(std::iter::once(Line { agent })).unwrap();
            times += 1;
        }
        assert_eq!(times, 32);
        let mut sparse = Export::new::<Line>(Format::Json, OF_ONE_TRAIL);
        let mut reads = 0;
        while sparse.room().is_some() {
            sparse.add(std::iter::empty::<Line>()).unwrap();
            reads += 1;
        }
        assert_eq!(reads, QUERIES_MAX / OF_ONE_TRAIL);
    }
}
