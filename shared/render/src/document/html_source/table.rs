//! Imported HTML tables.

use super::{
    super::block::{Alignment, Block, TableCell, TableRow},
    Element, Flow, line,
};

/// Reads a table, with its caption as a paragraph before it.
pub(super) fn read(element: &Element, flow: &mut Flow) {
    let mut found = Found::default();
    found.collect(element, false);
    for caption in element.elements().filter(|inner| inner.name == "caption") {
        let content = line(&caption.children);
        if !content.is_empty() {
            flow.block(Block::Paragraph { content });
        }
    }
    if found.header.is_some() || !found.rows.is_empty() {
        while found.columns.last() == Some(&Alignment::None) {
            found.columns.pop();
        }
        flow.block(Block::Table {
            columns: found.columns,
            header: found.header,
            rows: found.rows,
        });
    }
}

#[derive(Default)]
struct Found {
    columns: Vec<Alignment>,
    header: Option<TableRow>,
    rows: Vec<TableRow>,
}

impl Found {
    fn collect(&mut self, parent: &Element, head: bool) {
        for element in parent.elements() {
            match element.name.as_str() {
                "thead" => self.collect(element, true),
                "tbody" | "tfoot" => self.collect(element, false),
                "tr" => self.row(element, head),
                _ => {}
            }
        }
    }

    fn row(&mut self, element: &Element, head: bool) {
        let cells = || {
            element
                .elements()
                .filter(|cell| cell.name == "td" || cell.name == "th")
        };
        let first = self.header.is_none() && self.rows.is_empty();
        if first {
            self.columns = cells().map(alignment).collect();
        }
        let titles = cells().all(|cell| cell.name == "th");
        let row = TableRow {
            cells: cells()
                .map(|cell| TableCell {
                    content: line(&cell.children),
                })
                .collect(),
        };
        if row.cells.is_empty() {
            return;
        }
        if first && (head || titles) {
            self.header = Some(row);
        } else {
            self.rows.push(row);
        }
    }
}

fn alignment(cell: &Element) -> Alignment {
    let class = cell
        .classes()
        .find_map(|class| class.strip_prefix("align-"));
    match class.or_else(|| cell.attribute("align")) {
        Some("left") => Alignment::Left,
        Some("center") => Alignment::Center,
        Some("right") => Alignment::Right,
        _ => Alignment::None,
    }
}
