//! What callers send.

use kernel::limits::{SLUG_BYTES_MAX, TITLE_CHARS_MAX};
use kernel::{PageId, WebsiteId};
use render::limits::{
    ADDRESS_BYTES_MAX, SEO_DESCRIPTION_CHARS_MAX, SEO_KEYWORD_CHARS_MAX, SEO_KEYWORDS_MAX,
    SEO_TITLE_CHARS_MAX, SOURCE_BYTES_MAX,
};
use render::{Format, Seo};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use web::shapes::{LINE, LINE_WITH_TEXT, SPACE};

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

web::shapes! {
    /// A page's title.
    pub(crate) PageTitle = json!({
        "type": "string",
        "pattern": LINE_WITH_TEXT,
        "maxLength": TITLE_CHARS_MAX,
        "example": "Welcome",
    });
    /// A page's path below its website.
    pub(crate) SlugText = json!({
        "type": "string",
        "pattern": "^([a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*)?$",
        "maxLength": SLUG_BYTES_MAX,
        "example": "guide/welcome",
    });
    /// A page's body: text, or the blocks of a document as they are read.
    pub(crate) PageBody = json!({
        "oneOf": [
            body(&json!(["markdown", "html"]), &json!({
                "type": "string",
                "maxLength": SOURCE_BYTES_MAX,
            })),
            body(&json!(["document"]), &json!({
                "type": "object",
                "required": ["version", "blocks"],
                "properties": {
                    "version": {"type": "integer", "enum": [1]},
                    "blocks": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["type"],
                            "properties": {"type": {"type": "string"}},
                        },
                    },
                },
            })),
        ],
        "example": {"format": "markdown", "value": "Hello, **world**."},
    });
    /// What search engines and previews are told of a page.
    pub(crate) SeoDraft = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "title": line(SEO_TITLE_CHARS_MAX),
            "description": line(SEO_DESCRIPTION_CHARS_MAX),
            "keywords": {
                "type": "array",
                "maxItems": SEO_KEYWORDS_MAX,
                "items": {
                    "type": "string",
                    "pattern": format!("^[^,]*[^,{SPACE}][^,]*$"),
                    "maxLength": SEO_KEYWORD_CHARS_MAX,
                },
            },
            "openGraph": {
                "type": ["object", "null"],
                "additionalProperties": false,
                "properties": {
                    "title": line(SEO_TITLE_CHARS_MAX),
                    "description": line(SEO_DESCRIPTION_CHARS_MAX),
                    "image": {"type": ["string", "null"], "maxLength": ADDRESS_BYTES_MAX},
                    "type": {"type": ["string", "null"], "pattern": "^[a-z._]{1,50}$"},
                },
            },
            "twitterCard": {
                "type": ["object", "null"],
                "additionalProperties": false,
                "properties": {
                    "card": {"type": ["string", "null"], "enum": ["summary", "summary_large_image", null]},
                    "title": line(SEO_TITLE_CHARS_MAX),
                    "description": line(SEO_DESCRIPTION_CHARS_MAX),
                    "image": {"type": ["string", "null"], "maxLength": ADDRESS_BYTES_MAX},
                    "site": {"type": ["string", "null"], "pattern": "^@[A-Za-z0-9_]{1,50}$"},
                },
            },
        },
    });
}

/// Describes a body of certain formats.
fn body(formats: &Value, value: &Value) -> Value {
    json!({
        "type": "object",
        "required": ["format", "value"],
        "additionalProperties": false,
        "properties": {"format": {"type": "string", "enum": formats}, "value": value},
    })
}

/// Describes a text without control characters that may be missing.
fn line(chars_max: usize) -> Value {
    json!({"type": ["string", "null"], "pattern": LINE, "maxLength": chars_max})
}

/// What a page is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PageDraft {
    /// The title.
    #[schema(value_type = PageTitle)]
    title: String,
    /// The path below the website, without leading slash; empty for the home page.
    #[schema(value_type = SlugText)]
    slug: String,
    /// The body.
    #[schema(value_type = PageBody)]
    content: BodyDraft,
    /// What search engines and previews are told: `title`, `description`, `keywords`, `openGraph`
    /// and `twitterCard`; what is left out is made from the page.
    #[serde(default)]
    #[schema(value_type = SeoDraft)]
    seo: Seo,
}

/// A body.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BodyDraft {
    /// What it is written in: `markdown`, `html` or `document`.
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
