//! Members of a tenant: what they may do, whether anything at all, and the end of it.

use futures_util::future::join;
use http::{Method, StatusCode};
use jiff::SignedDuration;
use kernel::Clock;
use serde_json::{Value, json};
use tenancy::Role;
use tests::client::{Answer, Call, assert_refused};
use tests::walkthrough::Owner;

use super::scene::Scene;
use super::signed_in::{SignedIn, minute};

const MEMBERS: &str = "/api/v1/tenant/users";
const ALIAS: &str = "/api/v1/users";
const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A tenant with its admin and one more member, who runs a tenant of their own too.
pub(super) struct Team {
    pub(super) scene: Scene,
    pub(super) tenant: String,
    pub(super) elsewhere: String,
    pub(super) admin: SignedIn,
    pub(super) other: Owner,
    /// Where the other member is in the list.
    pub(super) place: String,
}

impl Team {
    pub(super) async fn new(seed: u64, role: Role) -> Self {
        let scene = Scene::new(seed).await;
        let (owner, other) = (Owner::named("acme"), Owner::named("other"));
        let tenant = scene.register("acme", &owner).await;
        let elsewhere = scene.register("other", &other).await;
        let person = scene.world.join(&tenant, &other.email, role).await.unwrap();
        let admin = SignedIn::new(&scene, &owner).await;
        Self {
            tenant,
            elsewhere,
            admin,
            other,
            place: format!("{MEMBERS}/{person}"),
            scene,
        }
    }

    /// Signs the other member in.
    pub(super) async fn member(&self) -> SignedIn {
        SignedIn::to(&self.scene, &self.other, &self.tenant).await
    }

    pub(super) async fn call(&self, call: Call) -> Answer {
        self.scene.call(call.bearer(&self.admin.access)).await
    }

    pub(super) async fn read(&self, place: &str) -> Answer {
        self.call(Call::get(place))
            .await
            .expect(StatusCode::OK)
            .unwrap()
    }

    async fn set(&self, place: &str, role: &str, state: &str) -> Answer {
        let read = self.read(place).await;
        let put = Call::put(place, &json!({ "role": role, "state": state }));
        self.call(put.if_match(read.header("etag"))).await
    }

    async fn remove(&self, place: &str) -> Answer {
        let read = self.read(place).await;
        self.call(Call::delete(place).if_match(read.header("etag")))
            .await
    }

    /// Returns where the admin is in the list.
    async fn admins_place(&self) -> String {
        let all = self.read(MEMBERS).await.json();
        let all = all["items"].as_array().unwrap().iter();
        let mut admins = all.filter(|member| member["email"] == "owner@acme.example");
        format!(
            "{MEMBERS}/{}",
            admins.next().unwrap()["id"].as_str().unwrap()
        )
    }
}

/// Asks for something that only a tenant admin may.
async fn ask_as_admin(scene: &Scene, member: &SignedIn) -> Answer {
    scene.call(Call::get(MEMBERS).bearer(&member.access)).await
}

