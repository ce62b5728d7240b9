//! Releases, as callers see them.

use jiff::Timestamp;
use kernel::{PersonId, ReleaseId};
use publication::{ChangeKind, Difference, ReleaseRecord, RouteChange};
use release::{KeySpace, RouteKey};
use serde::Serialize;
use utoipa::ToSchema;

/// A release.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReleaseView {
    /// Its id.
    #[schema(value_type = String)]
    id: ReleaseId,
    /// The release it was made from; none for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    parent_id: Option<ReleaseId>,
    /// Who made it; none where the platform did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    person_id: Option<PersonId>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// What it was made for.
    message: String,
    /// What it changed, against the release it was made from.
    summary: SummaryView,
    /// Whether it is what visitors see.
    is_live: bool,
}

/// What a release changed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SummaryView {
    /// The first entries that changed, in order.
    routes: Vec<RouteChangeView>,
    /// How many entries changed.
    route_count: u64,
    /// Whether the theme or its settings changed.
    theme: bool,
    /// Whether the configuration changed.
    config: bool,
}

/// A change of one entry.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RouteChangeView {
    /// The entry's key, such as `p/about`.
    key: String,
    /// The path at which visitors find it, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// `added`, `changed` or `removed`.
    change: &'static str,
}

/// What differs between two releases.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DifferenceView {
    /// Whether the theme or its settings differ.
    theme: bool,
    /// Whether the configuration differs.
    config: bool,
    /// The entries that differ, in order.
    items: Vec<RouteChangeView>,
    /// Names the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A release that was made live.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActivatedView {
    /// The release.
    pub(crate) release: ReleaseView,
    /// Whether it was another one before.
    pub(crate) is_moved: bool,
}

/// A link to a release.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PreviewView {
    /// The address of the website's home page, as it is in the release.
    pub(crate) url: String,
    /// When the link ends.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) expires_at: Timestamp,
}

impl ReleaseView {
    /// Shows a release of a website on which `live` is live.
    pub(crate) fn of(release: &ReleaseRecord, live: Option<ReleaseId>) -> Self {
        let summary = &release.summary;
        Self {
            id: release.id,
            parent_id: release.parent_id,
            person_id: release.person_id,
            created_at: release.created_at,
            message: release.message.clone(),
            summary: SummaryView {
                routes: summary
                    .routes
                    .iter()
                    .map(|route| RouteChangeView::new(&route.key, route.change))
                    .collect(),
                route_count: summary.route_count,
                theme: summary.theme,
                config: summary.config,
            },
            is_live: live == Some(release.id),
        }
    }
}

impl RouteChangeView {
    fn new(key: &str, change: ChangeKind) -> Self {
        let parsed = key.parse::<RouteKey>().ok();
        let path = parsed.as_ref().and_then(|key| match key.space()? {
            KeySpace::Page { path } => Some(format!("/{path}")),
            KeySpace::ListItem { .. } | KeySpace::Block { .. } => None,
        });
        Self {
            key: key.to_owned(),
            path,
            change: match change {
                ChangeKind::Added => "added",
                ChangeKind::Changed => "changed",
                ChangeKind::Removed => "removed",
            },
        }
    }

    fn of(route: &RouteChange) -> Self {
        Self::new(route.key.as_str(), route.change)
    }
}

impl DifferenceView {
    /// Shows a page of what differs.
    pub(crate) fn of(difference: &Difference, next_cursor: Option<String>) -> Self {
        Self {
            theme: difference.theme,
            config: difference.config,
            items: difference.routes.iter().map(RouteChangeView::of).collect(),
            next_cursor,
        }
    }
}

#[cfg(test)]
mod tests {
    use publication::ChangeKind;

    use super::RouteChangeView;

    #[test]
    fn pages_have_paths_and_nothing_else_has() {
        for (key, path) in [
            ("p/", Some("/")),
            ("p/a/b", Some("/a/b")),
            ("b/footer", None),
            ("not a key", None),
        ] {
            let view = RouteChangeView::new(key, ChangeKind::Added);
            assert_eq!(view.path.as_deref(), path, "{key}");
        }
    }
}
