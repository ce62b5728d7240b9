//! Becoming a member: by a link that a tenant admin has sent to an address.

use std::sync::Arc;

use futures_util::future::join;
use http::Method;
use kernel::limits::INVITATION_LIFE_S;
use serde_json::{Value, json};
use tenancy::Role;
use tests::client::{Answer, Call, assert_refused};
use tests::crash::OfFunction;
use tests::pause::{Met, overtaken};
use tests::walkthrough::Owner;

use super::scene::Scene;
use super::signed_in::{SignedIn, minute};

const INVITE: &str = "/api/v1/tenant/users";
const INVITATIONS: &str = "/api/v1/tenant/invitations";
const LOOKUP: &str = "/api/v1/auth/invitations/lookup";
const ACCEPT: &str = "/api/v1/auth/invitations/accept";
const GUEST: &str = "grace@guests.example";
const NEW: &str = "a horse of another colour";

mod inviters;
mod limits;

/// A tenant whose admin has proved to have an address.
struct Host {
    scene: Scene,
    tenant: String,
    owner: Owner,
    admin: SignedIn,
}

impl Host {
    async fn new(seed: u64) -> Self {
        let scene = Scene::new(seed).await;
        let owner = Owner::named("acme");
        let tenant = scene.register("acme", &owner).await;
        scene.world.verify(&owner.email).await.unwrap();
        let admin = SignedIn::new(&scene, &owner).await;
        Self {
            scene,
            tenant,
            owner,
            admin,
        }
    }

    /// Makes another tenant beside this one.
    async fn another(self) -> Self {
        let owner = Owner::named("birch");
        let tenant = self.scene.register("birch", &owner).await;
        self.scene.world.verify(&owner.email).await.unwrap();
        let admin = SignedIn::new(&self.scene, &owner).await;
        Self {
            scene: self.scene,
            tenant,
            owner,
            admin,
        }
    }

    async fn call(&self, call: Call) -> Answer {
        let answer = self.scene.call(call.bearer(&self.admin.access)).await;
        self.scene.world.advance(0).await.unwrap();
        answer
    }

    async fn invite(&self, email: &str) -> Answer {
        let body = json!({ "email": email, "role": "contentEditor" });
        self.call(Call::post(INVITE, &body)).await
    }

    /// Invites somebody; returns where the invitation is, and the token of its link.
    async fn invited(&self, email: &str) -> (String, String) {
        let invited = self.invite(email).await;
        assert_eq!(invited.status, 201, "{}", invited.text());
        let token = self.scene.world.token_to(email).await.unwrap();
        (invited.header("location").to_owned(), token)
    }

    async fn accept(&self, token: &str, password: &str) -> Answer {
        let body = json!({ "token": token, "password": password });
        self.scene.post(ACCEPT, &body).await
    }

    async fn look_up(&self, token: &str) -> Answer {
        self.scene.post(LOOKUP, &json!({ "token": token })).await
    }

    async fn list(&self) -> Vec<Value> {
        let list = self.call(Call::get(INVITATIONS)).await;
        assert_eq!(list.status, 200, "{}", list.text());
        list.json()["items"].as_array().unwrap().clone()
    }

    async fn resend(&self, place: &str) -> Answer {
        let path = format!("{place}/resend");
        self.call(Call::new(Method::POST, path)).await
    }

    async fn withdraw(&self, place: &str) -> Answer {
        let read = self.call(Call::get(place)).await;
        let delete = Call::delete(place).if_match(read.header("etag"));
        self.call(delete).await
    }

    async fn members(&self) -> usize {
        let list = self.call(Call::get(INVITE)).await;
        list.json()["items"].as_array().unwrap().len()
    }
}

fn person(email: &str, password: &str) -> Owner {
    Owner {
        email: email.to_owned(),
        password: password.to_owned(),
        ..Owner::named("guest")
    }
}

