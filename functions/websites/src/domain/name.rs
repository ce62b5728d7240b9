//! Names that people see.

use kernel::names::read_title;
use render::FieldError;

/// Reads a website's name, which stands at `pointer`: without the white space around it.
pub(crate) fn read_name(text: &str, pointer: &str) -> Result<String, FieldError> {
    read_title(text).map_err(|error| FieldError::new(pointer, error.to_string()))
}
