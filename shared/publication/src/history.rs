//! What was published, and what differs between two releases.

use kernel::{ReleaseId, WebsiteId};
use release::{RouteKey, diff};
use tenancy::keys::ReleaseKey;
use tenancy::{Permission, Permit, Position, Slice, StorageError};

use crate::error::PublishError;
use crate::reader::Reader;
use crate::records::{ChangeKind, ReleaseRecord};

/// A difference between two releases in one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteChange {
    /// The entry's key.
    pub key: RouteKey,
    /// What happened to it from the first release to the second.
    pub change: ChangeKind,
}

/// A page of the differences between two releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Whether the theme or its settings differ.
    pub theme: bool,
    /// Whether the configuration differs.
    pub config: bool,
    /// The entries that differ, in order.
    pub routes: Vec<RouteChange>,
    /// Where the next page begins, if there is one.
    pub next: Option<Position>,
}

/// Lists a website's releases, the newest first.
pub async fn list_releases<P: Permission>(
    permit: &Permit<P>,
    website: WebsiteId,
    after: Option<&Position>,
    limit: usize,
) -> Result<Slice<ReleaseRecord>, StorageError> {
    permit
        .list_newest_first(&ReleaseKey::partition_of(website), after, limit)
        .await
}

/// Compares two releases of a website; the cost grows with the differences, not with the website.
pub async fn diff_releases<P: Permission>(
    permit: &Permit<P>,
    website: WebsiteId,
    (first, second): (ReleaseId, ReleaseId),
    after: Option<&Position>,
    limit: usize,
) -> Result<Difference, PublishError> {
    let mut trees = Vec::with_capacity(2);
    let mut reader = Reader::new(permit);
    for release in [first, second] {
        let stored = permit
            .get::<ReleaseRecord>(&ReleaseKey { website, release })
            .await?;
        let stored = stored.ok_or(PublishError::ReleaseNotFound)?;
        trees.push(reader.tree(stored.tree_id).await?);
    }
    let [before, after_tree] = trees.as_slice() else {
        return Err(PublishError::ReleaseNotFound);
    };
    let start: Option<RouteKey> = after.and_then(|position| position.as_str().parse().ok());
    let page = reader
        .run(|store| {
            diff(
                store,
                &before.routes,
                &after_tree.routes,
                start.as_ref(),
                limit,
            )
        })
        .await?;
    let routes = page.items.into_iter().map(|change| RouteChange {
        change: match (change.before, change.after) {
            (None, _) => ChangeKind::Added,
            (Some(_), None) => ChangeKind::Removed,
            (Some(_), Some(_)) => ChangeKind::Changed,
        },
        key: change.key,
    });
    Ok(Difference {
        theme: before.theme != after_tree.theme,
        config: before.config != after_tree.config,
        routes: routes.collect(),
        next: page
            .more_after
            .map(|key| Position::from_sealed(key.as_str().to_owned())),
    })
}
