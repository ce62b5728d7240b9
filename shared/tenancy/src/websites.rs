//! Which of a tenant's websites somebody may read.

use kernel::WebsiteId;

use crate::key::tenant_key;
use crate::keys::WebsiteKey;
use crate::permission::{ListWebsites, ReadWebsites};
use crate::permit::{Permit, Position, Slice};
use crate::record::{Stored, decode};
use crate::records::WebsiteRecord;
use crate::storage::StorageError;

impl Permit<ListWebsites> {
    /// Lists up to `limit` of the websites that the actor may read, by id, from the first one after `after`: all
    /// of the tenant's, or those on which the actor has a right to.
    pub async fn websites(
        &self,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<Slice<WebsiteRecord>, StorageError> {
        let rights = self.context().rights();
        if rights.has::<ReadWebsites>(None) {
            let all = WebsiteKey::partition_of();
            return self.list(&all, after, limit).await;
        }
        let place = |website: WebsiteId| {
            let key = tenant_key(self.tenant(), &WebsiteKey { website });
            Position(key.sk().to_owned())
        };
        let mut ids: Vec<WebsiteId> = rights
            .websites_with::<ReadWebsites>()
            .filter(|website| after.is_none_or(|after| after.0 < place(*website).0))
            .collect();
        let has_more = ids.len() > limit;
        ids.truncate(limit);
        let next = ids.last().copied().filter(|_| has_more).map(place);
        let keys: Vec<_> = ids
            .into_iter()
            .map(|website| tenant_key(self.tenant(), &WebsiteKey { website }))
            .collect();
        let items = self.context().ports().table.get_many(&keys).await;
        let items = self.context().noted(items).await?;
        let records = items.into_iter().map(decode).collect::<Result<_, _>>();
        let mut records: Vec<Stored<WebsiteRecord>> = records?;
        records.sort_unstable_by_key(|website| website.id);
        Ok(Slice { records, next })
    }
}
