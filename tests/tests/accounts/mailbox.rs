//! What is proved by a link that came by mail: whose an address is, and who forgot a password.

use kernel::limits::{LINKS_ASKED_MAX, LINKS_WINDOW_S, RESET_LIFE_S, VERIFICATION_LIFE_S};
use serde_json::json;
use tests::client::{Answer, Call, assert_refused};
use tests::walkthrough::Owner;

use super::scene::Scene;
use super::signed_in::{SignedIn, minute};

const VERIFY: &str = "/api/v1/auth/verify";
const AGAIN: &str = "/api/v1/auth/verification";
const FORGOT: &str = "/api/v1/auth/password/forgot";
const RESET: &str = "/api/v1/auth/password/reset";
const NEW: &str = "a horse of another colour";

impl Scene {
    async fn verify(&self, token: &str) -> Answer {
        self.post(VERIFY, &json!({ "token": token })).await
    }

    async fn forget(&self, email: &str) -> Answer {
        let answer = self.post(FORGOT, &json!({ "email": email })).await;
        self.world.advance(0).await.unwrap();
        answer
    }

    async fn reset(&self, token: &str, password: &str) -> Answer {
        let body = json!({ "token": token, "newPassword": password });
        self.post(RESET, &body).await
    }

    async fn mails(&self, owner: &Owner) -> usize {
        self.world.mails_to(&owner.email).await.unwrap().len()
    }

    async fn token(&self, owner: &Owner) -> String {
        self.world.token_to(&owner.email).await.unwrap()
    }
}

async fn with_owner(seed: u64) -> (Scene, Owner, SignedIn) {
    let scene = Scene::new(seed).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    let signed_in = SignedIn::new(&scene, &owner).await;
    (scene, owner, signed_in)
}

async fn again(scene: &Scene, by: &SignedIn) -> Answer {
    let call = Call::new(http::Method::POST, AGAIN).bearer(&by.access);
    let answer = scene.call(call).await;
    scene.world.advance(0).await.unwrap();
    answer
}

#[tokio::test]
async fn an_address_is_proved_by_the_link_that_was_sent_to_it() {
    let (scene, owner, here) = with_owner(780).await;
    assert_eq!(scene.mails(&owner).await, 1);
    let token = scene.token(&owner).await;
    assert_eq!(scene.verify(&token).await.status, 204);
    assert_eq!(scene.verify(&token).await.status, 204);
    assert_refused(&again(&scene, &here).await, 409, "conflict");
    assert_eq!(scene.mails(&owner).await, 1);
    // Whom the platform knows already is not asked again.
    scene.register("birch", &owner).await;
    assert_eq!(scene.mails(&owner).await, 1);
}

#[tokio::test]
async fn a_link_is_good_for_what_it_is_for_and_not_for_ever() {
    let (scene, owner, here) = with_owner(781).await;
    let verification = scene.token(&owner).await;
    scene.forget(&owner.email).await;
    let reset = scene.token(&owner).await;
    let forged = format!("{}0", &reset[..reset.len() - 1]);
    for token in [reset.as_str(), &forged, "", "lt_", &here.access] {
        assert_refused(&scene.verify(token).await, 410, "link_expired");
    }
    for token in [verification.as_str(), &forged, &here.refresh] {
        assert_refused(&scene.reset(token, NEW).await, 410, "link_expired");
    }
    scene.pass(RESET_LIFE_S).await;
    assert_refused(&scene.reset(&reset, NEW).await, 410, "link_expired");
    scene.pass(VERIFICATION_LIFE_S - RESET_LIFE_S).await;
    assert_refused(&scene.verify(&verification).await, 410, "link_expired");
    let here = SignedIn::new(&scene, &owner).await;
    assert_eq!(again(&scene, &here).await.status, 204);
    let newer = scene.token(&owner).await;
    assert_eq!(scene.verify(&newer).await.status, 204);
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_once_and_ends_every_sign_in() {
    let (scene, owner, here) = with_owner(782).await;
    assert_eq!(scene.forget(&owner.email).await.status, 204);
    let token = scene.token(&owner).await;
    let bad = scene.reset(&token, "short").await;
    assert_refused(&bad, 422, "validation_failed");
    let set = scene.reset(&token, NEW).await;
    assert_eq!(set.status, 204, "{}", set.text());
    assert_refused(&scene.reset(&token, NEW).await, 410, "link_expired");
    assert_refused(&scene.log_in(&owner).await, 401, "invalid_credentials");
    minute(&scene).await;
    here.assert_over(&scene).await;
    let renewed = Owner {
        password: NEW.to_owned(),
        ..owner.clone()
    };
    let next = SignedIn::new(&scene, &renewed).await;
    // The link came to the address, which is proved with it.
    assert_refused(&again(&scene, &next).await, 409, "conflict");
}

#[tokio::test]
async fn one_link_that_was_used_ends_the_others_and_nothing_else_does() {
    let (scene, owner, here) = with_owner(783).await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        scene.forget(&owner.email).await;
        tokens.push(scene.token(&owner).await);
    }
    // Whoever has the old password does not keep its owner from another one.
    assert_eq!(here.end_all(&scene).await.status, 204);
    assert_eq!(scene.reset(&tokens[0], NEW).await.status, 204);
    let refused = scene.reset(&tokens[1], NEW).await;
    assert_refused(&refused, 410, "link_expired");
}

