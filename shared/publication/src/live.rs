//! What is live on a website.

use kernel::WebsiteId;
use release::{NodeStore, ReleaseError, Step, Tree};
use tenancy::keys::PointerKey;
use tenancy::records::WebsiteStatus;
use tenancy::{CommitError, Permission, Permit, Stored};

use crate::error::PublishError;
use crate::reader::Reader;
use crate::records::PointerRecord;

/// What was live on a website when it was read: what is published next is made of it.
#[derive(Debug)]
pub struct Live<'a, P> {
    pub(crate) permit: &'a Permit<P>,
    pub(crate) reader: Reader<'a, P>,
    pub(crate) pointer: Stored<PointerRecord>,
    pub(crate) tree: Tree,
}

impl<'a, P: Permission> Live<'a, P> {
    /// Reads what is live on a website that is not deleted.
    pub async fn read(permit: &'a Permit<P>, website: WebsiteId) -> Result<Self, PublishError> {
        let live = Self::find(permit, website).await?;
        live.ok_or(PublishError::WebsiteNotFound)
    }

    /// Reads what is live on a website that is not deleted; nothing before its first release.
    pub async fn find(
        permit: &'a Permit<P>,
        website: WebsiteId,
    ) -> Result<Option<Self>, PublishError> {
        let Some(pointer) = permit.get::<PointerRecord>(&PointerKey { website }).await? else {
            return Ok(None);
        };
        let pointer = undeleted(pointer)?;
        let reader = Reader::new(permit);
        let tree = reader.tree(pointer.tree_id).await?;
        Ok(Some(Self {
            permit,
            reader,
            pointer,
            tree,
        }))
    }

    /// Reads what is live by now.
    pub async fn read_again(&mut self) -> Result<(), PublishError> {
        self.pointer = live_pointer(self.permit, self.pointer.website_id).await?;
        self.tree = self.reader.tree(self.pointer.tree_id).await?;
        Ok(())
    }

    /// Returns the pointer as it was read.
    pub fn pointer(&self) -> &PointerRecord {
        &self.pointer
    }

    /// Runs an operation on the tree that is live, fetching the nodes it needs.
    pub async fn run<T>(
        &mut self,
        step: impl Fn(&NodeStore, &Tree) -> Result<Step<T>, ReleaseError>,
    ) -> Result<T, PublishError> {
        let tree = &self.tree;
        self.reader.run(|store| step(store, tree)).await
    }
}

/// Returns whether a change with the pointer in it lost to another one.
pub(crate) fn is_overtaken(error: &CommitError) -> bool {
    error.refused::<PointerKey>() || error.is_contended()
}

/// Reads the pointer of a website that is not deleted.
pub(crate) async fn live_pointer<P: Permission>(
    permit: &Permit<P>,
    website: WebsiteId,
) -> Result<Stored<PointerRecord>, PublishError> {
    let pointer = permit.get::<PointerRecord>(&PointerKey { website }).await?;
    undeleted(pointer.ok_or(PublishError::WebsiteNotFound)?)
}

fn undeleted(pointer: Stored<PointerRecord>) -> Result<Stored<PointerRecord>, PublishError> {
    if pointer.status == WebsiteStatus::Deleted {
        return Err(PublishError::WebsiteNotFound);
    }
    Ok(pointer)
}
