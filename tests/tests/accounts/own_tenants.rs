//! The tenants of one person: their list, going from one to another, leaving one.

use kernel::limits::{REFRESH_GRACE_S, REFRESH_TOKEN_LIFE_S, SESSION_LIFE_S};
use serde_json::json;
use tenancy::Role;
use tests::client::{Answer, Call, assert_refused};
use tests::walkthrough::Owner;

use super::scene::Scene;
use super::signed_in::{SESSIONS, SignedIn, minute, sessions};

const TENANTS: &str = "/api/v1/auth/tenants";
const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Somebody with two tenants, signed in to the first.
async fn with_two(seed: u64) -> (Scene, Owner, [String; 2], SignedIn) {
    let scene = Scene::new(seed).await;
    let owner = Owner::named("acme");
    let tenants = [
        scene.register("acme", &owner).await,
        scene.register("birch", &owner).await,
    ];
    let signed_in = SignedIn::to(&scene, &owner, &tenants[0]).await;
    (scene, owner, tenants, signed_in)
}

async fn switch(scene: &Scene, from: &SignedIn, tenant: &str) -> Answer {
    let call = Call::post("/api/v1/auth/switch", &json!({ "tenantId": tenant }));
    scene.call(call.bearer(&from.access)).await
}

#[tokio::test]
async fn a_person_sees_their_tenants_and_goes_from_one_to_another() {
    let (scene, owner, tenants, first) = with_two(740).await;
    let list = scene.call(Call::get(TENANTS).bearer(&first.access)).await;
    let tenant = |place: usize, name: &str| {
        json!({
            "tenantId": tenants[place],
            "name": format!("The tenant {name}"),
            "subdomain": name,
            "status": "Active",
            "role": "tenantAdmin",
            "websites": [],
            "state": "active",
            "isCurrent": place == 0,
        })
    };
    let expected = json!([tenant(0, "acme"), tenant(1, "birch")]);
    assert_eq!(list.json()["items"], expected);
    let page = Call::get(format!("{TENANTS}?limit=1")).bearer(&first.access);
    let page = scene.call(page).await.json();
    let next = page["nextCursor"].as_str().unwrap();
    let next = Call::get(format!("{TENANTS}?limit=1&cursor={next}")).bearer(&first.access);
    assert_eq!(scene.call(next).await.json()["items"][0], expected[1]);
    scene.world.advance(60).await.unwrap();
    let second = SignedIn::of(&scene, &switch(&scene, &first, &tenants[1]).await).await;
    let profile = second.ask(&scene).await;
    assert_eq!(profile.at("/subdomain").unwrap(), "birch");
    assert_eq!(first.ask(&scene).await.at("/subdomain").unwrap(), "acme");
    assert_eq!(scene.refresh(&first.refresh).await.status, 200);
    assert_eq!(scene.refresh(&second.refresh).await.status, 200);
    let all = sessions(&scene, &second.access).await;
    assert_eq!(all.len(), 2);
    assert_eq!(
        all[0]["createdAt"], all[1]["createdAt"],
        "one password, one beginning"
    );
    assert_eq!(second.end(&scene, &first.id).await.status, 204);
    minute(&scene).await;
    first.assert_over(&scene).await;
    drop(owner);
}

#[tokio::test]
async fn nobody_goes_where_they_do_not_belong() {
    let (scene, _owner, tenants, first) = with_two(741).await;
    let others = scene.register("cedar", &Owner::named("cedar")).await;
    let foreign = switch(&scene, &first, &others).await;
    assert_refused(&foreign, 403, "tenant_inactive");
    let missing = switch(&scene, &first, NOBODYS).await;
    assert_eq!(foreign.problem(), missing.problem());
    let operator = scene.world.operator().await.unwrap();
    let path = format!("/api/v1/admin/tenants/{}/suspend", tenants[1]);
    let suspend = Call::post(path, &json!({})).bearer(&operator);
    assert_eq!(scene.call(suspend).await.status, 200);
    let suspended = switch(&scene, &first, &tenants[1]).await;
    assert_refused(&suspended, 403, "tenant_inactive");
    let list = scene.call(Call::get(TENANTS).bearer(&first.access)).await;
    assert_eq!(list.json()["items"][1]["status"], "Suspended");
    let call = Call::post("/api/v1/auth/switch", &json!({ "tenantId": tenants[0] }));
    assert_refused(&scene.call(call).await, 401, "unauthenticated");
}

