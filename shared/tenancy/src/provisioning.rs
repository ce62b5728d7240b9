//! What the saga that makes tenants and websites may do beyond its tenant's own data: hold and
//! release claims, and bring people in. Each method adds to one change.

use kernel::{HostName, OperationId, PersonId, Subdomain, WebsiteId};

use crate::audit::Action;
use crate::change::{Change, CommitError};
use crate::key::platform_pk;
use crate::keys::{
    HostKey, OwnerKey, PersonByEmailKey, PersonKey, PersonTenantKey, RegistrationKey, SubdomainKey,
};
use crate::members;
use crate::objects::tenant_prefix;
use crate::operator::{held_by, relist};
use crate::permission::Provision;
use crate::permit::Permit;
use crate::record::{Record, Stored, decode, unchanged};
use crate::records::{
    DirectoryRecord, HostRecord, MembershipRecord, OperationRecord, PersonByEmailRecord,
    PersonRecord, PersonTenantRecord, RegistrationRecord, SubdomainRecord, TenantRecord,
};
use crate::storage::{Condition, Index, RawBlobKey, RawQuery, StorageError};

/// A change of the saga.
#[derive(Debug)]
#[must_use = "a change is nothing until it is committed"]
pub struct ProvisioningChange<'a>(Change<'a>);

/// What of a tenant can be found, for the step that verifies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Whether the subdomain is the tenant's.
    pub subdomain: bool,
    /// Whether the person sees the tenant.
    pub person_tenant: bool,
    /// Whether the bucket holds the tenant's marker.
    pub storage: bool,
}

impl Permit<Provision> {
    /// Reads the operation of a registration of this tenant.
    pub async fn registration(
        &self,
        operation: OperationId,
    ) -> Result<Option<Stored<RegistrationRecord>>, StorageError> {
        let key = RegistrationKey { operation };
        let platform = self.context().platform();
        let stored = platform.find::<RegistrationRecord>(&key).await?;
        Ok(stored.filter(|stored| stored.0.tenant_id == self.tenant()))
    }

    /// Reads a person.
    pub async fn person(
        &self,
        person: PersonId,
    ) -> Result<Option<Stored<PersonRecord>>, StorageError> {
        self.context().platform().find(&PersonKey { person }).await
    }

    /// Returns whether a host is this tenant's website's.
    pub async fn holds_host(
        &self,
        host: &HostName,
        website: WebsiteId,
    ) -> Result<bool, StorageError> {
        let key = HostKey { host: host.clone() };
        let stored = self.context().platform().find::<HostRecord>(&key).await?;
        Ok(
            stored
                .is_some_and(|host| host.tenant_id == self.tenant() && host.website_id == website),
        )
    }

    /// Returns whether a subdomain is this tenant's.
    pub async fn holds_subdomain(&self, subdomain: &Subdomain) -> Result<bool, StorageError> {
        let key = SubdomainKey {
            subdomain: subdomain.clone(),
        };
        let platform = self.context().platform();
        let claim = platform.find::<SubdomainRecord>(&key).await?;
        Ok(claim.is_some_and(|claim| claim.tenant_id == self.tenant()))
    }

