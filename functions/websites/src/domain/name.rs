//! Names that people see.

use kernel::limits::NAME_CHARS_MAX;
use render::FieldError;

/// Reads a website's name, which stands at `pointer`: without the white space around it.
pub(crate) fn read_name(text: &str, pointer: &str) -> Result<String, FieldError> {
    let name = text.trim();
    if name.is_empty() {
        return Err(FieldError::new(pointer, "must not be empty"));
    }
    if name.chars().any(char::is_control) {
        let detail = "must not contain control characters";
        return Err(FieldError::new(pointer, detail));
    }
    if name.chars().nth(NAME_CHARS_MAX).is_some() {
        let detail = format!("must have at most {NAME_CHARS_MAX} characters");
        return Err(FieldError::new(pointer, detail));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::read_name;

    #[test]
    fn a_name_is_a_line_of_text() {
        let longest = "ñ".repeat(255);
        for (text, name) in [
            ("A", "A"),
            ("Käse & <Brot>", "Käse & <Brot>"),
            (" two  words\n", "two  words"),
            (&*format!(" {longest}\t"), &*longest),
        ] {
            assert_eq!(read_name(text, "/name").unwrap(), name);
        }
        let too_long = "ñ".repeat(256);
        for name in ["", "  ", "a\nb", "a\u{7f}", &*too_long] {
            let error = read_name(name, "/name").unwrap_err();
            assert_eq!(error.pointer, "/name", "{name}");
        }
    }
}
