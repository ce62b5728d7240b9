//! Sign-ins: their beginning, their list, their end, and which access tokens were taken back with it.

use jiff::Timestamp;
use kernel::{PersonId, SessionId, TenantId};
use serde_dynamo::{AttributeValue, Item};

use crate::audit::Action;
use crate::change::{Change, CommitError};
use crate::context::{Actor, RequestInfo};
use crate::identity::{Identity, Write, made, replaced};
use crate::key::{Key, tenant_key};
use crate::keys::{OperatorRevocationsKey, RevocationsKey, SessionKey, TenantRecordKey};
use crate::permit::{Position, Slice};
use crate::record::{Record, Stored, attribute, decode};
use crate::records::{
    OperatorRevocationsRecord, PersonRecord, PersonTenantRecord, Revocations, RevocationsRecord,
    Revoked, SessionRecord, TenantRecord,
};
use crate::role::Role;
use crate::signed_in::SignedIn;
use crate::storage::{Condition, Consistency, Index, RawQuery, StorageError};

/// What decides whether a member's access token is good beyond its signature.
#[derive(Debug, Clone, Default)]
pub struct TenantStanding {
    /// The tenant, if there is one.
    pub tenant: Option<TenantRecord>,
    /// Whose access tokens to it were taken back.
    pub revocations: Revocations,
}

impl Identity {
    /// Reads what decides whether access tokens to a tenant are good: one call.
    pub async fn standing(&self, tenant: TenantId) -> Result<TenantStanding, StorageError> {
        let first = tenant_key(tenant, &TenantRecordKey {});
        let query = RawQuery {
            index: Index::Table,
            pk: first.pk().to_owned(),
            // The sort key of the tenant itself begins those of what is kept beside it.
            sk_prefix: first.sk().to_owned(),
            after: None,
            limit: 2,
            newest_first: false,
        };
        let mut standing = TenantStanding::default();
        for item in self.platform.table.query(&query).await? {
            match entity_of(&item) {
                Some(TenantRecordKey::ENTITY) => {
                    standing.tenant = Some(decode::<TenantRecord>(item)?.record);
                }
                Some(RevocationsKey::ENTITY) => {
                    standing.revocations = decode::<RevocationsRecord>(item)?.record.0;
                }
                Some(_) | None => {}
            }
        }
        Ok(standing)
    }

    /// Reads whose access tokens as operators were taken back.
    pub async fn operator_revocations(&self) -> Result<Revocations, StorageError> {
        let stored = self.read_operator_revocations().await?;
        Ok(stored.map(|stored| stored.record.0).unwrap_or_default())
    }

    async fn read_operator_revocations(
        &self,
    ) -> Result<Option<Stored<OperatorRevocationsRecord>>, StorageError> {
        self.platform.find(&OperatorRevocationsKey {}).await
    }

    /// Begins a sign-in. A member's is noted in the tenant's audit trail.
    pub async fn begin_session(
        &self,
        session: &SessionRecord,
        role: Option<Role>,
        request: RequestInfo,
    ) -> Result<(), CommitError> {
        let (Some(tenant), Some(role)) = (session.tenant_id, role) else {
            return self.transact(vec![made(session)?]).await;
        };
        let context = self.acting_on(tenant, Actor::Member(session.person_id, role), request);
        Change::new(&context, Action::Login)
            .put_platform(session, Condition::Absent)
            .note(SessionRecord::entity(), session.id)
            .commit()
            .await
    }

    /// Reads a sign-in of the person who asks.
    pub async fn session_of(
        &self,
        caller: &SignedIn,
        session: SessionId,
    ) -> Result<Option<Stored<SessionRecord>>, StorageError> {
        self.session(caller.person(), session).await
    }

    /// Reads a sign-in.
    pub async fn session(
        &self,
        person: PersonId,
        session: SessionId,
    ) -> Result<Option<Stored<SessionRecord>>, StorageError> {
        self.platform.find(&SessionKey { person, session }).await
    }

