//! Names that people see.

use kernel::limits::NAME_CHARS_MAX;
use render::FieldError;

/// Says what is wrong with a website's name, which stands at `pointer`.
pub(crate) fn check_name(name: &str, pointer: &str) -> Option<FieldError> {
    if name.trim().is_empty() {
        return Some(FieldError::new(pointer, "must not be empty"));
    }
    if name.chars().any(char::is_control) {
        let detail = "must not contain control characters";
        return Some(FieldError::new(pointer, detail));
    }
    name.chars().nth(NAME_CHARS_MAX).map(|_| {
        let detail = format!("must have at most {NAME_CHARS_MAX} characters");
        FieldError::new(pointer, detail)
    })
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn a_name_is_a_line_of_text() {
        let longest = "ñ".repeat(255);
        for name in ["A", "Käse & <Brot>", " x ", &*longest] {
            assert_eq!(check_name(name, "/name"), None, "{name}");
        }
        let too_long = "ñ".repeat(256);
        for name in ["", "  ", "a\nb", "a\u{7f}", &*too_long] {
            assert_eq!(
                check_name(name, "/name").unwrap().pointer,
                "/name",
                "{name}"
            );
        }
    }
}