#[tokio::test]
async fn going_to_another_tenant_does_not_lengthen_a_sign_in() {
    let (scene, _owner, tenants, first) = with_two(742).await;
    let step = REFRESH_TOKEN_LIFE_S - 1;
    let (mut here, mut passed) = (first, 0);
    while passed + step < SESSION_LIFE_S {
        scene.pass(step).await;
        passed += step;
        here = SignedIn::of(&scene, &scene.refresh(&here.refresh).await).await;
    }
    let there = SignedIn::of(&scene, &switch(&scene, &here, &tenants[1]).await).await;
    scene.pass(SESSION_LIFE_S - passed).await;
    let over = scene.refresh(&there.refresh).await;
    assert_refused(&over, 401, "invalid_credentials");
}

#[tokio::test]
async fn who_has_been_signed_out_goes_nowhere() {
    let (scene, _owner, tenants, first) = with_two(743).await;
    let other = SignedIn::of(&scene, &switch(&scene, &first, &tenants[1]).await).await;
    assert_eq!(other.end_all(&scene).await.status, 204);
    let refused = switch(&scene, &first, &tenants[1]).await;
    assert_refused(&refused, 401, "token_expired");
}

/// Threat C1: whoever stole a sign-in keeps none that it was switched to.
#[tokio::test]
async fn sign_ins_that_were_switched_to_from_another_end_together() {
    for (seed, way) in [(745, "ended"), (746, "signed out"), (747, "stolen")] {
        let (scene, owner, tenants, first) = with_two(seed).await;
        let second = SignedIn::of(&scene, &switch(&scene, &first, &tenants[1]).await).await;
        // Over another one, and back.
        let third = SignedIn::of(&scene, &switch(&scene, &second, &tenants[0]).await).await;
        scene.world.advance(1).await.unwrap();
        let other = SignedIn::to(&scene, &owner, &tenants[1]).await;
        assert_eq!(sessions(&scene, &other.access).await.len(), 4);
        match way {
            "ended" => assert_eq!(other.end(&scene, &second.id).await.status, 204),
            "signed out" => {
                let body = json!({ "refreshToken": second.refresh });
                let out = scene.post("/api/v1/auth/logout", &body).await;
                assert_eq!(out.status, 204, "{}", out.text());
            }
            _ => {
                assert_eq!(scene.refresh(&second.refresh).await.status, 200);
                scene.pass(REFRESH_GRACE_S + 1).await;
                let old = scene.refresh(&second.refresh).await;
                assert_refused(&old, 401, "invalid_credentials");
            }
        }
        for over in [first, second, third] {
            let refused = scene.refresh(&over.refresh).await;
            assert_refused(&refused, 401, "invalid_credentials");
        }
        let left = sessions(&scene, &other.access).await;
        assert_eq!(left.len(), 1, "{left:?}");
        let call = Call::get(format!("{SESSIONS}?limit=2")).bearer(&other.access);
        let page = scene.call(call).await.json();
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page}");
        assert_eq!(scene.refresh(&other.refresh).await.status, 200);
    }
}

#[tokio::test]
async fn who_leaves_a_tenant_is_out_there_and_nowhere_else() {
    let (scene, owner, tenants, first) = with_two(744).await;
    let cedar = scene.register("cedar", &Owner::named("cedar")).await;
    let joined = scene
        .world
        .join(&cedar, &owner.email, Role::ContentEditor)
        .await;
    joined.unwrap();
    let there = SignedIn::of(&scene, &switch(&scene, &first, &cedar).await).await;
    assert_eq!(there.ask(&scene).await.status, 200);
    let leave = || Call::delete(format!("{TENANTS}/{cedar}")).bearer(&first.access);
    assert_eq!(scene.call(leave()).await.status, 204);
    assert_refused(&scene.call(leave()).await, 404, "not_found");
    minute(&scene).await;
    there.assert_over(&scene).await;
    assert_eq!(first.ask(&scene).await.status, 200);
    assert_eq!(scene.refresh(&first.refresh).await.status, 200);
    let back = switch(&scene, &first, &cedar).await;
    assert_refused(&back, 403, "tenant_inactive");
    let list = scene.call(Call::get(TENANTS).bearer(&first.access)).await;
    assert_eq!(
        list.json()["items"].as_array().unwrap().len(),
        tenants.len()
    );
}
