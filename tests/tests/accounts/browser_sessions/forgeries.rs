//! Cookies that are not as we set them: none is a credential, and none is a failure of ours.

use serde_json::json;
use tests::client::{Call, assert_refused};
use tests::portal::{ACCESS, CSRF, REFRESH};

use super::{LOGIN, PROFILE, rename, signed_in};
use crate::scene::credentials;

/// Threat C2: what a browser keeps is good as we set it, under its own name, once.
#[tokio::test]
async fn no_cookie_but_ours_is_a_credential() {
    let (scene, owner, portal) = signed_in(970).await;
    let good = portal.cookie(ACCESS);
    let of_body = scene.post(LOGIN, &credentials(&owner)).await;
    let of_body = of_body.at("/accessToken").unwrap();
    let lower = ACCESS.to_lowercase();
    for cookies in [
        format!("{ACCESS}={good}; {ACCESS}={good}"),
        format!("{ACCESS}={good};{ACCESS}="),
        format!("{ACCESS}=; {ACCESS}={good}"),
        format!("{ACCESS}=\"{good}\""),
        format!("{ACCESS}={good}x"),
        format!("{ACCESS}="),
        ACCESS.to_owned(),
        format!("{ACCESS} ={good}"),
        format!("={ACCESS}={good}"),
        format!("a={ACCESS}={good}"),
        format!("{lower}={good}"),
        format!("{}={good}", ACCESS.to_uppercase()),
        format!("access={good}"),
        format!("__Secure-access={good}"),
        format!("{REFRESH}={good}"),
        format!("{ACCESS}={}", portal.cookie(REFRESH)),
        format!("{ACCESS}={}", portal.cookie(CSRF)),
        // What was given in a body is none: it has no proof that goes with it.
        format!("{ACCESS}={of_body}"),
        format!("{ACCESS}=hsk_{}", "a".repeat(60)),
        format!("{ACCESS}={}", "a".repeat(4_097)),
        format!("{ACCESS}={}", "a.".repeat(4_000)),
        format!("{ACCESS}=%00%0d%0a; $Version=1"),
        ";".repeat(2_000),
        "=".repeat(2_000),
        "a=b; ".repeat(1_000),
    ] {
        let start: String = cookies.chars().take(60).collect();
        for call in [Call::get(PROFILE), rename("Forged")] {
            let refused = scene.call(call.with("cookie", &*cookies)).await;
            let found = (refused.status.as_u16(), refused.problem());
            assert_eq!(found, (401, "unauthenticated".to_owned()), "{start}");
        }
    }
    for cookies in [
        format!("a=b; {ACCESS}={good}; c=d"),
        format!("{ACCESS}={good};"),
        format!("a=\"; b=; ;;{ACCESS}={good}"),
    ] {
        let call = Call::get(PROFILE).with("cookie", &*cookies);
        assert_eq!(scene.call(call).await.status, 200, "{cookies}");
    }
}

#[tokio::test]
async fn no_refresh_cookie_but_ours_is_good() {
    let (scene, owner, portal) = signed_in(971).await;
    let good = portal.cookie(REFRESH).to_owned();
    for forged in [
        "",
        "rt_",
        "rt_a.b.c.d",
        portal.cookie(ACCESS),
        &good[..good.len() - 1],
        &format!("{good}x"),
        &format!("\"{good}\""),
        &format!("{good}; {REFRESH}={good}"),
        &format!("rt_{}", "a".repeat(8_000)),
    ] {
        let page = portal.clone().holding(REFRESH, Some(forged));
        for call in [page.refresh(), page.log_out()] {
            assert_refused(&scene.call(call).await, 401, "invalid_credentials");
        }
    }
    // A refresh token that was given in a body stands in no cookie with a proof.
    let of_body = scene.post(LOGIN, &credentials(&owner)).await;
    let of_body = of_body.at("/refreshToken").unwrap();
    let page = portal.clone().holding(REFRESH, Some(&of_body));
    assert_refused(&scene.call(page.refresh()).await, 403, "cross_site");
    assert_eq!(scene.call(portal.refresh()).await.status, 204);
}

/// A value that somebody chose cannot become a cookie of another name: what stands in a body or a header comes back
/// in none.
#[tokio::test]
async fn nothing_that_is_sent_comes_back_in_a_cookie() {
    let (scene, owner, _) = signed_in(972).await;
    let origin = ("origin", tests::portal::LOCAL);
    let mut body = credentials(&owner);
    body["tokensIn"] = json!("cookies");
    let call = Call::post(LOGIN, &body)
        .with(origin.0, origin.1)
        .with("cookie", "a=\"; __Host-csrf=c4n4ry; Domain=localhost")
        .with("x-csrf-token", "c4n4ry; Domain=localhost")
        .with("user-agent", "c4n4ry; Domain=localhost");
    let answer = scene.call(call).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    for cookie in answer.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        assert!(
            !cookie.contains("c4n4ry") && !cookie.contains("Domain"),
            "{cookie}"
        );
    }
}
