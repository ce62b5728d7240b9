//! How keys end: by time, by another secret, and by being deleted; and what a repeated request gets.

use tests::walkthrough::sign_in;

use super::*;

#[tokio::test]
async fn a_key_ends_when_it_says() {
    let scene = Scene::new(840).await;
    let ends_at = scene.world.storage().now() + jiff::SignedDuration::from_secs(600);
    let body = json!({
        "name": "For now",
        "scopes": ["websites.list"],
        "endsAt": ends_at.to_string(),
    });
    let made = scene.made(&body).await;
    scene.pass(599).await;
    assert_eq!(scene.show(&made.key).await.status, 200);
    scene.pass(1).await;
    assert_refused(&scene.show(&made.key).await, 401, "token_expired");
    let forged = format!("{}0", &made.key[..made.key.len() - 1]);
    assert_refused(&scene.show(&forged).await, 401, "unauthenticated");
    assert_eq!(scene.look(&made).await["isOver"], true);
    // Its name can be another one all the same, and it can go on.
    let mut change = body.clone();
    change["name"] = json!("For then");
    assert_eq!(scene.put(&made, &change).await.status, 200);
    assert_eq!(scene.look(&made).await["isOver"], true);
    assert_eq!(
        scene.put(&made, &json!({ "endsAt": null })).await.status,
        200
    );
    scene.pass(API_KEY_CACHE_S).await;
    assert_eq!(scene.show(&made.key).await.status, 200);
}

/// Threat C7: a key can be given another secret without a gap, and the one before ends.
#[tokio::test]
async fn a_secret_that_was_replaced_is_good_for_a_while() {
    let mut scene = Scene::new(841).await;
    let made = scene.reader().await;
    assert_eq!(scene.show(&made.key).await.status, 200);
    let second = scene.rotated(&made, &json!({})).await;
    // Who rotates need not wait until every environment has heard of it.
    assert_eq!(scene.show(&second).await.status, 200);
    assert_eq!(scene.show(&made.key).await.status, 200);
    assert!(scene.look(&made).await["earlierEndsAt"].is_string());
    scene.pass(API_KEY_OVERLAP_S).await;
    assert_refused(&scene.show(&made.key).await, 401, "token_expired");
    let owner = scene.acme.owner.clone();
    scene.acme.tokens = sign_in(&scene.world.client(), &owner).await.unwrap();
    assert_eq!(scene.look(&made).await["earlierEndsAt"], Value::Null);
    let third = scene
        .rotated(&made, &json!({ "overlapSeconds": 3600 }))
        .await;
    let fourth = scene.rotated(&made, &json!({ "overlapSeconds": 0 })).await;
    scene.pass(API_KEY_CACHE_S).await;
    for (key, told) in [
        (&made.key, "unauthenticated"),
        (&second, "unauthenticated"),
        (&third, "token_expired"),
    ] {
        assert_refused(&scene.show(key).await, 401, told);
    }
    assert_eq!(scene.show(&fourth).await.status, 200);
}

#[tokio::test]
async fn a_deleted_key_is_over_within_a_minute() {
    let scene = Scene::new(842).await;
    let (made, other) = (scene.reader().await, scene.reader().await);
    assert_eq!(scene.show(&made.key).await.status, 200);
    scene.delete(&made).await;
    scene.pass(API_KEY_CACHE_S).await;
    assert_refused(&scene.show(&made.key).await, 401, "unauthenticated");
    assert_eq!(scene.show(&other.key).await.status, 200);
    let place = made.place.as_str();
    let body = json!({ "name": "Gone", "scopes": ["content.read"] });
    for call in [
        Call::get(place),
        Call::put(place, &body).if_match("\"1\""),
        Call::delete(place).if_match("\"1\""),
        Call::post(format!("{place}/rotate"), &json!({})).if_match("*"),
    ] {
        assert_refused(&scene.as_admin(call).await, 404, "not_found");
    }
    let list = scene.as_admin(Call::get(KEYS)).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn whoever_lost_the_answer_gets_the_same_key_again() {
    let scene = Scene::new(843).await;
    let body = json!({ "name": "Build", "scopes": ["websites.list"] });
    let create = || Call::post(KEYS, &body).with("idempotency-key", "a-key");
    let first = scene.as_admin(create()).await;
    let again = scene.as_admin(create()).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((again.status, again.json()), (first.status, first.json()));
    let place = first.header("location").to_owned();
    let rotate = || {
        let call = Call::post(format!("{place}/rotate"), &json!({})).if_match("\"1\"");
        call.with("idempotency-key", "another-secret")
    };
    let rotated = scene.as_admin(rotate()).await;
    let again = scene.as_admin(rotate()).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.json(), rotated.json());
    assert_ne!(rotated.at("/key").unwrap(), first.at("/key").unwrap());
    // The first secret is another one's by now.
    let late = scene.as_admin(create()).await;
    assert_eq!(
        (late.status.as_u16(), late.json()["key"].clone()),
        (201, Value::Null)
    );
    let other = json!({ "name": "Other", "scopes": ["websites.list"] });
    let other = Call::post(KEYS, &other).with("idempotency-key", "a-key");
    assert_refused(&scene.as_admin(other).await, 422, "idempotency_mismatch");
}

#[tokio::test]
async fn a_change_is_made_of_what_was_read() {
    let scene = Scene::new(844).await;
    let made = scene.reader().await;
    let body = json!({ "name": "Renamed", "scopes": ["websites.list"] });
    let put = |etag: &str| Call::put(made.place.as_str(), &body).if_match(etag);
    assert_refused(
        &scene.as_admin(put("\"7\"")).await,
        412,
        "precondition_failed",
    );
    let changed = scene.as_admin(put("\"1\"")).await;
    assert_eq!(changed.header("etag"), "\"2\"");
    assert_eq!(changed.json()["name"], "Renamed");
    // Two who rotate at once do not take the secret away that is in use.
    let rotate = |etag: &str| {
        let path = format!("{}/rotate", made.place);
        Call::post(path, &json!({})).if_match(etag)
    };
    let late = scene.as_admin(rotate("\"1\"")).await;
    assert_refused(&late, 412, "precondition_failed");
    // What changes nothing makes no version.
    let same = scene.as_admin(put("\"2\"")).await;
    assert_eq!(same.header("etag"), "\"2\"");
    let delete = Call::delete(made.place.as_str()).if_match("\"1\"");
    assert_refused(&scene.as_admin(delete).await, 412, "precondition_failed");
}
