//! The ids of headings: made from their text, unique in a document.

use std::collections::{BTreeMap, BTreeSet};

use super::{block::Block, inline};
use crate::limits::ANCHOR_CHARS_MAX;

/// What is taken of a heading's text, in characters; the rest of the limit is for a number.
const WANTED_CHARS_MAX: usize = ANCHOR_CHARS_MAX - 12;

/// Gives every heading without an id one that no other heading has.
pub(crate) fn assign(blocks: &mut [Block]) {
    let mut taken = Taken::default();
    collect(blocks, &mut taken.ids);
    fill(blocks, &mut taken);
}

/// Whether `id` has the shape of an id: lower-case letters and digits, joined by single hyphens.
/// Ids of a theme contain an underscore, so the two never meet.
pub(crate) fn is_valid(id: &str) -> bool {
    id.chars().count() <= ANCHOR_CHARS_MAX
        && id
            .split('-')
            .all(|word| !word.is_empty() && word.chars().all(is_plain))
}

fn is_plain(character: char) -> bool {
    character.is_alphanumeric() && character.to_lowercase().eq([character])
}

/// The ids in use, and for each wanted one the number to try next.
#[derive(Default)]
struct Taken {
    ids: BTreeSet<String>,
    next: BTreeMap<String, u32>,
}

impl Taken {
    fn take(&mut self, wanted: &str) -> String {
        let mut candidate = wanted.to_owned();
        while !self.ids.insert(candidate.clone()) {
            let number = self.next.entry(wanted.to_owned()).or_insert(1);
            *number += 1;
            candidate = format!("{wanted}-{number}");
        }
        candidate
    }
}

fn collect(blocks: &[Block], taken: &mut BTreeSet<String>) {
    for block in blocks {
        if let Block::Heading { id, .. } = block
            && !id.is_empty()
        {
            taken.insert(id.clone());
        }
        children(block).for_each(|inner| collect(inner, taken));
    }
}

fn fill(blocks: &mut [Block], taken: &mut Taken) {
    for block in blocks {
        if let Block::Heading { id, content, .. } = block
            && id.is_empty()
        {
            *id = taken.take(&slug(&inline::plain(content)));
        }
        match block {
            Block::Quote { blocks } | Block::Callout { blocks, .. } => fill(blocks, taken),
            Block::List { items, .. } => {
                for item in items {
                    fill(&mut item.blocks, taken);
                }
            }
            Block::Paragraph { .. }
            | Block::Heading { .. }
            | Block::Code { .. }
            | Block::Table { .. }
            | Block::Image { .. }
            | Block::Divider {} => {}
        }
    }
}

/// Returns the lists of blocks within a block.
pub(crate) fn children(block: &Block) -> Box<dyn Iterator<Item = &[Block]> + '_> {
    match block {
        Block::Quote { blocks } | Block::Callout { blocks, .. } => {
            Box::new(std::iter::once(blocks.as_slice()))
        }
        Block::List { items, .. } => Box::new(items.iter().map(|item| item.blocks.as_slice())),
        Block::Paragraph { .. }
        | Block::Heading { .. }
        | Block::Code { .. }
        | Block::Table { .. }
        | Block::Image { .. }
        | Block::Divider {} => Box::new(std::iter::empty()),
    }
}

/// Turns text into an id.
fn slug(text: &str) -> String {
    let mut id = String::new();
    let lower = text.chars().flat_map(char::to_lowercase);
    for character in lower.take(WANTED_CHARS_MAX) {
        if is_plain(character) {
            id.push(character);
        } else if !id.is_empty() && !id.ends_with('-') && !is_silent(character) {
            id.push('-');
        }
    }
    let trimmed = id.trim_end_matches('-');
    if trimmed.is_empty() {
        "section".to_owned()
    } else {
        trimmed.to_owned()
    }
}

/// Apostrophes join what they stand between.
const fn is_silent(character: char) -> bool {
    matches!(character, '\'' | '\u{2019}')
}