    /// Returns whether a person is a member of a tenant other than this one.
    pub async fn is_member_elsewhere(&self, person: PersonId) -> Result<bool, StorageError> {
        let partition = PersonTenantKey::partition_of(person);
        let query = RawQuery {
            index: Index::Table,
            pk: platform_pk(&partition.pk),
            sk_prefix: partition.sk_prefix,
            after: None,
            through: None,
            // One of them may be this tenant.
            limit: 2,
            newest_first: false,
        };
        for item in self.context().platform().table().query(&query).await? {
            if decode::<PersonTenantRecord>(item)?.tenant_id != self.tenant() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads back what the steps made outside the tenant's own partition.
    pub async fn find(
        &self,
        subdomain: &Subdomain,
        person: PersonId,
    ) -> Result<Found, StorageError> {
        let platform = self.context().platform();
        let seen = PersonTenantKey {
            person,
            tenant: self.tenant(),
        };
        Ok(Found {
            subdomain: self.holds_subdomain(subdomain).await?,
            person_tenant: platform.find::<PersonTenantRecord>(&seen).await?.is_some(),
            storage: self.has_storage().await?,
        })
    }

    /// Makes the tenant's place in the bucket: a marker, so that the place can be verified.
    pub async fn open_storage(&self) -> Result<(), StorageError> {
        let text = format!("tenant {}\n", self.tenant());
        let ports = self.context().ports();
        let put = ports.blobs.put(&self.marker(), text.into_bytes()).await;
        self.context().noted(put).await
    }

    /// Returns whether the tenant has its place in the bucket. Its marker is looked for and not read: to read it is to
    /// be denied where there is none.
    async fn has_storage(&self) -> Result<bool, StorageError> {
        let marker = self.marker();
        let found = self.context().ports().blobs.list(&marker).await;
        let found = self.context().noted(found).await?;
        Ok(found.iter().any(|key| key == marker.as_str()))
    }

    /// Takes the tenant's place in the bucket away, with all that is in it.
    pub async fn close_storage(&self) -> Result<(), StorageError> {
        let context = self.context();
        let blobs = context.ports().blobs;
        let prefix = RawBlobKey::new(tenant_prefix(self.tenant()));
        loop {
            let keys = context.noted(blobs.list(&prefix).await).await?;
            if keys.is_empty() {
                return Ok(());
            }
            for key in keys {
                let deleted = blobs.delete(&RawBlobKey::new(key)).await;
                context.noted(deleted).await?;
            }
        }
    }

    /// Begins a change of the saga.
    pub fn step(&self, action: Action) -> ProvisioningChange<'_> {
        ProvisioningChange(self.change(action))
    }

    fn marker(&self) -> RawBlobKey {
        RawBlobKey::new(format!("{}.tenant", tenant_prefix(self.tenant())))
    }
}

impl<'a> ProvisioningChange<'a> {
    /// Adds what concerns the tenant's own data.
    pub fn with(self, add: impl FnOnce(Change<'a>) -> Change<'a>) -> Self {
        Self(add(self.0))
    }

    /// Notes how far a registration got.
    pub fn registration(
        self,
        stored: &Stored<RegistrationRecord>,
        operation: OperationRecord,
    ) -> Self {
        Self(
            self.0
                .update_platform(stored, &RegistrationRecord(operation)),
        )
    }

    /// Makes a person a member, on both sides. The person's version moves on with it, so that a
    /// person who has just joined is not forgotten.
    pub fn join(self, membership: &MembershipRecord, person: &Stored<PersonRecord>) -> Self {
        Self(members::join(self.0, membership).update_platform(person, &person.record))
    }

    /// Ends a membership, on both sides.
    pub fn leave(self, membership: &Stored<MembershipRecord>, tenant: &TenantRecord) -> Self {
        let key = PersonTenantKey {
            person: membership.person_id,
            tenant: tenant.id,
        };
        Self(
            self.0
                .delete(membership)
                .delete_platform(&key, Condition::Always),
        )
    }

    /// Takes a person off the platform again, who came with a registration that failed and must
    /// not have joined another tenant since it was read.
    pub fn forget_person(self, person: &Stored<PersonRecord>) -> Self {
        let by_email = PersonByEmailKey {
            email: PersonByEmailRecord::digest(&person.email),
        };
        Self(
            self.0
                .delete_platform(&by_email, Condition::Always)
                .delete_platform(&PersonKey { person: person.id }, unchanged(person)),
        )
    }

    /// Changes the tenant's record and its place in the operators' list.
    pub fn tenant(self, stored: &Stored<TenantRecord>, record: &TenantRecord) -> Self {
        Self(relist(
            self.0.update(stored, record),
            &stored.record,
            record,
        ))
    }

    /// Gives the tenant's subdomain back, which must be the tenant's.
    pub fn release_subdomain(self, tenant: &TenantRecord) -> Self {
        let claim = SubdomainKey {
            subdomain: tenant.subdomain.clone(),
        };
        Self(self.0.delete_platform(&claim, held_by(tenant.id)))
    }

    /// Takes the tenant away, with its place in the operators' list.
    pub fn remove_tenant(self, stored: &Stored<TenantRecord>) -> Self {
        Self(
            self.0
                .delete(stored)
                .delete_platform(
                    &OwnerKey {
                        id: stored.id.to_string(),
                    },
                    Condition::Always,
                )
                .delete_platform(&DirectoryRecord::of(stored).key(), Condition::Always),
        )
    }

    /// Claims a host, which must be nobody's.
    pub fn claim_host(self, record: &HostRecord) -> Self {
        Self(self.0.put_platform(record, Condition::Absent))
    }

    /// Releases a host that is the tenant's.
    pub fn release_host(self, record: &HostRecord) -> Self {
        Self(
            self.0
                .delete_platform(&record.key(), held_by(record.tenant_id)),
        )
    }

    /// Forgets whose an id was.
    pub fn disown(self, id: impl std::fmt::Display) -> Self {
        Self(
            self.0
                .delete_platform(&OwnerKey { id: id.to_string() }, Condition::Always),
        )
    }

    /// Writes the change.
    pub async fn commit(self) -> Result<(), CommitError> {
        self.0.commit().await
    }
}
