//! What callers see.

mod release;
mod theme;
mod website;

pub(crate) use release::{ActivatedView, DifferenceView, PreviewView, ReleaseView};
pub(crate) use theme::ThemeView;
pub(crate) use website::WebsiteView;
