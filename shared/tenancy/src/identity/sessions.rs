//! Sign-ins: their beginning, their list, their end, and which access tokens were taken back with it.

use jiff::Timestamp;
use kernel::{PersonId, SessionId, TenantId};

use crate::actor::Actor;
use crate::audit::Action;
use crate::change::{Change, CommitError};
use crate::context::{RequestInfo, TenantContext};
use crate::identity::{Identity, Proof};
use crate::key::platform_key;
use crate::keys::{OperatorRevocationsKey, RevocationsKey, SessionKey};
use crate::permit::{Position, Slice};
use crate::record::{Record, Stamp, Stored, encode, unchanged};
use crate::records::{
    OperatorRevocationsRecord, PersonRecord, Revocations, RevocationsRecord, Revoked, SessionRecord,
};
use crate::signed_in::SignedIn;
use crate::storage::{Condition, Consistency, RawWrite, StorageError, TransactError};

impl Identity {
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

    /// Begins a sign-in, of a person for whom a right code was given where there is a `proof`. It is noted in the
    /// audit trail: a member's in the tenant's, an operator's in the platform's.
    pub async fn begin_session(
        &self,
        session: &SessionRecord,
        proof: Option<&Proof>,
        request: RequestInfo,
    ) -> Result<(), CommitError> {
        let (tenant, actor) = place_of(session);
        let context = self.acting_on(tenant, actor, request);
        let change = Change::new(&context, Action::Login)
            .put_platform(session, Condition::Absent)
            .note(SessionRecord::entity(), session.id);
        let change = match proof {
            Some(proof) => proof.add_to(change),
            None => change,
        };
        change.commit().await
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

    /// Replaces a sign-in that must still be as it was read. It is the same sign-in, of which nothing is noted.
    pub async fn replace_session(
        &self,
        stored: &Stored<SessionRecord>,
        session: &SessionRecord,
    ) -> Result<(), CommitError> {
        let stamp = Stamp {
            version: stored.version().saturating_add(1),
            audit_head: None,
        };
        let put = RawWrite::Put {
            key: platform_key(&session.key()),
            item: encode(session, stamp)?,
            condition: unchanged(stored),
        };
        match self.platform.table().transact(vec![put]).await {
            Ok(()) => Ok(()),
            Err(TransactError::Storage(error)) => Err(error.into()),
            Err(TransactError::Refused(_)) => {
                Err(CommitError::Refused(vec![SessionRecord::entity()]))
            }
        }
    }

    /// Ends a sign-in, and the one that it was switched to from for all the others, without taking back any
    /// access token.
    pub async fn close_session(
        &self,
        session: &Stored<SessionRecord>,
        request: &RequestInfo,
    ) -> Result<(), CommitError> {
        let now = self.platform.now();
        let origin = self.open_origin(session).await?;
        let (tenant, actor) = place_of(session);
        let context = self.acting_on(tenant, actor, request.clone());
        let mut change = Change::new(&context, Action::Delete)
            .update_platform(session, &ended(session, now))
            .note(SessionRecord::entity(), session.id);
        if let Some(origin) = &origin {
            change = change.update_platform(origin, &ended(origin, now));
        }
        change.commit().await
    }

    /// Reads the sign-in that another one was switched to from, if it has not ended.
    async fn open_origin(
        &self,
        session: &SessionRecord,
    ) -> Result<Option<Stored<SessionRecord>>, StorageError> {
        let Some(origin) = session.origin else {
            return Ok(None);
        };
        let origin = self.session(session.person_id, origin).await?;
        Ok(origin.filter(|origin| origin.revoked_at.is_none()))
    }

    /// Ends a sign-in as [`Self::close_session`] does, and takes back its access tokens. Of one that has ended already, only the access tokens are taken back, if
    /// they were not.
    pub async fn end_session(
        &self,
        session: &Stored<SessionRecord>,
        request: &RequestInfo,
    ) -> Result<(), CommitError> {
        self.end(session, Action::Delete, request).await
    }

    /// As [`Self::end_session`], of a sign-in of which somebody has a token who should not.
    pub async fn end_misused_session(
        &self,
        session: &Stored<SessionRecord>,
        request: &RequestInfo,
    ) -> Result<(), CommitError> {
        self.end(session, Action::Misused, request).await
    }

    async fn end(
        &self,
        session: &Stored<SessionRecord>,
        action: Action,
        request: &RequestInfo,
    ) -> Result<(), CommitError> {
        let now = self.platform.now();
        let over = ended(session, now);
        let origin = self.open_origin(session).await?;
        let revoked = Revoked::Session(session.id);
        let is_done = |before: &Revocations| {
            session.revoked_at.is_some() && origin.is_none() && before.has(revoked, now)
        };
        let (tenant, actor) = place_of(session);
        let context = self.acting_on(tenant, actor, request.clone());
        let mut change = Change::new(&context, action)
            .update_platform(session, &over)
            .note(SessionRecord::entity(), session.id);
        if let Some(origin) = &origin {
            change = change.update_platform(origin, &ended(origin, now));
        }
        if session.tenant_id.is_none() {
            let before = self.read_operator_revocations().await?;
            if before
                .as_ref()
                .is_some_and(|before| is_done(&before.record.0))
            {
                return Ok(());
            }
            let change = revoked_of_operators(change, before.as_ref(), revoked);
            return change.commit().await;
        }
        let before = revocations(&context).await?;
        if before
            .as_ref()
            .is_some_and(|before| is_done(&before.record.0))
        {
            return Ok(());
        }
        revoked_in(change, before.as_ref(), revoked, now)
            .commit()
            .await
    }

    /// Takes back the access tokens to one of the person's tenants of a person who is about to be signed
    /// out everywhere. What was taken back already stays so.
    pub async fn take_back_in(
        &self,
        tenant: TenantId,
        person: &PersonRecord,
        request: &RequestInfo,
    ) -> Result<(), CommitError> {
        self.end_in(tenant, person, request, None).await
    }

    /// As [`Self::take_back_in`], the access tokens as an operator.
    pub async fn take_back_as_operator(
        &self,
        person: &PersonRecord,
        request: &RequestInfo,
    ) -> Result<(), CommitError> {
        let before = self.read_operator_revocations().await?;
        let revoked = sign_outs(person);
        if before
            .as_ref()
            .is_some_and(|before| before.record.0.has(revoked, self.platform.now()))
        {
            return Ok(());
        }
        let actor = Actor::Operator(person.id);
        let context = self.acting_on(TenantId::PLATFORM, actor, request.clone());
        let change = Change::new(&context, Action::Update).note(PersonRecord::entity(), person.id);
        revoked_of_operators(change, before.as_ref(), revoked)
            .commit()
            .await
    }

    /// Replaces a person that must still be as it was read by one whose sign-ins have all ended, and takes
    /// back the access tokens to `tenant`; without one those as an operator, if the person is one.
    pub async fn replace_signed_out(
        &self,
        stored: &Stored<PersonRecord>,
        person: &PersonRecord,
        tenant: Option<TenantId>,
        request: &RequestInfo,
    ) -> Result<(), CommitError> {
        if let Some(tenant) = tenant {
            return self.end_in(tenant, person, request, Some(stored)).await;
        }
        let context = self.acting_on(TenantId::PLATFORM, themselves(person.id), request.clone());
        let mut change = Change::new(&context, Action::Update)
            .update_platform(stored, person)
            .note(PersonRecord::entity(), person.id);
        if person.is_operator {
            let before = self.read_operator_revocations().await?;
            change = revoked_of_operators(change, before.as_ref(), sign_outs(person));
        }
        change.commit().await
    }

    async fn end_in(
        &self,
        tenant: TenantId,
        person: &PersonRecord,
        request: &RequestInfo,
        replaced: Option<&Stored<PersonRecord>>,
    ) -> Result<(), CommitError> {
        let context = self.acting_on(tenant, themselves(person.id), request.clone());
        let (before, revoked) = (revocations(&context).await?, sign_outs(person));
        let is_done = before
            .as_ref()
            .is_some_and(|before| before.record.0.has(revoked, self.platform.now()));
        let mut change =
            Change::new(&context, Action::Update).note(PersonRecord::entity(), person.id);
        match replaced {
            None if is_done => return Ok(()),
            None => {}
            Some(stored) => change = change.update_platform(stored, person),
        }
        if !is_done {
            change = revoked_in(change, before.as_ref(), revoked, context.now());
        }
        change.commit().await
    }
}

/// Returns in whose trail stands what happens to a sign-in, and who does it: a member, or an operator.
fn place_of(session: &SessionRecord) -> (TenantId, Actor) {
    match session.tenant_id {
        Some(tenant) => (tenant, themselves(session.person_id)),
        None => (TenantId::PLATFORM, Actor::Operator(session.person_id)),
    }
}

/// Returns a sign-in that has ended, now if it had not before.
fn ended(session: &SessionRecord, now: Timestamp) -> SessionRecord {
    SessionRecord {
        revoked_at: session.revoked_at.or(Some(now)),
        ..session.clone()
    }
}

/// Reads whose access tokens to a tenant were taken back.
pub(crate) async fn revocations(
    context: &TenantContext,
) -> Result<Option<Stored<RevocationsRecord>>, StorageError> {
    context.read(&RevocationsKey {}, Consistency::Strong).await
}

/// Returns which access tokens are taken back of a person who has signed out everywhere.
fn sign_outs(person: &PersonRecord) -> Revoked {
    Revoked::SignOuts {
        person: person.id,
        since: person.sign_outs,
    }
}

/// Returns a person who acts on what is the person's own: no right is needed for that.
pub(crate) fn themselves(person: PersonId) -> Actor {
    Actor::Member(person)
}

/// Takes access tokens of operators back.
fn revoked_of_operators<'a>(
    change: Change<'a>,
    before: Option<&Stored<OperatorRevocationsRecord>>,
    of: Revoked,
) -> Change<'a> {
    let now = change.now();
    match before {
        None => {
            let first = OperatorRevocationsRecord(Revocations::default().with(of, now));
            change.put_platform(&first, Condition::Absent)
        }
        Some(stored) => {
            let more = OperatorRevocationsRecord(stored.record.0.with(of, now));
            change.update_platform(stored, &more)
        }
    }
}

/// Takes access tokens to a tenant back.
pub(crate) fn revoked_in<'a>(
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
