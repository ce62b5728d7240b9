//! The authorizer's answers, and what they cost in reads.

mod store;

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use jiff::{SignedDuration, Timestamp};
use kernel::{ManualClock, OperationId, SeededEntropy, TenantId};
use serde_json::json;
use tenancy::claims::{AUDIENCE, AccessClaims, TOKEN_TYPE};
use tenancy::gateway::{Principal, Standing};
use tenancy::identity::{Identity, NewTenant};
use tenancy::permission::ManageTenants;
use tenancy::records::{
    OperationRecord, ProfileRecord, PublicKey, SigningKeysRecord, TenantRecord, TenantStatus, Tier,
};
use tenancy::{
    Action, Actor, Admission, GatewayContext, OperatorPermit, Outcome, Platform, Refusal,
    RequestInfo, Role,
};

use super::{Authorizer, Keys, Statuses};
use store::{NoBucket, Store};

const ISSUER: &str = "http://localhost:3000";
const PERSON: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const SESSION: &str = "01890a5d-ac96-774b-bcce-b302099a8058";

struct World {
    store: Arc<Store>,
    clock: ManualClock,
    platform: Platform,
    tenant: TenantId,
}

impl World {
    /// Makes a platform with one key, `old`, and one tenant, which is in use.
    async fn new() -> Self {
        let store = Arc::new(Store::default());
        let clock = ManualClock::at(Timestamp::from_second(1_800_000_000).unwrap());
        let platform = Platform::new(
            Arc::clone(&store) as Arc<_>,
            Arc::new(NoBucket),
            Arc::new(clock.clone()),
            Arc::new(SeededEntropy::new(1)),
        );
        let identity = Identity::new(platform.clone());
        let tenant = identity.new_tenant_id();
        let world = Self {
            store,
            clock,
            platform,
            tenant,
        };
        world.publish(&["old"]).await;
        world.register().await;
        world
    }

    fn identity(&self) -> Identity {
        Identity::new(self.platform.clone())
    }

    /// Makes an environment that remembers nothing.
    fn authorizer(&self) -> Authorizer {
        Authorizer {
            identity: self.identity(),
            issuer: ISSUER.to_owned(),
            keys: Keys::default(),
            statuses: Statuses::default(),
        }
    }

    async fn register(&self) {
        let now = self.platform.now();
        let tenant = TenantRecord {
            id: self.tenant,
            name: "Acme".to_owned(),
            subdomain: "acme".parse().unwrap(),
            custom_domain: None,
            status: TenantStatus::Active,
            tier: Tier::Free,
            quota: Tier::Free.quota(),
            profile: ProfileRecord::default(),
            metadata: BTreeMap::new(),
            created_at: now,
            updated_at: now,
            suspended_at: None,
            suspended_reason: None,
            purge_at: None,
        };
        let id = OperationId::mint(self.platform.mint());
        let person = PERSON.parse().unwrap();
        let new = NewTenant {
            tenant,
            operation: OperationRecord::pending(id, "x", &[], self.tenant, person, now),
            new_person: None,
            once: None,
        };
        let actor = Actor::Operator(person);
        let request = RequestInfo::default();
        self.identity().register(new, actor, request).await.unwrap();
    }

    async fn set_status(&self, status: TenantStatus) {
        let operator = GatewayContext {
            outcome: Outcome::Authenticated(Principal {
                person: PERSON.parse().unwrap(),
                session: SESSION.parse().unwrap(),
                standing: Standing::Operator,
            }),
        };
        let admitted = self.platform.admit(&operator, None, RequestInfo::default());
        let Ok(Admission::Operator(operator)) = admitted else {
            panic!("an operator is one");
        };
        let permit: OperatorPermit<ManageTenants> = operator.permit();
        let stored = permit.tenant(self.tenant).await.unwrap().unwrap();
        let next = TenantRecord {
            status,
            ..stored.record.clone()
        };
        let event = events::Event::TenantUpdated {};
        permit
            .replace(&stored, &next, Action::ConfigChange, event)
            .await
            .unwrap();
    }

    /// Makes these the keys; the seed of a key is its id.
    async fn publish(&self, kids: &[&str]) {
        let keys = kids.iter().map(|kid| PublicKey {
            kid: (*kid).to_owned(),
            x: URL_SAFE_NO_PAD.encode(key(kid).verifying_key().to_bytes()),
        });
        let keys = SigningKeysRecord {
            keys: keys.collect(),
        };
        let before = self.identity().signing_keys().await.unwrap();
        self.identity()
            .publish_signing_keys(before.as_ref(), &keys)
            .await
            .unwrap();
    }

    fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// Signs a member's token with a key, or an operator's.
    fn token(&self, kid: &str, is_operator: bool) -> String {
        let now = self.platform.now().as_second();
        let claims = AccessClaims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: PERSON.parse().unwrap(),
            sid: SESSION.parse().unwrap(),
            iat: now,
            exp: now + 900,
            tenant: (!is_operator).then_some(self.tenant),
            role: (!is_operator).then_some(Role::ContentEditor),
            operator: is_operator,
        };
        let header = json!({ "alg": "EdDSA", "typ": TOKEN_TYPE, "kid": kid }).to_string();
        let claims = serde_json::to_string(&claims).unwrap();
        let body = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let signature = key(kid).sign(body.as_bytes()).to_bytes();
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Asks, and counts the reads that the answer took.
    async fn ask(&self, authorizer: &Authorizer, token: &str) -> (Outcome, usize) {
        let before = self.store.reads();
        let payload = json!({ "headers": { "authorization": format!("Bearer {token}") } });
        let outcome = authorizer.outcome(&payload).await;
        (outcome, self.store.reads() - before)
    }
}

