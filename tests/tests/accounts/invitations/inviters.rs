//! Whoever invites: what becomes of a link when they run the tenant no more.

use http::Method;
use serde_json::json;
use tenancy::Role;
use tests::client::{Call, assert_refused};
use tests::walkthrough::Owner;

use super::{GUEST, Host, INVITE, NEW};
use crate::signed_in::SignedIn;

/// Threat C9: nobody leaves a way back behind.
#[tokio::test]
async fn a_link_is_over_when_whoever_sent_it_runs_the_tenant_no_more() {
    let host = Host::new(813).await;
    let other = Owner::named("other");
    host.scene.register("other", &other).await;
    host.scene.world.verify(&other.email).await.unwrap();
    let world = &host.scene.world;
    let joined = world.join(&host.tenant, &other.email, Role::TenantAdmin);
    let member = format!("{INVITE}/{}", joined.await.unwrap());
    let admin = SignedIn::to(&host.scene, &other, &host.tenant).await;
    let body = json!({ "email": GUEST, "role": "tenantAdmin" });
    let invite = Call::post(INVITE, &body).bearer(&admin.access);
    let invited = host.scene.call(invite).await;
    assert_eq!(invited.status, 201, "{}", invited.text());
    world.platform.settle().await.unwrap();
    let token = world.token_to(GUEST).await.unwrap();
    for (role, state, is_good) in [
        ("contentEditor", "active", false),
        ("tenantAdmin", "disabled", false),
        ("tenantAdmin", "active", true),
    ] {
        let read = host.call(Call::get(&member)).await;
        let put = Call::put(&member, &json!({ "role": role, "state": state }));
        let changed = host.call(put.if_match(read.header("etag"))).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        let looked = host.look_up(&token).await;
        if is_good {
            assert_eq!(looked.status, 200, "{}", looked.text());
        } else {
            assert_refused(&looked, 410, "link_expired");
            assert_refused(&host.accept(&token, NEW).await, 410, "link_expired");
            let place = invited.header("location");
            let resend = Call::new(Method::POST, format!("{place}/resend"));
            // The authorizer does not know it yet.
            let resend = host.scene.call(resend.bearer(&admin.access)).await;
            assert_refused(&resend, 403, "forbidden");
        }
    }
    let read = host.call(Call::get(&member)).await;
    let delete = Call::delete(&member).if_match(read.header("etag"));
    assert_eq!(host.call(delete).await.status, 204);
    assert_refused(&host.accept(&token, NEW).await, 410, "link_expired");
    // Somebody else who runs the tenant can stand for it.
    let sent = host.resend(invited.header("location")).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    let token = world.token_to(GUEST).await.unwrap();
    assert_eq!(host.accept(&token, NEW).await.status, 200);
}

/// Threat C9: of somebody with an address that was not proved nothing changes where the invitation is over.
#[tokio::test]
async fn who_comes_too_late_takes_nothing_over() {
    let host = Host::new(814).await;
    let squatter = Owner {
        email: GUEST.to_owned(),
        ..Owner::named("squat")
    };
    host.scene.register("squat", &squatter).await;
    let (place, token) = host.invited(GUEST).await;
    assert_eq!(host.withdraw(&place).await.status, 204);
    assert_refused(&host.accept(&token, NEW).await, 410, "link_expired");
    assert_eq!(host.scene.log_in(&squatter).await.status, 200);
}