    /// Lists the sign-ins of the person who asks, the newest first, with those that have ended.
    pub async fn sessions(
        &self,
        caller: &SignedIn,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<Slice<SessionRecord>, StorageError> {
        let partition = SessionKey::partition_of(caller.person());
        self.slice(&partition, after, limit, true).await
    }

    /// Replaces a sign-in that must still be as it was read.
    pub async fn replace_session(
        &self,
        stored: &Stored<SessionRecord>,
        session: &SessionRecord,
    ) -> Result<(), CommitError> {
        self.transact(vec![replaced(stored, session)?]).await
    }

    /// Ends a sign-in and takes back its access tokens. A member's is noted in the tenant's audit trail.
    /// Of one that has ended already, only the access tokens are taken back, if they were not.
    pub async fn end_session(
        &self,
        session: &Stored<SessionRecord>,
        request: &RequestInfo,
    ) -> Result<(), CommitError> {
        let now = self.platform.now();
        let ended = SessionRecord {
            revoked_at: session.revoked_at.or(Some(now)),
            ..session.record.clone()
        };
        let revoked = Revoked::Session(session.id);
        let is_done = |before: &Revocations| {
            session.revoked_at.is_some() && before.refuse_session(session.id)
        };
        let Some(tenant) = session.tenant_id else {
            let before = self.read_operator_revocations().await?;
            if before
                .as_ref()
                .is_some_and(|before| is_done(&before.record.0))
            {
                return Ok(());
            }
            let writes = vec![
                replaced(session, &ended)?,
                revoking(before.as_ref(), revoked, now)?,
            ];
            return self.transact(writes).await;
        };
        let context = self.acting_on(tenant, themselves(session.person_id), request.clone());
        let before = context
            .read(&RevocationsKey {}, Consistency::Strong)
            .await?;
        let before: Option<Stored<RevocationsRecord>> = before;
        if before
            .as_ref()
            .is_some_and(|before| is_done(&before.record.0))
        {
            return Ok(());
        }
        let change = Change::new(&context, Action::Delete)
            .update_platform(session, &ended)
            .note(SessionRecord::entity(), session.id);
        revoked_in(change, before.as_ref(), revoked, now)
            .commit()
            .await
    }

    /// Ends all sign-ins of a person in one of the person's tenants, and takes back their access tokens.
    pub async fn end_sessions_in(
        &self,
        membership: &Stored<PersonTenantRecord>,
        request: &RequestInfo,
    ) -> Result<(), CommitError> {
        let now = self.platform.now();
        let person = membership.person_id;
        let context = self.acting_on(membership.tenant_id, themselves(person), request.clone());
        let before = context
            .read(&RevocationsKey {}, Consistency::Strong)
            .await?;
        let ended = PersonTenantRecord {
            signed_out_at: Some(now),
            ..membership.record.clone()
        };
        let change = Change::new(&context, Action::Update)
            .update_platform(membership, &ended)
            .note(PersonTenantRecord::entity(), person);
        revoked_in(change, before.as_ref(), Revoked::Person(person), now)
            .commit()
            .await
    }

    /// Ends all sign-ins of an operator as such, and takes back their access tokens.
    pub async fn end_operator_sessions(
        &self,
        operator: &Stored<PersonRecord>,
    ) -> Result<(), CommitError> {
        let now = self.platform.now();
        let before = self.read_operator_revocations().await?;
        let ended = PersonRecord {
            signed_out_at: Some(now),
            ..operator.record.clone()
        };
        let revoked = Revoked::Person(operator.id);
        let writes = vec![
            replaced(operator, &ended)?,
            revoking(before.as_ref(), revoked, now)?,
        ];
        self.transact(writes).await
    }
}

/// Returns a person who acts on what is the person's own: no role is needed for that.
fn themselves(person: PersonId) -> Actor {
    Actor::Member(person, Role::Visitor)
}

fn entity_of(item: &Item) -> Option<&str> {
    let Some(AttributeValue::S(name)) = item.inner().get(attribute::ENTITY) else {
        return None;
    };
    Some(name)
}

/// Takes access tokens of operators back.
fn revoking(
    before: Option<&Stored<OperatorRevocationsRecord>>,
    of: Revoked,
    now: Timestamp,
) -> Result<Write, StorageError> {
    match before {
        None => {
            let first = OperatorRevocationsRecord(Revocations::default().with(of, now));
            made(&first)
        }
        Some(stored) => {
            let more = OperatorRevocationsRecord(stored.record.0.with(of, now));
            replaced(stored, &more)
        }
    }
}

/// Takes access tokens to a tenant back.
fn revoked_in<'a>(
    change: Change<'a>,
    before: Option<&Stored<RevocationsRecord>>,
    of: Revoked,
    now: Timestamp,
) -> Change<'a> {
    match before {
        None => change.attach(&RevocationsRecord(Revocations::default().with(of, now))),
        Some(stored) => {
            let more = RevocationsRecord(stored.record.0.with(of, now));
            change.reattach(stored, &more)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::key::{Key, KeyScope};
    use crate::keys::{CHART, RevocationsKey, TenantRecordKey};

    #[test]
    fn nothing_else_is_beside_the_tenant_and_its_revocations() {
        let beside = CHART.iter().filter(|line| {
            line.scope == KeyScope::Tenant && line.partition == TenantRecordKey::PARTITION_CHART
        });
        let beside: Vec<_> = beside.map(|line| line.entity).collect();
        assert_eq!(beside, [TenantRecordKey::ENTITY, RevocationsKey::ENTITY]);
    }
}
