//! Pages in Markdown, made of a seed: headings, running text with links and emphasis, lists, code, a
//! table, a callout. Equal seeds make equal pages. It must never know how pages are shown.

use std::fmt::Write;

use kernel::{Entropy, SeededEntropy};

const WORDS: [&str; 40] = [
    "release",
    "pointer",
    "website",
    "page",
    "tenant",
    "visitor",
    "tree",
    "theme",
    "author",
    "draft",
    "a",
    "the",
    "of",
    "and",
    "to",
    "with",
    "from",
    "every",
    "one",
    "shows",
    "moves",
    "keeps",
    "names",
    "reads",
    "writes",
    "publishes",
    "returns",
    "before",
    "after",
    "under",
    "quickly",
    "again",
    "whole",
    "small",
    "new",
    "same",
    "first",
    "last",
    "immutable",
    "plain",
];

/// Writes a page of `sections` sections.
pub fn markdown(seed: u64, sections: usize) -> String {
    let mut page = Writer {
        dice: SeededEntropy::new(seed),
        text: String::new(),
    };
    page.paragraph(36);
    for section in 0..sections {
        page.section(section);
    }
    page.text
}

struct Writer {
    dice: SeededEntropy,
    text: String,
}

impl Writer {
    fn section(&mut self, number: usize) {
        let title = self.words(3);
        self.push(format_args!("## {number} {title}\n\n"));
        self.paragraph(60);
        match number % 5 {
            0 => self.list(5),
            1 => self.code(),
            2 => self.table(4),
            3 => self.callout(),
            _ => self.paragraph(50),
        }
        self.paragraph(45);
    }

    fn paragraph(&mut self, words: usize) {
        for at in 0..words {
            let word = self.word();
            // One word in fifteen is marked: as in HotSwap's own documentation.
            match at % 45 {
                7 => self.push(format_args!("**{word}** ")),
                22 => self.push(format_args!("[{word} {at}](/guide/{word}) ")),
                37 => self.push(format_args!("`{word}` ")),
                _ => self.push(format_args!("{word} ")),
            }
        }
        self.push(format_args!("& so on.\n\n"));
    }

    fn list(&mut self, items: usize) {
        for _ in 0..items {
            let words = self.words(9);
            self.push(format_args!("- {words}\n"));
        }
        self.push(format_args!("\n"));
    }

    fn code(&mut self) {
        let (name, value) = (self.word(), self.words(4));
        self.push(format_args!(
            "```rust\nlet {name} = \"{value}\";\nif a < b && b > c {{ return &{name}; }}\n```\n\n"
        ));
    }

    fn table(&mut self, rows: usize) {
        self.push(format_args!(
            "| name | value | meaning |\n| --- | ---: | --- |\n"
        ));
        for row in 0..rows {
            let (name, words) = (self.word(), self.words(5));
            self.push(format_args!("| {name} | {row} | {words} |\n"));
        }
        self.push(format_args!("\n"));
    }

    fn callout(&mut self) {
        let words = self.words(16);
        self.push(format_args!("> [!NOTE]\n> {words}\n\n"));
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<&str> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }

    fn word(&mut self) -> &'static str {
        let mut byte = [0];
        self.dice.fill(&mut byte);
        let at = usize::from(byte.first().copied().unwrap_or_default()) % WORDS.len();
        WORDS.get(at).copied().unwrap_or_default()
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing into text cannot fail.
        let _never = self.text.write_fmt(text);
    }
}

#[cfg(test)]
mod tests {
    use super::markdown;

    #[test]
    fn equal_seeds_make_equal_pages() {
        assert_eq!(markdown(1, 3), markdown(1, 3));
        assert_ne!(markdown(1, 3), markdown(2, 3));
        assert!(markdown(1, 4).len() > markdown(1, 3).len());
    }
}