fn key(kid: &str) -> SigningKey {
    let mut seed = [0; 32];
    for (place, byte) in seed.iter_mut().zip(kid.bytes()) {
        *place = byte;
    }
    SigningKey::from_bytes(&seed)
}

fn is_in(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Authenticated(_))
}

fn refused(refusal: Refusal) -> Outcome {
    Outcome::Refused(refusal)
}

#[tokio::test]
async fn a_warm_environment_reads_nothing_and_a_status_once_a_minute() {
    let world = World::new().await;
    let (authorizer, token) = (world.authorizer(), world.token("old", false));
    for (advance, reads) in [(0, 2), (0, 0), (59, 0), (1, 1), (0, 0), (59, 0), (1, 1)] {
        world.advance(advance);
        let (outcome, read) = world.ask(&authorizer, &token).await;
        assert!(is_in(&outcome), "{outcome:?}");
        assert_eq!(read, reads, "{advance} s on");
    }
}

#[tokio::test]
async fn an_operators_token_needs_no_tenant() {
    let world = World::new().await;
    let authorizer = world.authorizer();
    let (outcome, reads) = world.ask(&authorizer, &world.token("old", true)).await;
    assert!(is_in(&outcome), "{outcome:?}");
    assert_eq!(reads, 1, "the keys");
}

#[tokio::test]
async fn a_tenant_that_is_not_in_use_is_refused_within_a_minute() {
    use TenantStatus::{Deleted, Deprovisioning, Provisioning, Suspended};
    for status in [Provisioning, Suspended, Deprovisioning, Deleted] {
        let world = World::new().await;
        let (warm, token) = (world.authorizer(), world.token("old", false));
        assert!(is_in(&world.ask(&warm, &token).await.0));
        world.set_status(status).await;
        let (cold, _) = world.ask(&world.authorizer(), &token).await;
        assert_eq!(cold, refused(Refusal::InactiveTenant), "{status:?} at once");
        world.advance(60);
        let (outcome, _) = world.ask(&warm, &token).await;
        assert_eq!(outcome, refused(Refusal::InactiveTenant), "{status:?}");
        world.set_status(TenantStatus::Active).await;
        world.advance(60);
        assert!(is_in(&world.ask(&warm, &token).await.0), "{status:?} over");
    }
}

#[tokio::test]
async fn a_flood_of_unknown_keys_is_one_read_in_ten_seconds() {
    let world = World::new().await;
    let authorizer = world.authorizer();
    let mut reads = 0;
    for number in 0..1_000 {
        let token = world.token(&format!("k{number}"), false);
        let (outcome, read) = world.ask(&authorizer, &token).await;
        assert_eq!(outcome, refused(Refusal::Unauthenticated));
        reads += read;
    }
    assert_eq!(reads, 1);
    // A key that comes meanwhile is found once the ten seconds are over.
    world.publish(&["new", "old"]).await;
    let token = world.token("new", false);
    world.advance(9);
    let (early, read) = world.ask(&authorizer, &token).await;
    assert_eq!((early, read), (refused(Refusal::Unauthenticated), 0));
    world.advance(1);
    assert!(is_in(&world.ask(&authorizer, &token).await.0));
}

#[tokio::test]
async fn a_key_that_was_taken_back_is_forgotten() {
    let world = World::new().await;
    let (authorizer, token) = (world.authorizer(), world.token("old", true));
    assert!(is_in(&world.ask(&authorizer, &token).await.0));
    world.publish(&["new"]).await;
    world.advance(299);
    assert!(is_in(&world.ask(&authorizer, &token).await.0));
    world.advance(1);
    let (outcome, _) = world.ask(&authorizer, &token).await;
    assert_eq!(outcome, refused(Refusal::Unauthenticated));
}

#[tokio::test]
async fn without_storage_nobody_new_is_let_in_and_nobody_is_called_a_forger() {
    let world = World::new().await;
    let (warm, token) = (world.authorizer(), world.token("old", false));
    assert!(is_in(&world.ask(&warm, &token).await.0));
    world.store.set_down(true);
    let (cold, _) = world.ask(&world.authorizer(), &token).await;
    assert_eq!(cold, refused(Refusal::Unavailable));
    assert!(is_in(&world.ask(&warm, &token).await.0), "it needs no read");
    world.advance(60);
    let (outcome, _) = world.ask(&warm, &token).await;
    assert_eq!(outcome, refused(Refusal::Unavailable), "the status is old");
    world.store.set_down(false);
    assert!(is_in(&world.ask(&warm, &token).await.0));
}

#[tokio::test]
async fn what_is_no_good_token_is_told_apart_and_costs_no_read_of_a_tenant() {
    let world = World::new().await;
    let authorizer = world.authorizer();
    let token = world.token("old", false);
    let (outcome, _) = world.ask(&authorizer, "e30.e30.e30").await;
    assert_eq!(outcome, refused(Refusal::Unauthenticated));
    world.advance(910);
    let (outcome, reads) = world.ask(&authorizer, &token).await;
    assert_eq!((outcome, reads), (refused(Refusal::Expired), 1), "the keys");
    let none = authorizer.outcome(&json!({ "headers": {} })).await;
    assert_eq!(none, Outcome::Anonymous);
    let other = json!({ "headers": { "authorization": "Basic YTpi" } });
    let other = authorizer.outcome(&other).await;
    assert_eq!(other, refused(Refusal::Unauthenticated));
}