#[tokio::test]
async fn who_is_new_comes_with_an_invitation() {
    let host = Host::new(800).await;
    assert!(host.list().await.is_empty());
    let (place, token) = host.invited(GUEST).await;
    let shown = host.call(Call::get(&place)).await.json();
    assert_eq!(host.list().await, std::slice::from_ref(&shown));
    assert_eq!(shown["email"], GUEST);
    assert_eq!(shown["role"], "contentEditor");
    assert_eq!(shown["isOver"], false);
    let offer = host.look_up(&token).await.json();
    for (name, value) in [
        ("tenantId", json!(host.tenant)),
        ("name", json!("The tenant acme")),
        ("email", json!(GUEST)),
        ("isKnown", json!(false)),
    ] {
        assert_eq!(offer[name], value);
    }
    let weak = host.accept(&token, "short").await;
    assert_refused(&weak, 422, "validation_failed");
    let accepted = host.accept(&token, NEW).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    assert_eq!(accepted.at("/tenantId").unwrap(), host.tenant);
    let guest = SignedIn::new(&host.scene, &person(GUEST, NEW)).await;
    assert_eq!(
        guest.ask(&host.scene).await.at("/subdomain").unwrap(),
        "acme"
    );
    assert!(host.list().await.is_empty());
    assert_eq!(host.members().await, 2);
    for over in [host.accept(&token, NEW).await, host.look_up(&token).await] {
        assert_refused(&over, 410, "link_expired");
    }
    // The address is proved by it.
    let call = Call::new(Method::POST, "/api/v1/auth/verification").bearer(&guest.access);
    assert_refused(&host.scene.call(call).await, 409, "conflict");
}

/// Threat C9: whoever is known joins by the person's own password, and nobody else does for them.
#[tokio::test]
async fn who_is_known_joins_with_the_own_password() {
    let host = Host::new(801).await;
    let other = Owner::named("other");
    let elsewhere = host.scene.register("other", &other).await;
    host.scene.world.verify(&other.email).await.unwrap();
    let (_, token) = host.invited(&other.email).await;
    let offer = host.look_up(&token).await.json();
    assert_eq!(offer["isKnown"], true);
    let wrong = host.accept(&token, NEW).await;
    assert_refused(&wrong, 401, "invalid_credentials");
    let accepted = host.accept(&token, &other.password).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    for tenant in [&host.tenant, &elsewhere] {
        let there = SignedIn::to(&host.scene, &other, tenant).await;
        assert_eq!(there.ask(&host.scene).await.status, 200);
    }
}

/// Threat C9: who said to have an address and did not prove it loses what was made with it to whoever does.
#[tokio::test]
async fn who_registered_with_somebody_elses_address_is_out_when_they_come() {
    let host = Host::new(802).await;
    let squatter = person(GUEST, "the password of a squatter");
    host.scene.register("squat", &squatter).await;
    let theirs = SignedIn::new(&host.scene, &squatter).await;
    let (_, token) = host.invited(GUEST).await;
    let offer = host.look_up(&token).await.json();
    assert_eq!(offer["isKnown"], false);
    let accepted = host.accept(&token, NEW).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    minute(&host.scene).await;
    theirs.assert_over(&host.scene).await;
    let old = host.scene.log_in(&squatter).await;
    assert_refused(&old, 401, "invalid_credentials");
    SignedIn::to(&host.scene, &person(GUEST, NEW), &host.tenant).await;
}

#[tokio::test]
async fn who_has_not_proved_an_address_invites_nobody() {
    let scene = Scene::new(803).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    let admin = SignedIn::new(&scene, &owner).await;
    let body = json!({ "email": GUEST, "role": "contentEditor" });
    let invite = || Call::post(INVITE, &body).bearer(&admin.access);
    assert_refused(&scene.call(invite()).await, 403, "email_unverified");
    scene.world.verify(&owner.email).await.unwrap();
    assert_eq!(scene.call(invite()).await.status, 201);
}

#[tokio::test]
async fn an_address_is_invited_once_and_no_member_is() {
    let host = Host::new(804).await;
    let own = host.invite(&host.owner.email).await;
    assert_refused(&own, 409, "conflict");
    let (place, token) = host.invited(GUEST).await;
    assert_refused(&host.invite(GUEST).await, 409, "conflict");
    assert_eq!(host.withdraw(&place).await.status, 204);
    assert_refused(&host.accept(&token, NEW).await, 410, "link_expired");
    assert_refused(&host.call(Call::get(&place)).await, 404, "not_found");
    let (_, token) = host.invited(GUEST).await;
    assert_eq!(host.accept(&token, NEW).await.status, 200);
    for body in [
        json!({ "email": "no address", "role": "contentEditor" }),
        json!({ "email": GUEST, "role": "visitor" }),
        json!({ "email": GUEST }),
    ] {
        let refused = host.call(Call::post(INVITE, &body)).await;
        assert_refused(&refused, 422, "validation_failed");
    }
}

