//! What callers send.

use kernel::{PageId, WebsiteId};
use render::{Format, Seo};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::{Draft, Source};
use crate::error::ContentError;

/// A website in a path.
#[derive(Debug, Deserialize)]
pub(crate) struct WebsitePath {
    pub(crate) website: WebsiteId,
}

/// A page in a path.
#[derive(Debug, Deserialize)]
pub(crate) struct PagePath {
    pub(crate) website: WebsiteId,
    pub(crate) page: PageId,
}

/// What a page is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PageDraft {
    /// The title.
    #[schema(max_length = 500)]
    title: String,
    /// The path below the website, without leading slash; empty for the home page.
    #[schema(max_length = 500)]
    slug: String,
    /// The body.
    content: BodyDraft,
    /// What search engines and previews are told: `title`, `description`, `keywords`, `openGraph`
    /// and `twitterCard`; what is left out is made from the page.
    #[serde(default)]
    #[schema(value_type = Object)]
    seo: Seo,
}

/// A body.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BodyDraft {
    /// What it is written in: `markdown`, `html` or `document`.
    #[schema(value_type = String)]
    format: Format,
    /// The body: text, or an object for `document`.
    value: Value,
}

impl PageDraft {
    /// Reads the draft.
    pub(crate) fn read(self) -> Result<Draft, ContentError> {
        let source = Source {
            title: self.title,
            slug: self.slug,
            format: self.content.format,
            value: self.content.value,
            seo: self.seo,
        };
        Draft::new(source).map_err(ContentError::Invalid)
    }
}
