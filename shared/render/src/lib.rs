//! Documents and themes become HTML here. It must never know about tenants, storage, HTTP or time:
//! what it makes depends on its arguments alone.

pub mod document;
pub mod field_error;
pub mod limits;
pub mod page;
pub mod renderer;
pub mod site;
pub mod theme;

mod canonical;
mod escape;
mod sanitizer;
mod words;

pub use document::{Block, Document, Format, Heading, Inline, LinkContext, Mark, to_html};
pub use field_error::FieldError;
pub use page::{OpenGraph, PageContent, Seo, TwitterCard};
pub use renderer::{RenderError, Renderer};
pub use site::{NavItem, PageView, SiteView};
pub use theme::{Asset, Settings, Theme, find_asset, settings_stylesheet};