#[tokio::test]
async fn of_two_who_use_a_link_at_once_one_does() {
    let (scene, owner, _here) = with_owner(788).await;
    scene.forget(&owner.email).await;
    let token = scene.token(&owner).await;
    let (one, other) = futures_util::future::join(
        scene.reset(&token, NEW),
        scene.reset(&token, "another horse of that colour"),
    )
    .await;
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 410]);
}

#[tokio::test]
async fn a_mail_whose_link_would_be_over_is_not_sent() {
    const EVENT: &str = include_str!("../../../events/notifications/password-reset-requested.json");
    let (scene, owner, here) = with_owner(789).await;
    let own = Call::get("/api/v1/tenant/users").bearer(&here.access);
    let person = scene.call(own).await.at("/items/0/id").unwrap();
    let before = scene.mails(&owner).await;
    let event = EVENT.replace("019b7a1c-4c00-7d41-a7c8-93e5f0b2d615", &person);
    assert!(event.contains(&person));
    let event = serde_json::from_str(&event).unwrap();
    let platform = &scene.world.platform;
    let answer = platform.invoke("notifications", event).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    assert_eq!(scene.mails(&owner).await, before);
}

#[tokio::test]
async fn nobody_is_told_whose_an_address_is() {
    let (scene, owner, _here) = with_owner(784).await;
    let history = scene.world.platform.history();
    let mut answers = Vec::new();
    for email in [owner.email.as_str(), "nobody@acme.example"] {
        let mark = history.mark();
        let answer = scene.forget(email).await;
        let calls = history.since(mark).into_iter();
        let made: Vec<String> = calls
            .filter(|call| call.function == "identity")
            .map(|call| call.operation)
            .collect();
        answers.push((answer.status, answer.text(), made));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, 204);
    let to_nobody = scene.world.mails_to("nobody@acme.example").await.unwrap();
    assert!(to_nobody.is_empty());
    let refused = scene.forget("no address").await;
    assert_refused(&refused, 422, "validation_failed");
}

/// Threat C8: a link leads to the portal's own address, whatever a request says of its host.
#[tokio::test]
async fn a_link_leads_where_the_platform_is_and_nowhere_else() {
    let (scene, owner, _here) = with_owner(787).await;
    for header in [
        "x-forwarded-host",
        "forwarded",
        "origin",
        "referer",
        "x-original-host",
    ] {
        let call = Call::post(FORGOT, &json!({ "email": owner.email }));
        let call = call.with(header, "https://evil.example");
        assert_eq!(scene.call(call).await.status, 204, "{header}");
    }
    scene.world.advance(0).await.unwrap();
    let mails = scene.world.mails_to(&owner.email).await.unwrap();
    assert_eq!(mails.len(), 6);
    for mail in mails {
        let links = mail.text.split_whitespace();
        let links: Vec<_> = links.filter(|word| word.contains("://")).collect();
        assert_eq!(links.len(), 1, "{}", mail.text);
        assert!(links[0].starts_with("http://localhost:3000/"), "{links:?}");
        assert!(!mail.message.contains("evil"), "{}", mail.message);
    }
}

#[tokio::test]
async fn nobodys_mailbox_is_filled() {
    let (scene, owner, here) = with_owner(785).await;
    let first = scene.mails(&owner).await;
    for _ in 0..2 {
        assert_eq!(again(&scene, &here).await.status, 204);
    }
    for _ in 0..=LINKS_ASKED_MAX {
        assert_eq!(scene.forget(&owner.email).await.status, 204);
    }
    let most = first + 2 + usize::try_from(LINKS_ASKED_MAX).unwrap();
    assert_eq!(scene.mails(&owner).await, most);
    scene.world.advance(LINKS_WINDOW_S).await.unwrap();
    assert_eq!(scene.forget(&owner.email).await.status, 204);
    assert_eq!(scene.mails(&owner).await, most + 1);
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_now_is_sent_later_and_once() {
    let (scene, owner, _here) = with_owner(786).await;
    scene.fail("notifications", "SendEmail").await;
    assert_eq!(scene.forget(&owner.email).await.status, 204);
    assert_eq!(scene.mails(&owner).await, 1);
    scene.world.heal();
    scene.world.advance(120).await.unwrap();
    assert_eq!(scene.mails(&owner).await, 2);
    let token = scene.token(&owner).await;
    assert_eq!(scene.reset(&token, NEW).await.status, 204);
}
