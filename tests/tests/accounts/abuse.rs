//! The rule against abuse: what comes from a tenant that nobody does by right has it suspended, and no other tenant;
//! those who run it are told, can appeal, and an operator lets it in again.

use jiff::SignedDuration;
use kernel::limits::{APPEAL_CHARS_MAX, APPEAL_LIFE_S, REFUSALS_NOTED, TENANT_STATUS_CACHE_S};
use serde::Deserialize;
use serde_json::{Value, json};
use tenancy::RequestInfo;
use tenancy::abuse::AbuseLimits;
use tenancy::gateway::Notice;
use tenancy::records::Tier;
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::support::entered;
use tests::walkthrough::sign_in;
use tests::world::{Settled, World};

const TENANTS: &str = "/api/v1/admin/tenants";
const APPEALS: &str = "/api/v1/auth/appeals";
const PROFILE: &str = "/api/v1/tenant/profile";
const PASSWORD: &str = "/api/v1/auth/password";

/// Two tenants and an operator.
struct Scene {
    world: World,
    acme: Settled,
    rival: Settled,
    operator: String,
}

impl Scene {
    async fn new(seed: u64) -> Self {
        let world = World::new(seed).await.unwrap();
        let acme = world.settled_tenant("acme").await.unwrap();
        let rival = world.settled_tenant("rival").await.unwrap();
        let operator = world.operator().await.unwrap();
        Self {
            world,
            acme,
            rival,
            operator,
        }
    }

    /// As [`Self::new`], where the rival's contract has low limits.
    async fn strict(seed: u64, limits: Value) -> Self {
        let scene = Self::new(seed).await;
        let place = format!("{TENANTS}/{}/tier", scene.rival.tenant);
        let tier = Call::put(place, &json!({ "tier": "Custom" }));
        assert_eq!(scene.as_operator(tier).await.status, 200);
        let agreed = scene.agree(&json!({ "abuseLimits": limits })).await;
        assert_eq!(agreed.json()["abuseLimits"], limits, "{}", agreed.text());
        scene
    }

    /// Says what is agreed with the rival; the rest stays.
    async fn agree(&self, terms: &Value) -> Answer {
        let place = format!("{TENANTS}/{}", self.rival.tenant);
        let read = self.as_operator(Call::get(&place)).await;
        let mut body = terms.clone();
        body["name"] = json!("rival");
        let agree = Call::put(place, &body).if_match(read.header("etag"));
        let agreed = self.as_operator(agree).await;
        assert_eq!(agreed.status, 200, "{}", agreed.text());
        agreed
    }

    async fn call(&self, call: Call) -> Answer {
        self.world.client().call(call).await.unwrap()
    }

    async fn as_operator(&self, call: Call) -> Answer {
        self.call(call.bearer(&self.operator)).await
    }

    async fn as_rival(&self, call: Call) -> Answer {
        self.call(call.bearer(&self.rival.tokens.access)).await
    }

    /// Lets what was done be judged, and returns a tenant as operators see it then.
    async fn judged(&self, tenant: &Settled) -> Value {
        self.world.platform.settle().await.unwrap();
        let place = format!("{TENANTS}/{}", tenant.tenant);
        let read = self.as_operator(Call::get(place)).await;
        assert_eq!(read.status, 200, "{}", read.text());
        read.json()
    }

    async fn assert_suspended(&self, reason: &str) {
        let rival = self.judged(&self.rival).await;
        assert_eq!(rival["status"], "Suspended");
        assert_eq!(rival["suspendedReason"], reason);
        assert_eq!(self.judged(&self.acme).await["status"], "Active");
    }

    /// Checks that the suspension is in the list of tenants, and in the trail.
    async fn assert_written_down(&self, reason: &str) {
        let listed = Call::get(format!("{TENANTS}?status=Suspended"));
        let listed = self.as_operator(listed).await.json();
        assert_eq!(listed["items"][0]["id"], self.rival.tenant);
        let trail = format!(
            "/api/v1/admin/audit?tenantId={}&limit=1&action=security.suspended",
            self.rival.tenant
        );
        let entry = self.as_operator(Call::get(trail)).await.json()["items"][0].clone();
        assert_eq!(entry["actor"], "system:security");
        let changed = entry["changes"].as_array().unwrap();
        assert!(
            changed
                .iter()
                .any(|change| change["field"] == "suspendedReason" && change["after"] == reason)
        );
    }

    /// Has what the rival asks for be another tenant's.
    async fn ask_for_anothers(&self, times: usize) {
        for _ in 0..times {
            let refused = self.as_rival(Call::get(&self.acme.website)).await;
            assert_refused(&refused, 404, "not_found");
        }
    }

    async fn appeal(&self, token: &str, text: &str) -> Answer {
        let body = json!({ "token": token, "text": text });
        self.call(Call::post(APPEALS, &body)).await
    }

