//! A website as it is now: its record, and what of it is live.

use kernel::{ContentHash, WebsiteId};
use publication::{PointerRecord, Reader};
use release::Tree;
use tenancy::keys::{PointerKey, WebsiteKey};
use tenancy::records::{WebsiteRecord, WebsiteStatus};
use tenancy::{Permission, Permit, Stored};
use web::IfMatch;

use crate::domain::is_gone;
use crate::error::WebsiteError;

/// A website, with what is live on it.
#[derive(Debug)]
pub(crate) struct Site {
    /// The website.
    pub(crate) website: Stored<WebsiteRecord>,
    /// What is live; nothing before the first release.
    pub(crate) live: Option<Live>,
}

/// What is live on a website.
#[derive(Debug)]
pub(crate) struct Live {
    /// The pointer.
    pub(crate) pointer: Stored<PointerRecord>,
    /// The tree that it points to.
    pub(crate) tree: Tree,
}

impl Site {
    /// Reads a website that can still be used or brought back.
    pub(crate) async fn read<P: Permission>(
        permit: &Permit<P>,
        website: WebsiteId,
    ) -> Result<Self, WebsiteError> {
        let record = read_website(permit, website).await?;
        let live = match read_pointer(permit, website).await? {
            Some(pointer) => {
                let tree = Reader::new(permit).tree(pointer.tree_id).await?;
                Some(Live { pointer, tree })
            }
            None => None,
        };
        Ok(Self {
            website: record,
            live,
        })
    }

    /// Reads a website that is not deleted.
    pub(crate) async fn read_undeleted<P: Permission>(
        permit: &Permit<P>,
        website: WebsiteId,
    ) -> Result<Self, WebsiteError> {
        let site = Self::read(permit, website).await?;
        undeleted(&site.website)?;
        Ok(site)
    }

    /// Returns the website's version: of everything that a change of the website replaces. Its
    /// configuration is part of it and can change without the record, by another release.
    pub(crate) fn version(&self) -> u64 {
        let config = self.live.as_ref().map(|live| live.tree.config.members());
        let config = serde_json::to_vec(&config).unwrap_or_default();
        number(&[&self.website.version().to_be_bytes(), &config])
    }

    /// Refuses a request that means another version.
    pub(crate) fn check(&self, if_match: &IfMatch) -> Result<(), WebsiteError> {
        check(if_match, self.version())
    }
}

impl Live {
    /// Returns the version of the theme and its settings.
    pub(crate) fn theme_version(&self) -> u64 {
        let theme = &self.tree.theme;
        let settings = serde_json::to_vec(theme.settings.members()).unwrap_or_default();
        number(&[theme.package.as_bytes(), &settings])
    }
}

/// Reads a website that can still be used or brought back.
pub(crate) async fn read_website<P: Permission>(
    permit: &Permit<P>,
    website: WebsiteId,
) -> Result<Stored<WebsiteRecord>, WebsiteError> {
    permit
        .get::<WebsiteRecord>(&WebsiteKey { website })
        .await?
        .filter(|record| !is_gone(record.status, record.purge_at, permit.now()))
        .ok_or(WebsiteError::NotFound)
}

/// Reads a website that is not deleted.
pub(crate) async fn read_undeleted<P: Permission>(
    permit: &Permit<P>,
    website: WebsiteId,
) -> Result<Stored<WebsiteRecord>, WebsiteError> {
    let record = read_website(permit, website).await?;
    undeleted(&record)?;
    Ok(record)
}

/// Reads a website's pointer, if it has one yet.
pub(crate) async fn read_pointer<P: Permission>(
    permit: &Permit<P>,
    website: WebsiteId,
) -> Result<Option<Stored<PointerRecord>>, WebsiteError> {
    Ok(permit.get(&PointerKey { website }).await?)
}

/// Refuses a request that means another version.
pub(crate) fn check(if_match: &IfMatch, version: u64) -> Result<(), WebsiteError> {
    if_match
        .check(version)
        .map_err(|_other| WebsiteError::Stale)
}

fn undeleted(record: &WebsiteRecord) -> Result<(), WebsiteError> {
    if record.status == WebsiteStatus::Deleted {
        Err(WebsiteError::NotFound)
    } else {
        Ok(())
    }
}

/// Makes a version of what it stands for.
fn number(parts: &[&[u8]]) -> u64 {
    let hash = ContentHash::of_parts(parts);
    let first = hash.as_bytes().first_chunk().copied();
    u64::from_be_bytes(first.unwrap_or_default())
}
