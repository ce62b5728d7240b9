//! Text into HTML, the way the HTML standard serialises it (§13.3).

/// Appends `text` as the content of an element.
pub(crate) fn text(out: &mut String, text: &str) {
    append(out, text, false);
}

/// Tells whether `text` stays as it is, wherever it is written.
pub(crate) fn is_plain(text: &str) -> bool {
    find(text.as_bytes(), may_be_special, is_special).is_none()
}

/// Appends `text` as the value of a double-quoted attribute.
pub(crate) fn attribute(out: &mut String, text: &str) {
    append(out, text, true);
}

fn append(out: &mut String, text: &str, quotes: bool) {
    let mut rest = text;
    while let Some(at) = find(rest.as_bytes(), may_be_special, is_special) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = special.chars();
        match characters.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('"') if quotes => out.push_str("&quot;"),
            Some('\u{a0}') => out.push_str("&nbsp;"),
            Some(other) => out.push(other),
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

/// Whether a byte must be looked at; 0xc2 begins the space that does not break.
const fn is_special(byte: u8) -> bool {
    matches!(byte, b'&' | b'<' | b'>' | b'"' | 0xc2)
}

/// Tells whether one of eight bytes may be special.
const fn may_be_special(word: u64) -> bool {
    has_either(word, b'<', b'>') | has_either(word, b'"', b'&') | has(word, 0xc2)
}

/// Returns where the first byte is that is looked for. Eight bytes are looked at together, and one
/// by one only if `may_be_wanted` says that it is worth it.
pub(crate) fn find(
    bytes: &[u8],
    may_be_wanted: impl Fn(u64) -> bool,
    is_wanted: impl Fn(u8) -> bool,
) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        if may_be_wanted(u64::from_le_bytes(*word))
            && let Some(at) = word.iter().position(|byte| is_wanted(*byte))
        {
            return Some(number * 8 + at);
        }
    }
    let at = rest.iter().position(|byte| is_wanted(*byte))?;
    Some(words.len() * 8 + at)
}

/// Tells whether one of eight bytes is `byte`.
pub(crate) const fn has(word: u64, byte: u8) -> bool {
    has_less(word ^ each(byte), 1)
}

/// Tells whether one of eight bytes is one of two that differ in one bit.
pub(crate) const fn has_either(word: u64, one: u8, other: u8) -> bool {
    has(word & !each(one ^ other), one & other)
}

/// Tells whether one of eight bytes is less than `limit`, which is 128 at most. Beyond one that
/// is, and only there, borrowing makes others look as if they were.
pub(crate) const fn has_less(word: u64, limit: u8) -> bool {
    word.wrapping_sub(each(limit)) & !word & each(0x80) != 0
}

/// Returns eight times the same byte.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

#[cfg(test)]
mod tests {
    use super::{each, find, has, has_less, is_special, may_be_special};

    #[test]
    fn the_first_byte_is_found_wherever_it_stands() {
        for length in 0..40 {
            let mut bytes = vec![b'a'; length];
            assert_eq!(find(&bytes, may_be_special, is_special), None);
            for at in (0..length).rev() {
                for special in (0..=255).filter(|byte| is_special(*byte)) {
                    bytes[at] = special;
                    let found = find(&bytes, may_be_special, is_special);
                    assert_eq!(found, Some(at), "{special}");
                }
            }
        }
    }

    #[test]
    fn eight_bytes_are_looked_at_together() {
        for byte in 0..=255 {
            for place in 0..8 {
                let mut bytes = *b"aaaaaaaa";
                bytes[place] = byte;
                let word = u64::from_le_bytes(bytes);
                assert_eq!(may_be_special(word), is_special(byte), "{byte}");
                assert!(has(word, byte));
                assert_eq!(has_less(word, b' '), byte < b' ', "{byte}");
            }
            assert_eq!(each(byte).to_be_bytes(), [byte; 8]);
        }
    }
}
