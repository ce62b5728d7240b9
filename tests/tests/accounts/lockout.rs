//! Passwords that are tried: how often they can be, and that whoever tries them keeps nobody else out.

use std::net::{IpAddr, Ipv4Addr};

use kernel::limits::{ATTEMPTS_MAX, ATTEMPTS_WINDOW_S, FAILURES_MAX, FAILURES_WINDOW_S};
use serde_json::json;
use tests::client::{Answer, Call, assert_refused};
use tests::walkthrough::Owner;

use super::scene::{Scene, credentials};
use super::signed_in::SignedIn;

const LOGIN: &str = "/api/v1/auth/login";

/// Where the owner signed in before.
const HOME: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// Where the owner never was.
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

impl Scene {
    async fn log_in_from(&self, address: impl Into<IpAddr>, owner: &Owner) -> Answer {
        let call = Call::post(LOGIN, &credentials(owner)).from(address);
        self.call(call).await
    }

    async fn forget_and_read(&self, owner: &Owner) -> String {
        let body = json!({ "email": owner.email });
        let asked = self.post("/api/v1/auth/password/forgot", &body).await;
        assert_eq!(asked.status, 204);
        self.world.advance(0).await.unwrap();
        self.world.token_to(&owner.email).await.unwrap()
    }
}

/// The number-th of many addresses from which an attack comes.
fn attacker(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(
        Ipv4Addr::new(198, 18, 0, 0).to_bits() + number,
    ))
}

fn wrong(owner: &Owner) -> Owner {
    Owner {
        password: "another password".to_owned(),
        ..owner.clone()
    }
}

fn rest(refused: &Answer) -> i64 {
    assert_refused(refused, 429, "rate_limited");
    refused.header("retry-after").parse().unwrap()
}

async fn with_owner(seed: u64) -> (Scene, Owner) {
    let scene = Scene::new(seed).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    assert_eq!(scene.log_in_from(HOME, &owner).await.status, 200);
    (scene, owner)
}

/// Threat C4: the address of somebody is told from nobody's neither by the answer nor by what is done for it.
#[tokio::test]
async fn passwords_can_be_tried_so_often_whoever_has_the_address() {
    let (scene, owner) = with_owner(820).await;
    let nobody = Owner::named("nobody");
    for tried in [wrong(&owner), nobody] {
        for _ in 0..ATTEMPTS_MAX {
            let refused = scene.log_in_from(HOME, &tried).await;
            assert_refused(&refused, 401, "invalid_credentials");
        }
        let refused = scene.log_in_from(HOME, &tried).await;
        assert!((1..=ATTEMPTS_WINDOW_S).contains(&rest(&refused)));
    }
    // What is done for one is done for the other: nobody is told by it who has the address.
    let history = scene.world.platform.history();
    let mut done = Vec::new();
    for tried in [wrong(&owner), Owner::named("nobody-else")] {
        let mark = history.mark();
        let refused = scene.log_in_from(ELSEWHERE, &tried).await;
        assert_refused(&refused, 401, "invalid_credentials");
        let calls = history.since(mark).into_iter();
        done.push(calls.map(|call| call.operation).collect::<Vec<_>>());
    }
    assert_eq!(done[0], done[1]);
    // The right one is not looked at either, until the window is over.
    rest(&scene.log_in_from(HOME, &owner).await);
    assert_eq!(scene.log_in_from(ELSEWHERE, &owner).await.status, 200);
    scene.pass(ATTEMPTS_WINDOW_S).await;
    assert_eq!(scene.log_in_from(HOME, &owner).await.status, 200);
}

#[tokio::test]
async fn a_right_password_begins_the_count_again() {
    let (scene, owner) = with_owner(821).await;
    for _ in 0..3 {
        for _ in 1..ATTEMPTS_MAX {
            let refused = scene.log_in_from(HOME, &wrong(&owner)).await;
            assert_refused(&refused, 401, "invalid_credentials");
        }
        assert_eq!(scene.log_in_from(HOME, &owner).await.status, 200);
    }
}

