//! What a release stores of a page, under the hash of its bytes. It must never hold what changes
//! without the page: its status, when it was published, the theme.

mod seo;

use jiff::Timestamp;
use kernel::{
    PageSlug,
    limits::{OBJECT_BYTES_MAX, TITLE_CHARS_MAX},
};
use serde::{Deserialize, Serialize};

pub use seo::{CardKind, OpenGraph, Seo, TwitterCard};

use crate::{
    canonical,
    document::{Document, DocumentError},
    field_error::{FieldError, FieldErrors},
};

/// The version of the page's form that is written.
const SCHEMA: u16 = 1;

/// A page as a release stores it.
///
/// Deserialising reads what was stored; [`PageContent::new`] is for input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PageContent {
    schema: u16,
    title: String,
    slug: PageSlug,
    document: Document,
    #[serde(default)]
    seo: Seo,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    updated_at: Option<Timestamp>,
}

/// Why stored bytes are not a page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The bytes are not the JSON of a page.
    #[error("the bytes are not a page")]
    Malformed(#[from] serde_json::Error),
    /// The page is of a later version.
    #[error("the page has schema {0}, which is not known here")]
    Schema(u16),
    /// The body cannot be read.
    #[error("the page's body cannot be read")]
    Document(#[from] DocumentError),
    /// There are more bytes than any page has.
    #[error("the page has {0} bytes")]
    TooLarge(usize),
}

impl PageContent {
    /// Makes a page. Pointers in errors lead into `{"title", "seo"}`.
    pub fn new(
        title: impl Into<String>,
        slug: PageSlug,
        document: Document,
        seo: Seo,
    ) -> Result<Self, Vec<FieldError>> {
        let title = title.into();
        let mut errors = FieldErrors::default();
        check_title(&title, &mut errors);
        seo.check_into("/seo", &mut errors);
        errors.into_result(Self {
            schema: SCHEMA,
            title,
            slug,
            document,
            seo,
            updated_at: None,
        })
    }

    /// Says when the page was last changed.
    #[must_use]
    pub fn with_updated_at(self, updated_at: Timestamp) -> Self {
        Self {
            updated_at: Some(updated_at),
            ..self
        }
    }

    /// Returns the title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Returns the slug.
    pub const fn slug(&self) -> &PageSlug {
        &self.slug
    }

    /// Returns the body.
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// Returns what search engines and previews are told.
    pub const fn seo(&self) -> &Seo {
        &self.seo
    }

    /// Returns when the page was last changed, if it says so.
    pub const fn updated_at(&self) -> Option<Timestamp> {
        self.updated_at
    }

    /// Returns the canonical bytes: equal pages have equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::bytes(self)
    }

    /// Reads canonical bytes back.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PageError> {
        if bytes.len() > OBJECT_BYTES_MAX {
            return Err(PageError::TooLarge(bytes.len()));
        }
        let mut page: Self = canonical::read(bytes)?;
        if page.schema != SCHEMA {
            return Err(PageError::Schema(page.schema));
        }
        page.document = page.document.known()?;
        Ok(page)
    }

    /// Returns a page that has everything a page can have.
    pub fn sample() -> Self {
        Self {
            schema: SCHEMA,
            title: "Getting started".to_owned(),
            slug: PageSlug::parse("guide/start").unwrap_or_else(|_| home()),
            document: Document::sample(),
            seo: Seo::sample(),
            updated_at: None,
        }
    }

    /// Returns a page that has nothing a page can do without.
    pub fn bare_sample() -> Self {
        Self {
            schema: SCHEMA,
            title: "Bare & <plain>".to_owned(),
            slug: home(),
            document: Document::empty(),
            seo: Seo::default(),
            updated_at: None,
        }
    }
}

#[expect(clippy::expect_used, reason = "the empty slug is the home page's")]
fn home() -> PageSlug {
    PageSlug::parse("").expect("the empty slug is a slug")
}

fn check_title(title: &str, errors: &mut FieldErrors) {
    if title.trim().is_empty() {
        errors.add("/title", "must not be empty");
    }
    if title.chars().any(char::is_control) {
        errors.add("/title", "must not contain control characters");
    }
    errors.chars("/title", title, TITLE_CHARS_MAX);
}
