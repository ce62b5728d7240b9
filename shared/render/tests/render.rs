//! What documents, pages and themes become, through the public interface alone.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "render/contrast.rs"]
mod contrast;
#[path = "render/documents.rs"]
mod documents;
#[path = "render/goldens.rs"]
mod goldens;
#[path = "render/markup.rs"]
mod markup;
#[path = "render/nodes.rs"]
mod nodes;
#[path = "render/pages.rs"]
mod pages;
#[path = "render/properties.rs"]
mod properties;
#[path = "render/scripts.rs"]
mod scripts;
#[path = "render/templates.rs"]
mod templates;
#[path = "render/themes.rs"]
mod themes;
