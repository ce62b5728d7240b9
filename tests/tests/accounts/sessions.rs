//! What follows a sign-in: its refresh tokens, each good once, and its end.

use futures_util::future::join_all;
use kernel::limits::{REFRESH_GRACE_S, REFRESH_TOKEN_LIFE_S};
use serde_json::json;
use tests::client::{Answer, Call, assert_refused};
use tests::walkthrough::Owner;

use super::scene::Scene;

async fn signed_in(seed: u64) -> (Scene, Answer) {
    let scene = Scene::new(seed).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    let tokens = scene.log_in(&owner).await;
    (scene, tokens)
}

fn refresh_token(answer: &Answer) -> String {
    answer.at("/refreshToken").unwrap()
}

#[tokio::test]
async fn each_refresh_gives_the_next_tokens() {
    let (scene, tokens) = signed_in(120).await;
    let mut token = refresh_token(&tokens);
    for _ in 0..3 {
        scene.world.advance(600).await.unwrap();
        let next = scene.refresh(&token).await;
        assert_eq!(next.status, 200, "{}", next.text());
        assert_ne!(refresh_token(&next), token);
        token = refresh_token(&next);
        let access = next.at("/accessToken").unwrap();
        let profile = Call::get("/api/v1/tenant/profile").bearer(&access);
        assert_eq!(scene.call(profile).await.status, 200);
    }
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_is_answered_again_for_a_moment() {
    let (scene, tokens) = signed_in(121).await;
    let first = refresh_token(&tokens);
    let answers = join_all((0..8).map(|_| scene.refresh(&first))).await;
    let next = refresh_token(&answers[0]);
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(refresh_token(answer), next, "all get the same successor");
    }
    scene.world.advance(REFRESH_GRACE_S - 1).await.unwrap();
    let again = scene.refresh(&first).await;
    assert_eq!(refresh_token(&again), next);
}

/// Threat C1: a token that was used before ends the sign-in.
#[tokio::test]
async fn an_old_refresh_token_ends_the_whole_sign_in() {
    let (scene, tokens) = signed_in(122).await;
    let first = refresh_token(&tokens);
    let second = refresh_token(&scene.refresh(&first).await);
    scene.world.advance(REFRESH_GRACE_S + 1).await.unwrap();
    assert_refused(&scene.refresh(&first).await, 401, "invalid_credentials");
    assert_refused(&scene.refresh(&second).await, 401, "invalid_credentials");
    // Another sign-in of the same person is another family.
    let other = scene.log_in(&Owner::named("acme")).await;
    assert_eq!(scene.refresh(&refresh_token(&other)).await.status, 200);
}

#[tokio::test]
async fn signing_out_ends_the_sign_in_and_may_be_said_twice() {
    let (scene, tokens) = signed_in(123).await;
    let token = refresh_token(&tokens);
    let body = json!({ "refreshToken": token });
    for _ in 0..2 {
        let ended = scene.post("/api/v1/auth/logout", &body).await;
        assert_eq!(ended.status, 204, "{}", ended.text());
    }
    assert_refused(&scene.refresh(&token).await, 401, "invalid_credentials");
}

#[tokio::test]
async fn what_we_did_not_make_is_no_refresh_token() {
    let (scene, tokens) = signed_in(124).await;
    let token = refresh_token(&tokens);
    let access = tokens.at("/accessToken").unwrap();
    let other_generation = {
        let (body, mac) = token.rsplit_once('.').unwrap();
        let (family, _) = body.rsplit_once('.').unwrap();
        format!("{family}.2.{mac}")
    };
    for forged in [
        "",
        "rt_",
        "rt_a.b.c.d",
        &access,
        &other_generation,
        &token[..token.len() - 1],
    ] {
        assert_refused(&scene.refresh(forged).await, 401, "invalid_credentials");
        let body = json!({ "refreshToken": forged });
        let ended = scene.post("/api/v1/auth/logout", &body).await;
        assert_refused(&ended, 401, "invalid_credentials");
    }
    assert_eq!(scene.refresh(&token).await.status, 200);
}

#[tokio::test]
async fn a_sign_in_ends_by_itself() {
    let (scene, tokens) = signed_in(125).await;
    let token = refresh_token(&tokens);
    scene.pass(REFRESH_TOKEN_LIFE_S).await;
    assert_refused(&scene.refresh(&token).await, 401, "invalid_credentials");
    let body = json!({ "refreshToken": token });
    let ended = scene.post("/api/v1/auth/logout", &body).await;
    assert_eq!(ended.status, 204, "{}", ended.text());
}

#[tokio::test]
async fn a_refresh_that_cannot_be_written_changes_nothing() {
    let (scene, tokens) = signed_in(126).await;
    let token = refresh_token(&tokens);
    scene.fail("identity", "TransactWriteItems").await;
    assert_refused(&scene.refresh(&token).await, 503, "unavailable");
    let body = json!({ "refreshToken": token });
    let ended = scene.post("/api/v1/auth/logout", &body).await;
    assert_refused(&ended, 503, "unavailable");
    scene.world.heal();
    assert_eq!(scene.refresh(&token).await.status, 200);
}

#[tokio::test]
async fn an_operator_refreshes_and_signs_out_too() {
    let scene = Scene::new(127).await;
    scene.world.operator().await.unwrap();
    let operator = Owner::operator();
    let tokens = scene.log_in(&operator).await;
    let next = scene.refresh(&refresh_token(&tokens)).await;
    assert_eq!(next.status, 200, "{}", next.text());
    let access = next.at("/accessToken").unwrap();
    let list = Call::get("/api/v1/admin/tenants").bearer(&access);
    assert_eq!(scene.call(list).await.status, 200);
    let body = json!({ "refreshToken": refresh_token(&next) });
    let ended = scene.post("/api/v1/auth/logout", &body).await;
    assert_eq!(ended.status, 204);
}