    fn pass(&self, seconds: i64) {
        self.world.clock.advance(SignedDuration::from_secs(seconds));
    }
}

fn limits(cross_tenant: u32, failed_proofs: u32, refused_requests: u64, egress_mib: u32) -> Value {
    json!({
        "crossTenant": cross_tenant,
        "failedProofs": failed_proofs,
        "refusedRequests": refused_requests,
        "egressMib": egress_mib,
    })
}

/// Suspension with a reason, notice and appeal, within a minute, of the one tenant alone.
#[tokio::test]
async fn who_tries_for_others_is_suspended_told_and_may_appeal() {
    let scene = Scene::strict(940, limits(3, 500, 500_000, 20_480)).await;
    scene.ask_for_anothers(3).await;
    assert_eq!(scene.judged(&scene.rival).await["status"], "Active");
    scene.ask_for_anothers(1).await;
    let reason = "abuse: 4 requests for what is other tenants' within an hour; the most is \
                  3 requests for what is other tenants'";
    scene.assert_suspended(reason).await;
    scene.assert_written_down(reason).await;
    scene.pass(TENANT_STATUS_CACHE_S + 1);
    let refused = scene.as_rival(Call::get(PROFILE)).await;
    assert_refused(&refused, 403, "tenant_inactive");
    // The one who runs it is told, and appeals once.
    let email = &scene.rival.owner.email;
    let mails = scene.world.mails_to(email).await.unwrap();
    let mail = mails.last().unwrap();
    assert!(mail.message.contains("Subject: rival is suspended"));
    assert!(mail.text.contains(reason), "{}", mail.text);
    assert!(!mail.text.contains(&scene.acme.tenant));
    let token = scene.world.token_to(email).await.unwrap();
    for text in ["", " ", &"a".repeat(APPEAL_CHARS_MAX + 1)] {
        let refused = scene.appeal(&token, text).await;
        assert_refused(&refused, 422, "validation_failed");
        assert_eq!(pointers(&refused), ["/text"]);
    }
    let forged = format!("{}0", &token[..token.len() - 1]);
    assert_refused(
        &scene.appeal(&forged, "It was us.").await,
        410,
        "link_expired",
    );
    assert!(scene.judged(&scene.rival).await.get("appeal").is_none());
    assert_eq!(
        scene.appeal(&token, "A script had old ids.").await.status,
        204
    );
    assert_refused(
        &scene.appeal(&token, "Once more.").await,
        410,
        "link_expired",
    );
    let appeal = scene.judged(&scene.rival).await["appeal"].clone();
    assert_eq!(appeal["text"], "A script had old ids.");
    let activate = format!("{TENANTS}/{}/activate", scene.rival.tenant);
    let active = scene.as_operator(Call::post(activate, &json!({}))).await;
    assert_eq!(active.status, 200);
    assert_eq!(active.json().get("appeal"), None);
    scene.pass(TENANT_STATUS_CACHE_S + 1);
    // It begins anew, within the same hour too.
    let tokens = sign_in(&scene.world.client(), &scene.rival.owner)
        .await
        .unwrap();
    let rival = Settled {
        tokens,
        ..scene.rival.clone()
    };
    let scene = Scene { rival, ..scene };
    scene.ask_for_anothers(3).await;
    assert_eq!(scene.judged(&scene.rival).await["status"], "Active");
    assert_refused(&scene.appeal(&token, "Later.").await, 410, "link_expired");
}

/// What an operator does who was let in is not the tenant's doing.
#[tokio::test]
async fn what_operators_do_in_a_tenant_counts_for_nobody() {
    let scene = Scene::strict(946, limits(0, 500, 500_000, 20_480)).await;
    let (admin, tenant) = (&*scene.rival.tokens.access, &*scene.rival.tenant);
    let inside = entered(&scene.world, [admin, &scene.operator, tenant], false).await;
    let ask = Call::get(&scene.acme.website).bearer(&inside.unwrap().access);
    assert_refused(&scene.call(ask).await, 404, "not_found");
    assert_eq!(scene.judged(&scene.rival).await["status"], "Active");
    scene.ask_for_anothers(1).await;
    assert_eq!(scene.judged(&scene.rival).await["status"], "Suspended");
}

#[tokio::test]
async fn an_appeal_can_be_made_for_thirty_days_by_who_runs_the_tenant() {
    let scene = Scene::strict(941, limits(0, 500, 500_000, 20_480)).await;
    scene.ask_for_anothers(1).await;
    assert_eq!(scene.judged(&scene.rival).await["status"], "Suspended");
    let token = scene
        .world
        .token_to(&scene.rival.owner.email)
        .await
        .unwrap();
    scene.pass(APPEAL_LIFE_S);
    assert_refused(
        &scene.appeal(&token, "Too late.").await,
        410,
        "link_expired",
    );
}