#[tokio::test]
async fn members_are_listed_page_by_page_under_both_names() {
    let team = Team::new(720, Role::ContentEditor).await;
    for path in [MEMBERS, ALIAS] {
        let all = team.read(path).await.json();
        let told: Vec<_> = all["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| [&member["email"], &member["role"], &member["state"]].map(Value::clone))
            .collect();
        assert_eq!(
            told,
            [
                ["owner@acme.example", "tenantAdmin", "active"].map(Value::from),
                ["owner@other.example", "contentEditor", "active"].map(Value::from),
            ]
        );
        assert!(all["items"][1]["joinedAt"].is_string());
    }
    let first = team.read(&format!("{MEMBERS}?limit=1")).await.json();
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = team
        .read(&format!("{ALIAS}?limit=1&cursor={cursor}"))
        .await
        .json();
    assert_eq!(second["items"][0]["email"], "owner@other.example");
    assert!(second["nextCursor"].is_null());
    let one = team.read(&team.place).await;
    assert_eq!(one.json(), second["items"][0]);
    let alias = team.place.replace(MEMBERS, ALIAS);
    assert_eq!(team.read(&alias).await.header("etag"), one.header("etag"));
}

#[tokio::test]
async fn another_role_counts_within_a_minute_and_signs_nobody_out() {
    let team = Team::new(721, Role::ContentEditor).await;
    let member = team.member().await;
    assert_refused(&ask_as_admin(&team.scene, &member).await, 403, "forbidden");
    let changed = team.set(&team.place, "tenantAdmin", "active").await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(changed.at("/role").unwrap(), "tenantAdmin");
    minute(&team.scene).await;
    assert_refused(&member.ask(&team.scene).await, 401, "token_expired");
    // Whoever got a new token in the same moment has the new role in it.
    let next = SignedIn::of(&team.scene, &team.scene.refresh(&member.refresh).await).await;
    assert_eq!(next.id, member.id);
    assert_eq!(ask_as_admin(&team.scene, &next).await.status, 200);
    let changed = team.set(&team.place, "contentEditor", "active").await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let least = SignedIn::of(&team.scene, &team.scene.refresh(&next.refresh).await).await;
    minute(&team.scene).await;
    assert_refused(
        &ask_as_admin(&team.scene, &next).await,
        401,
        "token_expired",
    );
    assert_refused(&ask_as_admin(&team.scene, &least).await, 403, "forbidden");
    assert_eq!(least.ask(&team.scene).await.status, 200);
}

#[tokio::test]
async fn a_disabled_member_is_out_here_and_nowhere_else() {
    let team = Team::new(722, Role::WebsiteAdmin).await;
    let member = team.member().await;
    let elsewhere = SignedIn::to(&team.scene, &team.other, &team.elsewhere).await;
    let disabled = team.set(&team.place, "websiteAdmin", "disabled").await;
    assert_eq!(disabled.at("/state").unwrap(), "disabled");
    minute(&team.scene).await;
    member.assert_over(&team.scene).await;
    assert_eq!(elsewhere.ask(&team.scene).await.status, 200);
    assert_eq!(team.scene.refresh(&elsewhere.refresh).await.status, 200);
    let mut login = super::scene::credentials(&team.other);
    login["tenantId"] = json!(team.tenant);
    let refused = team.scene.post("/api/v1/auth/login", &login).await;
    assert_refused(&refused, 403, "tenant_inactive");
    let enabled = team.set(&team.place, "websiteAdmin", "active").await;
    assert_eq!(enabled.at("/state").unwrap(), "active");
    let refresh = team.scene.refresh(&member.refresh).await;
    assert_refused(&refresh, 401, "invalid_credentials");
    let again = team.member().await;
    assert_eq!(again.ask(&team.scene).await.status, 200);
    assert_eq!(team.scene.refresh(&again.refresh).await.status, 200);
}

#[tokio::test]
async fn a_sign_in_that_another_clock_has_later_than_the_end_of_all_is_over_too() {
    let team = Team::new(732, Role::WebsiteAdmin).await;
    let before = team.scene.world.clock.now();
    team.scene.world.clock.advance(SignedDuration::from_secs(5));
    let member = team.member().await;
    team.scene.world.clock.set(before);
    for state in ["disabled", "active"] {
        let set = team.set(&team.place, "websiteAdmin", state).await;
        assert_eq!(set.status, 200, "{}", set.text());
    }
    minute(&team.scene).await;
    member.assert_over(&team.scene).await;
}

#[tokio::test]
async fn a_removed_member_is_out_here_and_nowhere_else() {
    let team = Team::new(723, Role::WebsiteAdmin).await;
    let member = team.member().await;
    let elsewhere = SignedIn::to(&team.scene, &team.other, &team.elsewhere).await;
    assert_eq!(team.remove(&team.place).await.status, 204);
    minute(&team.scene).await;
    member.assert_over(&team.scene).await;
    assert_eq!(elsewhere.ask(&team.scene).await.status, 200);
    assert_eq!(team.scene.refresh(&elsewhere.refresh).await.status, 200);
    assert_refused(&team.call(Call::get(&team.place)).await, 404, "not_found");
    let all = team.read(MEMBERS).await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_last_who_runs_the_tenant_stays() {
    let team = Team::new(724, Role::WebsiteAdmin).await;
    let admin = team.admins_place().await;
    let leave = format!("/api/v1/auth/tenants/{}", team.tenant);
    for (role, state) in [("websiteAdmin", "active"), ("tenantAdmin", "disabled")] {
        assert_refused(&team.set(&admin, role, state).await, 409, "last_admin");
    }
    let toggle = Call::new(Method::POST, format!("{admin}/toggle_status"));
    assert_refused(&team.call(toggle).await, 409, "last_admin");
    assert_refused(&team.remove(&admin).await, 409, "last_admin");
    assert_refused(&team.call(Call::delete(&leave)).await, 409, "last_admin");
    // Somebody who is disabled does not run it either.
    let disabled = team.set(&team.place, "tenantAdmin", "disabled").await;
    assert_eq!(disabled.status, 200, "{}", disabled.text());
    assert_refused(&team.remove(&admin).await, 409, "last_admin");
    let enabled = team.set(&team.place, "tenantAdmin", "active").await;
    assert_eq!(enabled.status, 200, "{}", enabled.text());
    assert_eq!(team.remove(&admin).await.status, 204);
}

#[tokio::test]
async fn who_does_not_run_the_tenant_any_more_does_not_come_back_with_an_old_token() {
    let team = Team::new(730, Role::TenantAdmin).await;
    let other = team.member().await;
    let by_other = async |call: Call| team.scene.call(call.bearer(&other.access)).await;
    assert_eq!(by_other(Call::get(MEMBERS)).await.status, 200);
    let admin = team.admins_place().await;
    for (role, state) in [("contentEditor", "active"), ("tenantAdmin", "disabled")] {
        let changed = team.set(&team.place, role, state).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        // The authorizer does not know it yet.
        let body = json!({ "role": "tenantAdmin", "state": "active" });
        for place in [&team.place, &admin] {
            let back = Call::put(place, &body).if_match(changed.header("etag"));
            let back = by_other(back.clone()).await;
            assert!(
                [403, 412].contains(&back.status.as_u16()),
                "{}",
                back.text()
            );
            let toggle = Call::new(Method::POST, format!("{place}/toggle_status"));
            assert_refused(&by_other(toggle).await, 403, "forbidden");
        }
        let found = team.read(&team.place).await;
        assert_eq!(found.header("etag"), changed.header("etag"), "as it was");
    }
}

#[tokio::test]
async fn of_two_who_let_each_other_go_one_stays() {
    let team = Team::new(725, Role::TenantAdmin).await;
    let (other, admin) = (team.member().await, team.admins_place().await);
    let version = team.read(&admin).await.header("etag").to_owned();
    let of_other = team.read(&team.place).await.header("etag").to_owned();
    let one = Call::delete(&team.place)
        .if_match(&of_other)
        .bearer(&team.admin.access);
    let two = Call::delete(&admin)
        .if_match(&version)
        .bearer(&other.access);
    let (one, two) = join(team.scene.call(one), team.scene.call(two)).await;
    let mut both = [one.status.as_u16(), two.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [204, 403], "{} {}", one.text(), two.text());
}

#[tokio::test]
async fn a_change_needs_the_version_that_it_means() {
    let team = Team::new(726, Role::ContentEditor).await;
    let body = json!({ "role": "websiteAdmin", "state": "active" });
    let put = || Call::put(&team.place, &body);
    assert_refused(&team.call(put()).await, 428, "precondition_required");
    let read = team.read(&team.place).await;
    let changed = team.call(put().if_match(read.header("etag"))).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let stale = team.call(put().if_match(read.header("etag"))).await;
    assert_refused(&stale, 412, "precondition_failed");
    let same = team.call(put().if_match(changed.header("etag"))).await;
    assert_eq!(
        same.header("etag"),
        changed.header("etag"),
        "nothing changed"
    );
    let delete = Call::delete(&team.place);
    assert_refused(&team.call(delete).await, 428, "precondition_required");
}

#[tokio::test]
async fn what_is_no_role_and_no_state_is_refused() {
    let team = Team::new(727, Role::ContentEditor).await;
    for (role, state, pointers) in [
        ("system", "active", vec!["/role"]),
        ("visitor", "gone", vec!["/role", "/state"]),
        ("tenantAdmin", "Active", vec!["/state"]),
    ] {
        let refused = team.set(&team.place, role, state).await;
        assert_refused(&refused, 422, "validation_failed");
        let problem = refused.json();
        let told = problem["errors"].as_array().unwrap().iter();
        let told: Vec<_> = told
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(told, pointers);
    }
}

#[tokio::test]
async fn a_status_is_toggled_once_under_one_key() {
    let team = Team::new(728, Role::ContentEditor).await;
    let alias = team.place.replace(MEMBERS, ALIAS);
    let toggle = |place: &str, key: &str| {
        let call = Call::new(Method::POST, format!("{place}/toggle_status"));
        call.with("idempotency-key", key)
    };
    let first = team.call(toggle(&team.place, "one")).await;
    assert_eq!(first.at("/state").unwrap(), "disabled");
    let again = team.call(toggle(&alias, "one")).await;
    assert_eq!(again.at("/state").unwrap(), "disabled");
    assert_eq!(again.header("etag"), first.header("etag"));
    let back = team.call(toggle(&alias, "two")).await;
    assert_eq!(back.at("/state").unwrap(), "active");
}

#[tokio::test]
async fn who_may_not_manage_members_does_not() {
    let team = Team::new(729, Role::WebsiteAdmin).await;
    let member = team.member().await;
    let operator = team.scene.world.operator().await.unwrap();
    let elsewhere = SignedIn::to(&team.scene, &team.other, &team.elsewhere).await;
    let calls = || {
        let change = json!({ "role": "tenantAdmin", "state": "active" });
        [
            Call::get(MEMBERS),
            Call::get(&team.place),
            Call::put(&team.place, &change).if_match("\"1\""),
            Call::delete(&team.place).if_match("\"1\""),
            Call::new(Method::POST, format!("{}/toggle_status", team.place)),
        ]
    };
    for call in calls() {
        assert_refused(&team.scene.call(call.clone()).await, 401, "unauthenticated");
        let refused = team.scene.call(call.clone().bearer(&member.access)).await;
        assert_refused(&refused, 403, "forbidden");
        let refused = team.scene.call(call.bearer(&operator)).await;
        assert_refused(&refused, 400, "tenant_required");
    }
    // Who is in another tenant is as if nobody.
    let admin = team.admins_place().await;
    let ask = async |place: &str| {
        team.scene
            .call(Call::get(place).bearer(&elsewhere.access))
            .await
    };
    let foreign = ask(&admin).await;
    assert_refused(&foreign, 404, "not_found");
    let missing = ask(&format!("{MEMBERS}/{NOBODY}")).await;
    assert_eq!(foreign.problem(), missing.problem());
}
