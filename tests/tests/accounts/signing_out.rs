//! Where a person is signed in, and ending that elsewhere: refresh tokens at once, access tokens within a
//! minute, and nobody else's.

mod everywhere;

use futures_util::future::{join, join_all};
use http::{Method, StatusCode};
use kernel::limits::{
    AGENT_CHARS_MAX, REFRESH_GRACE_S, REFRESH_TOKEN_LIFE_S, REVOCATIONS_MAX, SESSION_LIFE_S,
};
use serde_json::{Value, json};
use tenancy::audit::AuditRecord;
use tenancy::keys::AuditKey;
use tenancy::permission::ManageTenant;
use tenancy::{Action, Role, Stored};
use tests::client::{Call, assert_refused};
use tests::walkthrough::Owner;

use super::scene::{Scene, credentials};
use super::signed_in::{SESSIONS, SignedIn, minute, sessions};

async fn with_owner(seed: u64) -> (Scene, Owner) {
    let scene = Scene::new(seed).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    (scene, owner)
}

#[tokio::test]
async fn a_person_sees_where_they_are_signed_in() {
    let (scene, owner) = with_owner(700).await;
    let phone = Call::post("/api/v1/auth/login", &credentials(&owner));
    let phone = scene.call(phone.with("user-agent", "Phone/1")).await;
    let phone = SignedIn::of(&scene, &phone).await;
    scene.world.advance(60).await.unwrap();
    let desk = SignedIn::new(&scene, &owner).await;
    scene.world.advance(60).await.unwrap();
    assert_eq!(scene.refresh(&phone.refresh).await.status, 200);
    let all = sessions(&scene, &desk.access).await;
    let ids: Vec<_> = all
        .iter()
        .map(|session| session["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [&desk.id, &phone.id], "the newest first");
    let [of_desk, of_phone] = [&all[0], &all[1]];
    assert_eq!(of_desk["isCurrent"], true);
    assert_eq!(of_phone["isCurrent"], false);
    assert_eq!(of_phone["agent"], "Phone/1");
    assert_eq!(of_phone["address"], "127.0.0.1");
    assert!(of_phone["tenantId"].is_string());
    assert_eq!(of_desk["lastUsedAt"], of_desk["createdAt"]);
    let text = |session: &Value, name: &str| session[name].as_str().unwrap().to_owned();
    assert!(text(of_phone, "lastUsedAt") > text(of_desk, "lastUsedAt"));
    let secret = phone.refresh.rsplit('.').next().unwrap();
    let shown = serde_json::to_string(&all).unwrap();
    assert!(!shown.contains(secret), "no part of a token is shown");
}

#[tokio::test]
async fn the_list_is_paged_and_leaves_out_what_has_ended() {
    let (scene, owner) = with_owner(701).await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(SignedIn::new(&scene, &owner).await);
        scene.world.advance(1).await.unwrap();
    }
    let last = made.last().unwrap();
    assert_eq!(last.end(&scene, &made[2].id).await.status, 204);
    let body = json!({ "refreshToken": made[1].refresh });
    assert_eq!(scene.post("/api/v1/auth/logout", &body).await.status, 204);
    let (mut found, mut cursor) = (Vec::new(), String::new());
    for _ in 0..5 {
        let path = format!("{SESSIONS}?limit=2{cursor}");
        let page = scene.call(Call::get(path).bearer(&last.access)).await;
        let page = page.expect(StatusCode::OK).unwrap().json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        found.extend(items.iter().map(|it| it["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["nextCursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(
        found,
        [&made[4].id, &made[3].id, &made[0].id].map(Clone::clone)
    );
    // A cursor is its person's own.
    let other = Owner::named("other");
    scene.register("other", &other).await;
    let other = SignedIn::new(&scene, &other).await;
    let path = format!("{SESSIONS}?limit=2{cursor}");
    let foreign = scene.call(Call::get(path).bearer(&other.access)).await;
    assert_refused(&foreign, 400, "invalid_cursor");
}

#[tokio::test]
async fn a_sign_in_is_ended_from_elsewhere() {
    let (scene, owner) = with_owner(702).await;
    let lost = SignedIn::new(&scene, &owner).await;
    let here = SignedIn::new(&scene, &owner).await;
    assert_eq!(lost.ask(&scene).await.status, 200);
    scene.world.advance(1).await.unwrap();
    assert_eq!(here.end(&scene, &lost.id).await.status, 204);
    minute(&scene).await;
    lost.assert_over(&scene).await;
    assert_eq!(here.ask(&scene).await.status, 200);
    assert_eq!(scene.refresh(&here.refresh).await.status, 200);
    let again = here.end(&scene, &lost.id).await;
    assert_refused(&again, 404, "not_found");
    let all = sessions(&scene, &here.access).await;
    let tenant = all[0]["tenantId"].as_str().unwrap();
    let trail = trail(&scene, tenant).await;
    let about = |entry: &&AuditRecord| entry.entity == "session" && entry.resource == lost.id;
    let done: Vec<_> = trail
        .iter()
        .filter(about)
        .map(|entry| entry.action)
        .collect();
    assert_eq!(done, [Action::Login, Action::Delete]);
}

/// Reads a tenant's audit trail.
async fn trail(scene: &Scene, tenant: &str) -> Vec<AuditRecord> {
    let context = scene.world.member(tenant, Role::TenantAdmin).unwrap();
    let permit = context.permit::<ManageTenant>().unwrap();
    let entries = permit.list(&AuditKey::partition_of(), None, 100).await;
    let entries = entries.unwrap().records.into_iter();
    entries
        .map(|stored: Stored<AuditRecord>| stored.record)
        .collect()
}

#[tokio::test]
async fn somebody_elses_sign_in_is_as_if_it_never_was() {
    let (scene, owner) = with_owner(703).await;
    let other = Owner::named("other");
    scene.register("other", &other).await;
    let [mine, theirs] = [
        SignedIn::new(&scene, &owner).await,
        SignedIn::new(&scene, &other).await,
    ];
    let foreign = mine.end(&scene, &theirs.id).await;
    let missing = "01890a5d-ac96-774b-bcce-b302099a8057";
    let missing = mine.end(&scene, missing).await;
    assert_refused(&foreign, 404, "not_found");
    assert_eq!(foreign.problem(), missing.problem());
    minute(&scene).await;
    assert_eq!(theirs.ask(&scene).await.status, 200);
    assert_eq!(scene.refresh(&theirs.refresh).await.status, 200);
}

#[tokio::test]
async fn whose_refresh_token_was_stolen_loses_the_access_token_too() {
    let (scene, owner) = with_owner(713).await;
    let stolen = SignedIn::new(&scene, &owner).await;
    assert_eq!(scene.refresh(&stolen.refresh).await.status, 200);
    scene.world.advance(REFRESH_GRACE_S + 1).await.unwrap();
    assert_eq!(stolen.ask(&scene).await.status, 200);
    assert_refused(
        &scene.refresh(&stolen.refresh).await,
        401,
        "invalid_credentials",
    );
    minute(&scene).await;
    stolen.assert_over(&scene).await;
}

/// A sign-in that somebody signs out of while it is ended from elsewhere is ended as was asked for.
#[tokio::test]
async fn an_end_that_meets_a_sign_out_takes_the_access_token_back() {
    let (scene, owner) = with_owner(714).await;
    let [lost, here] = [
        SignedIn::new(&scene, &owner).await,
        SignedIn::new(&scene, &owner).await,
    ];
    let out = json!({ "refreshToken": lost.refresh });
    let out = scene.post("/api/v1/auth/logout", &out);
    let (ended, out) = join(here.end(&scene, &lost.id), out).await;
    assert_eq!(out.status, 204, "{}", out.text());
    minute(&scene).await;
    // Whoever was late is told that there is nothing to end.
    if ended.status == 204 {
        lost.assert_over(&scene).await;
    } else {
        assert_refused(&ended, 404, "not_found");
    }
}

#[tokio::test]
async fn what_a_client_says_it_is_is_kept_as_far_as_it_is_short() {
    let (scene, owner) = with_owner(715).await;
    let long = "x".repeat(AGENT_CHARS_MAX + 1);
    for (said, kept) in [(long.as_str(), Some(&long[1..])), ("", None), (" ", None)] {
        scene.world.advance(1).await.unwrap();
        let call = Call::post("/api/v1/auth/login", &credentials(&owner));
        let tokens = scene.call(call.with("user-agent", said)).await;
        let access: String = tokens.at("/accessToken").unwrap();
        let newest = sessions(&scene, &access).await.swap_remove(0);
        assert_eq!(newest["agent"].as_str(), kept);
    }
}

#[tokio::test]
async fn many_are_ended_at_once() {
    let (scene, owner) = with_owner(706).await;
    let mut all = Vec::new();
    for _ in 0..6 {
        all.push(SignedIn::new(&scene, &owner).await);
    }
    let here = all.pop().unwrap();
    let ended = join_all(all.iter().map(|one| here.end(&scene, &one.id))).await;
    for answer in &ended {
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
    minute(&scene).await;
    for one in &all {
        one.assert_over(&scene).await;
    }
    assert_eq!(here.ask(&scene).await.status, 200);
}

/// Of more revocations than are kept, whoever is still signed in notices one refresh.
#[tokio::test]
async fn more_ends_than_are_remembered_cost_everybody_a_refresh_and_nobody_the_sign_in() {
    let (scene, owner) = with_owner(707).await;
    let here = SignedIn::new(&scene, &owner).await;
    let mut ended = Vec::new();
    for _ in 0..=REVOCATIONS_MAX {
        let one = SignedIn::new(&scene, &owner).await;
        scene.world.advance(1).await.unwrap();
        assert_eq!(here.end(&scene, &one.id).await.status, 204);
        ended.push(one);
    }
    minute(&scene).await;
    assert_refused(&here.ask(&scene).await, 401, "token_expired");
    for one in &ended {
        one.assert_over(&scene).await;
    }
    let next = SignedIn::of(&scene, &scene.refresh(&here.refresh).await).await;
    assert_eq!(next.id, here.id);
    assert_eq!(next.ask(&scene).await.status, 200);
}

#[tokio::test]
async fn an_end_that_cannot_be_written_is_none() {
    let (scene, owner) = with_owner(708).await;
    let [lost, here] = [
        SignedIn::new(&scene, &owner).await,
        SignedIn::new(&scene, &owner).await,
    ];
    scene.fail("identity", "TransactWriteItems").await;
    let one = here.end(&scene, &lost.id).await;
    assert_refused(&one, 503, "unavailable");
    assert_refused(&here.end_all(&scene).await, 503, "unavailable");
    scene.world.heal();
    minute(&scene).await;
    for signed_in in [&lost, &here] {
        assert_eq!(signed_in.ask(&scene).await.status, 200);
        assert_eq!(scene.refresh(&signed_in.refresh).await.status, 200);
    }
}

#[tokio::test]
async fn a_sign_in_ends_however_often_it_is_refreshed() {
    let (scene, owner) = with_owner(709).await;
    let tokens = scene.log_in(&owner).await;
    let mut token: String = tokens.at("/refreshToken").unwrap();
    let step = REFRESH_TOKEN_LIFE_S - 1;
    let mut passed = 0;
    while passed + step < SESSION_LIFE_S {
        scene.pass(step).await;
        passed += step;
        let next = scene.refresh(&token).await;
        assert_eq!(next.status, 200, "after {passed} s: {}", next.text());
        token = next.at("/refreshToken").unwrap();
    }
    scene.pass(SESSION_LIFE_S - passed).await;
    assert_refused(&scene.refresh(&token).await, 401, "invalid_credentials");
}

#[tokio::test]
async fn who_is_not_signed_in_sees_and_ends_nothing() {
    let (scene, owner) = with_owner(710).await;
    let one = SignedIn::new(&scene, &owner).await;
    for (method, path) in [
        (Method::GET, SESSIONS.to_owned()),
        (Method::DELETE, SESSIONS.to_owned()),
        (Method::DELETE, format!("{SESSIONS}/{}", one.id)),
    ] {
        let answer = scene.call(Call::new(method.clone(), &path)).await;
        assert_refused(&answer, 401, "unauthenticated");
        let call = Call::new(method, path).bearer(&one.access);
        let other = "01890a5d-ac96-774b-bcce-b302099a8057";
        let mismatch = scene.call(call.with("x-tenant-id", other)).await;
        assert_refused(&mismatch, 403, "forbidden");
    }
    assert_eq!(sessions(&scene, &one.access).await.len(), 1);
}
