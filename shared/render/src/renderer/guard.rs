//! Bounds on what a template can write. Fuel bounds its steps but not its memory, so nothing is
//! kept while it runs: everything goes straight to a writer that stops at the limit.

use std::io;

use minijinja::{Environment, Error, ErrorKind, Output, State, Value, value::ValueKind};

use super::RenderError;
use crate::{escape, limits::PAGE_BYTES_MAX};

/// Bytes that most pages fit into.
const PAGE_BYTES_USUAL: usize = 16_384;

/// Runs a template.
pub(super) fn render(
    environment: &Environment<'_>,
    template: &str,
    context: Value,
) -> Result<String, RenderError> {
    let mut page = Page {
        bytes: Vec::with_capacity(PAGE_BYTES_USUAL),
        is_full: false,
    };
    let done = environment
        .get_template(template)
        .and_then(|template| template.render_captured_to(context, &mut page).map(|_| ()));
    if page.is_full {
        return Err(RenderError::TooLarge);
    }
    done.map_err(|error| {
        if error.kind() == ErrorKind::OutOfFuel {
            RenderError::OutOfFuel(error)
        } else {
            RenderError::Template(error)
        }
    })?;
    // The engine writes text; nothing that is not UTF-8 comes this way.
    String::from_utf8(page.bytes).map_err(|error| {
        RenderError::Template(Error::new(ErrorKind::BadSerialization, error.to_string()))
    })
}

/// Writes one value: text escaped, unless it is the sanitised body; numbers; nothing else. Lists
/// and maps are refused, because a few steps can make them huge.
pub(super) fn format(
    out: &mut Output<'_>,
    _: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    match (value.kind(), value.as_str()) {
        (ValueKind::String, Some(text)) if value.is_safe() || escape::is_plain(text) => {
            out.write_str(text)?;
        }
        (ValueKind::String, Some(text)) => {
            let mut escaped = String::with_capacity(text.len());
            escape::attribute(&mut escaped, text);
            out.write_str(&escaped)?;
        }
        (ValueKind::Number, _) => write!(out, "{value}")?,
        (kind, _) => {
            let detail = format!("a template may not write a value that is {kind}");
            return Err(Error::new(ErrorKind::InvalidOperation, detail));
        }
    }
    Ok(())
}

/// A page in the making.
struct Page {
    bytes: Vec<u8>,
    is_full: bool,
}

impl io::Write for &mut Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > PAGE_BYTES_MAX {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