#[tokio::test]
async fn another_link_ends_the_ones_before_and_seven_days_end_it() {
    let host = Host::new(805).await;
    let (place, first) = host.invited(GUEST).await;
    let again = host.resend(&place).await;
    assert_eq!(again.status, 200, "{}", again.text());
    let second = host.scene.world.token_to(GUEST).await.unwrap();
    assert_ne!(first, second);
    assert_refused(&host.accept(&first, NEW).await, 410, "link_expired");
    host.scene.pass(INVITATION_LIFE_S).await;
    assert_refused(&host.accept(&second, NEW).await, 410, "link_expired");
    let admin = SignedIn::new(&host.scene, &host.owner).await;
    let host = Host { admin, ..host };
    assert_eq!(host.list().await[0]["isOver"], true);
    assert_eq!(host.resend(&place).await.status, 200);
    let third = host.scene.world.token_to(GUEST).await.unwrap();
    assert_eq!(host.accept(&third, NEW).await.status, 200);
}

#[tokio::test]
async fn the_same_request_twice_is_one_invitation() {
    let host = Host::new(806).await;
    let body = json!({ "email": GUEST, "role": "websiteAdmin" });
    let call = Call::post(INVITE, &body).with("idempotency-key", "once");
    let first = host.call(call.clone()).await;
    let again = host.call(call.clone()).await;
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(first.json(), again.json());
    let mails = || async { host.scene.world.mails_to(GUEST).await.unwrap().len() };
    assert_eq!(mails().await, 1);
    let token = host.scene.world.token_to(GUEST).await.unwrap();
    assert_eq!(host.accept(&token, NEW).await.status, 200);
    assert_refused(&host.call(call).await, 404, "not_found");
    assert_eq!(mails().await, 1);
}

#[tokio::test]
async fn of_two_who_accept_at_once_one_becomes_a_member() {
    let host = Host::new(808).await;
    let (_, token) = host.invited(GUEST).await;
    let other = "another horse of that colour";
    let both = join(host.accept(&token, NEW), host.accept(&token, other)).await;
    let mut statuses = [both.0.status.as_u16(), both.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410]);
    assert_eq!(host.members().await, 2);
}

#[tokio::test]
async fn who_does_not_run_the_tenant_invites_nobody() {
    let host = Host::new(809).await;
    let (place, _) = host.invited(GUEST).await;
    let other = Owner::named("other");
    host.scene.register("other", &other).await;
    let role = Role::WebsiteAdmin;
    let joined = host
        .scene
        .world
        .join(&host.tenant, &other.email, role)
        .await;
    joined.unwrap();
    let member = SignedIn::to(&host.scene, &other, &host.tenant).await;
    let body = json!({ "email": "eve@guests.example", "role": "tenantAdmin" });
    for call in [
        Call::post(INVITE, &body),
        Call::get(INVITATIONS),
        Call::get(&place),
        Call::new(Method::POST, format!("{place}/resend")),
        Call::delete(&place).if_match("\"1\""),
    ] {
        let refused = host.scene.call(call.bearer(&member.access)).await;
        assert_refused(&refused, 403, "forbidden");
    }
}

/// Who accepts the same link twice at once becomes a member once, and is told what who accepts it again is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_followed_twice_at_once_is_good_once() {
    let host = Host::new(795).await;
    let mut met = 0;
    for place in 0..40 {
        let (_, token) = host.invited(&format!("guest{place}@guests.example")).await;
        let world = host.scene.world.clone();
        let begin = |pause| {
            world
                .faults
                .set(Arc::new(OfFunction::new("identity", pause)));
        };
        let call = Call::post(ACCEPT, &json!({ "token": token, "password": NEW }));
        let first = {
            let (world, call) = (world.clone(), call.clone());
            async move { world.client().call(call).await.unwrap() }
        };
        let second = async { world.client().call(call).await.unwrap() };
        let ended = overtaken(place, begin, first, second).await.unwrap();
        world.heal();
        match ended {
            Met::First(alone) => {
                assert_eq!(alone.status, 200, "{}", alone.text());
                assert!(met > 5, "it makes {met} calls");
                return;
            }
            Met::Both(first, second) => {
                met += 1;
                let (done, late) = if first.status == 200 {
                    (first, second)
                } else {
                    (second, first)
                };
                assert_eq!(done.status, 200, "{place}: {}", done.text());
                assert_refused(&late, 410, "link_expired");
            }
        }
    }
    panic!("it makes more than {met} calls");
}
