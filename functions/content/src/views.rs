//! What callers see.

use jiff::Timestamp;
use kernel::{PageId, PersonId, ReleaseId, WebsiteId};
use render::{Document, PageContent, Seo};
use serde::Serialize;
use tenancy::Stored;
use utoipa::ToSchema;

use crate::domain::Status;
use crate::records::PageRecord;

/// A page.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageView {
    /// Its id.
    #[schema(value_type = String)]
    id: PageId,
    /// Its website.
    #[schema(value_type = String)]
    website_id: WebsiteId,
    /// The draft's title.
    title: String,
    /// The draft's path below the website, without leading slash.
    slug: String,
    /// The draft's body; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<BodyView>,
    /// What search engines and previews are told; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    seo: Option<Seo>,
    /// `draft`: visitors do not see it; `published`: they see the draft; `changed`: they see
    /// something else than the draft.
    status: &'static str,
    /// The draft's version, which its `ETag` names.
    version: u64,
    /// When it was last published.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    created_by: Option<PersonId>,
    /// When its draft changed last.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Who changed its draft last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    updated_by: Option<PersonId>,
    /// The release that is live, in the answer to whoever published the page or took it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<ReleaseReferenceView>,
}

/// A body, in the form in which it is stored.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BodyView {
    /// Always `document`.
    format: &'static str,
    /// The blocks.
    #[schema(value_type = Object)]
    value: Document,
}

/// A release by its id.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReleaseReferenceView {
    /// Its id.
    #[schema(value_type = String)]
    id: ReleaseId,
}

impl PageView {
    /// Shows a page, as lists do.
    pub(crate) fn listed(page: &Stored<PageRecord>, status: Status) -> Self {
        Self::new(page, page.version(), status)
    }

    /// Shows a page that is or will be at `version`.
    pub(crate) fn new(page: &PageRecord, version: u64, status: Status) -> Self {
        let last_change = page.last_change();
        Self {
            id: page.id,
            website_id: page.website_id,
            title: page.title.clone(),
            slug: page.slug.to_string(),
            content: None,
            seo: None,
            status: status.name(),
            version,
            published_at: page.published_at,
            created_at: page.created.at,
            created_by: page.created.by,
            updated_at: last_change.at,
            updated_by: last_change.by,
            release: None,
        }
    }

    /// Adds the draft.
    pub(crate) fn with_content(mut self, content: &PageContent) -> Self {
        self.content = Some(BodyView {
            format: "document",
            value: content.document().clone(),
        });
        self.seo = Some(content.seo().clone());
        self
    }

    /// Adds the release that is live.
    pub(crate) fn with_release(mut self, id: ReleaseId) -> Self {
        self.release = Some(ReleaseReferenceView { id });
        self
    }
}