#[tokio::test]
async fn requests_beyond_the_limits_are_too_many_at_some_time() {
    let most = REFUSALS_NOTED - 1;
    let scene = Scene::strict(942, limits(5_000, 500, most, 20_480)).await;
    let one = json!([{ "requests": 1, "per": "hour" }]);
    let one = json!({ "rateLimits": { "tenant": one, "key": one } });
    scene.agree(&one).await;
    scene.pass(TENANT_STATUS_CACHE_S + 1);
    let mut refused = 0;
    while refused < REFUSALS_NOTED {
        let answer = scene.as_rival(Call::get(PROFILE)).await;
        refused += u64::from(answer.status == 429);
    }
    let reason = format!(
        "abuse: {REFUSALS_NOTED} requests beyond the limits within an hour; the most is {most} \
         requests beyond the limits"
    );
    scene.assert_suspended(&reason).await;
}

#[tokio::test]
async fn answers_are_too_many_at_some_time() {
    let scene = Scene::strict(943, limits(5_000, 500, 500_000, 63)).await;
    let everything = || scene.as_rival(Call::get("/api/v1/openapi.json"));
    let bytes = everything().await.text().len();
    for _ in 0..64 * 1_048_576 / bytes {
        assert_eq!(everything().await.status, 200);
    }
    let reason = "abuse: 64 MiB of answers within an hour; the most is 63 MiB of answers";
    scene.assert_suspended(reason).await;
}

/// Threat C4: whoever tries passwords for a tenant's members from outside suspends nobody; a member who tries those of
/// the own sign-in does.
#[tokio::test]
async fn passwords_that_strangers_try_count_for_nobody() {
    let scene = Scene::strict(944, limits(5_000, 2, 500_000, 20_480)).await;
    let stranger = json!({ "email": scene.rival.owner.email, "password": "another password" });
    for _ in 0..5 {
        let refused = scene
            .call(Call::post("/api/v1/auth/login", &stranger))
            .await;
        assert_refused(&refused, 401, "invalid_credentials");
    }
    assert_eq!(scene.judged(&scene.rival).await["status"], "Active");
    let wrong = json!({ "currentPassword": "another password", "newPassword": "a horse of another colour" });
    for _ in 0..3 {
        let refused = scene.as_rival(Call::post(PASSWORD, &wrong)).await;
        assert_refused(&refused, 401, "invalid_credentials");
    }
    let reason = "abuse: 3 wrong passwords or codes of members within an hour; the most is 2 \
                  wrong passwords or codes of members";
    scene.assert_suspended(reason).await;
}

/// What honest programs and people do within an hour, at their worst.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Burst {
    what: String,
    #[serde(default)]
    foreign_ids: usize,
    #[serde(default)]
    wrong_passwords: usize,
    #[serde(default)]
    refused_requests: u64,
    #[serde(default)]
    answered_mib: u64,
}

/// None of the honest bursts has anybody suspended, not even all of them within one hour, in the smallest
/// tier.
#[tokio::test]
async fn honest_bursts_suspend_nobody() {
    let limits = serde_json::to_value(AbuseLimits::of_tier(Tier::Free)).unwrap();
    let scene = Scene::strict(945, limits).await;
    // So that all of it can be asked at once.
    let many = json!([{ "requests": 100_000, "per": "minute" }]);
    let many = json!({ "rateLimits": { "tenant": many, "key": many } });
    scene.agree(&many).await;
    scene.pass(TENANT_STATUS_CACHE_S + 1);
    let bursts: Vec<Burst> =
        serde_json::from_str(include_str!("abuse/honest_bursts.json")).unwrap();
    assert!(bursts.len() > 5);
    let (storage, tenant) = (scene.world.storage(), scene.rival.tenant.parse().unwrap());
    let noticed = async |notice| {
        let request = RequestInfo::default();
        storage.write_down(notice, request).await.unwrap();
    };
    for burst in bursts {
        scene.ask_for_anothers(burst.foreign_ids).await;
        let wrong = json!({ "currentPassword": "another password", "newPassword": "a horse of another colour" });
        for _ in 0..burst.wrong_passwords {
            let refused = scene.as_rival(Call::post(PASSWORD, &wrong)).await;
            assert!(
                [401, 429].contains(&refused.status.as_u16()),
                "{}",
                refused.text()
            );
        }
        noticed(Notice::Refused(tenant, burst.refused_requests)).await;
        noticed(Notice::Answered(tenant, burst.answered_mib << 20)).await;
        let judged = scene.judged(&scene.rival).await;
        assert_eq!(judged["status"], "Active", "{}: {judged}", burst.what);
    }
    // The rule does hold for this tenant.
    noticed(Notice::Refused(tenant, 500_000)).await;
    assert_eq!(scene.judged(&scene.rival).await["status"], "Suspended");
    assert_eq!(scene.judged(&scene.acme).await["status"], "Active");
}
