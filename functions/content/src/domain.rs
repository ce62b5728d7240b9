//! What holds of pages, whoever asks and wherever they are kept. It must never know about storage
//! or HTTP.

mod draft;
mod places;
mod status;

pub(crate) use draft::{Draft, Source};
pub(crate) use places::{Claims, Places};
pub(crate) use status::Status;