#[tokio::test]
async fn many_at_once_are_no_way_around_the_count() {
    let (scene, owner) = with_owner(822).await;
    let wrong = wrong(&owner);
    let tries = (0..ATTEMPTS_MAX * 3).map(|_| scene.log_in_from(HOME, &wrong));
    let answers = futures_util::future::join_all(tries).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401);
    assert!(looked_at.count() <= ATTEMPTS_MAX as usize);
    for answer in &answers {
        let known = ["invalid_credentials", "rate_limited", "unavailable"];
        assert!(
            known.contains(&answer.problem().as_str()),
            "{}",
            answer.text()
        );
    }
}

/// Threat C4: passwords are tried from everywhere for the address of somebody who signs in meanwhile from
/// where the person did before, and from elsewhere after a link that came by mail.
#[tokio::test]
async fn whoever_tries_passwords_keeps_nobody_out() {
    let (scene, owner) = with_owner(823).await;
    let mut looked_at = 0;
    for number in 0..FAILURES_MAX + 20 {
        let from = attacker(number / 2);
        let answer = scene.log_in_from(from, &wrong(&owner)).await;
        match answer.status.as_u16() {
            401 => looked_at += 1,
            _ => assert!((1..=FAILURES_WINDOW_S).contains(&rest(&answer))),
        }
    }
    assert_eq!(looked_at, FAILURES_MAX);
    rest(&scene.log_in_from(ELSEWHERE, &owner).await);
    for _ in 0..=ATTEMPTS_MAX {
        assert_eq!(scene.log_in_from(HOME, &owner).await.status, 200);
    }
    let token = scene.forget_and_read(&owner).await;
    let renewed = Owner {
        password: "a horse of another colour".to_owned(),
        ..owner.clone()
    };
    let body = json!({ "token": token, "newPassword": renewed.password });
    let reset = Call::post("/api/v1/auth/password/reset", &body).from(ELSEWHERE);
    assert_eq!(scene.call(reset).await.status, 204);
    assert_eq!(scene.log_in_from(ELSEWHERE, &renewed).await.status, 200);
    rest(&scene.log_in_from(attacker(0), &wrong(&owner)).await);
    scene.pass(FAILURES_WINDOW_S).await;
    let answer = scene.log_in_from(attacker(0), &wrong(&owner)).await;
    assert_refused(&answer, 401, "invalid_credentials");
}

/// Threat C4: one password is tried for many people from one network, where others sign in.
#[tokio::test]
async fn one_password_cannot_be_tried_on_everybody() {
    use kernel::limits::NETWORK_FAILURES_MAX;

    let (scene, owner) = with_owner(824).await;
    let mut looked_at = 0;
    for number in 0..NETWORK_FAILURES_MAX + 20 {
        let somebody = Owner {
            email: format!("somebody-{number}@acme.example"),
            ..owner.clone()
        };
        let answer = scene.log_in_from(HOME, &somebody).await;
        looked_at += u32::from(answer.status == 401);
    }
    assert_eq!(looked_at, NETWORK_FAILURES_MAX);
    // Who was let in from there before is.
    assert_eq!(scene.log_in_from(HOME, &owner).await.status, 200);
}

/// Every other way to have a password looked at counts as signing in does.
#[tokio::test]
async fn a_password_is_looked_at_nowhere_else_more_often() {
    let (scene, owner) = with_owner(825).await;
    let here = SignedIn::new(&scene, &owner).await;
    for number in 0..=ATTEMPTS_MAX {
        let body = json!({
            "currentPassword": "another password",
            "newPassword": "a horse of another colour",
        });
        let call = Call::post("/api/v1/auth/password", &body).bearer(&here.access);
        let refused = scene.call(call).await;
        if number < ATTEMPTS_MAX {
            assert_refused(&refused, 401, "invalid_credentials");
        } else {
            rest(&refused);
        }
    }
    let mut body = super::scene::registration("birch", &owner);
    rest(&scene.post("/api/v1/auth/register", &body).await);
    scene.pass(ATTEMPTS_WINDOW_S).await;
    body["password"] = json!("another password");
    for number in 0..=ATTEMPTS_MAX {
        let refused = scene.post("/api/v1/auth/register", &body).await;
        if number < ATTEMPTS_MAX {
            assert_refused(&refused, 409, "email_taken");
        } else {
            rest(&refused);
        }
    }
}
