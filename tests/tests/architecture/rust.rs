//! Rust source taken apart as far as rules need it: code without words, and the words. It must
//! never know the rules.

/// Source taken apart: in `code`, comments and the insides of literals are blank, so that a match
/// there is a match in code; lines stay where they are.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) code: String,
    /// The text of every string literal, with the line it begins on, from 1.
    pub(crate) literals: Vec<(usize, String)>,
}

/// What stands at the beginning of a piece of source.
enum Piece {
    Comment(usize),
    Text {
        start: usize,
        end: usize,
        whole: usize,
    },
    Letter(usize),
    Other,
}

/// Takes source apart.
pub(crate) fn source(text: &str) -> Source {
    let mut source = Source::default();
    let mut rest = text;
    let mut line = 1;
    let mut in_word = false;
    while let Some(first) = rest.chars().next() {
        let length = match piece(rest, in_word) {
            Piece::Comment(length) | Piece::Letter(length) => {
                blank(&rest[..length], &mut source.code);
                length
            }
            Piece::Text { start, end, whole } => {
                source.literals.push((line, rest[start..end].to_owned()));
                blank(&rest[..whole], &mut source.code);
                whole
            }
            Piece::Other => {
                source.code.push(first);
                first.len_utf8()
            }
        };
        in_word = first.is_alphanumeric() || first == '_';
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    source
}

fn piece(rest: &str, in_word: bool) -> Piece {
    if rest.starts_with("//") {
        return Piece::Comment(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Piece::Comment(block_comment(rest));
    }
    if rest.starts_with('"') {
        return quoted(rest, 1);
    }
    if rest.starts_with('\'') {
        return letter(rest);
    }
    if !in_word {
        let marks = rest.trim_start_matches(['b', 'c']);
        let prefix = rest.len() - marks.len();
        if prefix <= 1 && marks.starts_with('"') {
            return quoted(rest, prefix + 1);
        }
        if prefix <= 1 && (marks.starts_with("r\"") || marks.starts_with("r#")) {
            return raw(rest, prefix + 1);
        }
    }
    Piece::Other
}

/// Returns the length of a block comment; block comments nest.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn quoted(rest: &str, start: usize) -> Piece {
    let mut is_escaped = false;
    for (at, letter) in rest[start..].char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => {
                return Piece::Text {
                    start,
                    end: start + at,
                    whole: start + at + 1,
                };
            }
            _ => {}
        }
    }
    Piece::Text {
        start,
        end: rest.len(),
        whole: rest.len(),
    }
}

fn raw(rest: &str, prefix: usize) -> Piece {
    let hashes = rest[prefix..]
        .bytes()
        .take_while(|&byte| byte == b'#')
        .count();
    let start = prefix + hashes + 1;
    if rest.as_bytes().get(start - 1) != Some(&b'"') {
        // A raw identifier such as `r#type`.
        return Piece::Other;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let end = rest[start..]
        .find(&close)
        .map_or(rest.len(), |at| start + at);
    Piece::Text {
        start,
        end,
        whole: (end + close.len()).min(rest.len()),
    }
}

/// Tells a character literal from a lifetime.
fn letter(rest: &str) -> Piece {
    let mut letters = rest.char_indices().skip(1);
    match letters.next() {
        Some((_, '\\')) => {
            let from = rest.char_indices().nth(3).map_or(rest.len(), |(at, _)| at);
            Piece::Letter(
                rest[from..]
                    .find('\'')
                    .map_or(rest.len(), |at| from + at + 1),
            )
        }
        Some(_) => match letters.next() {
            Some((at, '\'')) => Piece::Letter(at + 1),
            _ => Piece::Other,
        },
        None => Piece::Other,
    }
}

fn blank(text: &str, code: &mut String) {
    code.extend(
        text.chars()
            .map(|letter| if letter == '\n' { '\n' } else { ' ' }),
    );
}

/// Returns the words of code with what follows each: what a path's root and a call are told by.
pub(crate) fn words(code: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = code;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|letter: char| !is_word(letter));
        let end = rest
            .find(|letter: char| !is_word(letter))
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        (!word.is_empty()).then_some((word, after))
    })
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Returns the part of a file that only tests use: all of it, or what follows `#[cfg(test)]`.
pub(crate) fn test_part<'a>(path: &str, code: &'a str) -> &'a str {
    if path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs") {
        return code;
    }
    code.find("#[cfg(test)]").map_or("", |at| &code[at..])
}

#[cfg(test)]
mod tests {
    use super::{source, test_part, words};

    #[test]
    fn comments_and_literals_are_taken_out() {
        let text = concat!(
            "let a = \"x // \\\" y\"; // gone \"too\"\n",
            "/* gone /* deep */ still */ let r#type = r#\"raw \"q\" \"#;\n",
            "let c = '\"'; let d = '\\''; fn f<'a>(b: &'a str) -> u8 { b\"bytes\"[0] }\n",
        );
        let source = source(text);
        let literals: Vec<_> = source
            .literals
            .iter()
            .map(|(line, text)| (*line, &**text))
            .collect();
        assert_eq!(
            literals,
            [(1, "x // \\\" y"), (2, "raw \"q\" "), (3, "bytes")]
        );
        let words: Vec<&str> = words(&source.code).map(|(word, _)| word).collect();
        let expected = "let a let r type let c let d fn f a b a str u8 0";
        assert_eq!(words.join(" "), expected);
        assert_eq!(source.code.lines().count(), 3);
    }

    #[test]
    fn unfinished_source_ends() {
        for text in ["\"open", "/* open", "r#\"open", "'", "b", "r#", "'\\"] {
            assert_eq!(
                source(text).code.chars().count(),
                text.chars().count(),
                "{text}"
            );
        }
    }

    #[test]
    fn what_only_tests_use_is_found() {
        assert_eq!(test_part("tests/src/lib.rs", "all"), "all");
        assert_eq!(test_part("shared/a/tests/it.rs", "all"), "all");
        assert_eq!(
            test_part("shared/a/src/b.rs", "x #[cfg(test)] y"),
            "#[cfg(test)] y"
        );
        assert_eq!(test_part("shared/a/src/b.rs", "x"), "");
    }
}
