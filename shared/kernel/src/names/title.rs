//! Names that people read: of tenants and websites.

use crate::limits::NAME_CHARS_MAX;
use crate::names::MalformedName;

/// Reads a name that people see: one line of text, without the white space around it.
///
/// # Errors
///
/// If nothing is left, if it has more than 255 characters, or if it has characters that are not seen
/// but change how it is: control characters, and those that turn the direction of text.
pub fn read_title(text: &str) -> Result<String, MalformedName> {
    let name = text.trim();
    if name.is_empty() || name.chars().nth(NAME_CHARS_MAX).is_some() {
        return Err(MalformedName("must have 1 to 255 characters"));
    }
    if name.chars().any(is_unseen) {
        return Err(MalformedName(
            "must not contain control characters or marks of direction",
        ));
    }
    Ok(name.to_owned())
}

/// Control characters, and the explicit marks of direction (UAX #9 §2).
fn is_unseen(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::read_title;

    #[test]
    fn a_name_is_a_line_of_text() {
        let longest = "ñ".repeat(255);
        for (text, name) in [
            ("A", "A"),
            ("Käse & <Brot>", "Käse & <Brot>"),
            (" two  words\n", "two  words"),
            ("שלום", "שלום"),
            (&*format!(" {longest}\t"), &*longest),
        ] {
            assert_eq!(read_title(text).unwrap(), name);
        }
        let too_long = "ñ".repeat(256);
        for name in ["", "  ", "a\nb", "a\0", "a\u{7f}", "a\u{202e}b", &*too_long] {
            assert!(read_title(name).is_err(), "{name:?}");
        }
    }
}
