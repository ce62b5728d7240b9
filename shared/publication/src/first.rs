//! The first release of a website, with which its pointer comes to be.

use kernel::{ReleaseId, WebsiteId};
use release::Tree;
use tenancy::records::WebsiteStatus;
use tenancy::{Change, Mutates, Permit, StorageError};

use crate::records::{MoveRecord, PointerRecord, ReleaseRecord, Summary};

/// A website's first release, stored but not yet pointed to.
#[derive(Debug)]
pub struct FirstRelease {
    pointer: PointerRecord,
    release: ReleaseRecord,
    first_move: MoveRecord,
}

/// Stores the objects of a website's first release. `objects` are the tree's nodes, the package of
/// its theme and what its entries name.
pub async fn first_release<P: Mutates>(
    permit: &Permit<P>,
    website_id: WebsiteId,
    tree: &Tree,
    objects: Vec<Vec<u8>>,
) -> Result<FirstRelease, StorageError> {
    let (id, tree_id, now) = (ReleaseId::mint(permit.mint()), tree.id(), permit.now());
    let mut objects = objects;
    objects.push(tree.encode());
    permit.put_objects(objects).await?;
    Ok(FirstRelease {
        pointer: PointerRecord {
            website_id,
            status: WebsiteStatus::Provisioning,
            release_id: id,
            tree_id,
            moves: 1,
        },
        release: ReleaseRecord {
            id,
            website_id,
            tree_id,
            parent_id: None,
            person_id: None,
            created_at: now,
            message: "The website was made".to_owned(),
            summary: Summary::default(),
        },
        first_move: MoveRecord {
            website_id,
            number: 1,
            from: None,
            to: id,
            tree_id,
            person_id: None,
            moved_at: now,
        },
    })
}

impl FirstRelease {
    /// Adds the pointer, the release and the move to a change.
    pub fn add_to<'a>(&self, change: Change<'a>) -> Change<'a> {
        change
            .create(&self.pointer)
            .attach(&self.release)
            .attach(&self.first_move)
            .own(self.release.id)
    }
}
