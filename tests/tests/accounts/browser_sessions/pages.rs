//! Whose page asks: with cookies the portal's alone may change anything, and with a token in a header it does not
//! matter.

use tests::client::{Call, assert_refused};
use tests::portal::{CSRF, LOCAL, Portal};
use tests::walkthrough::Owner;

use super::{LOGIN, PROFILE, asking_for_cookies, assert_sets_nothing, rename, signed_in};
use crate::scene::Scene;

/// Where pages are that are not the portal's.
const ELSEWHERE: [Option<&str>; 11] = [
    None,
    Some(""),
    Some("null"),
    Some("http://localhost:3001"),
    Some("http://localhost"),
    Some("https://localhost:3000"),
    Some("http://main.acme.localhost:3000"),
    Some("http://localhost:3000.evil.example"),
    Some("http://localhost:3000/"),
    Some("HTTP://LOCALHOST:3000"),
    Some("http://localhost:3000, http://evil.example"),
];

async fn name(scene: &Scene, portal: &Portal) -> String {
    scene.read(portal).await.at("/name").unwrap()
}

/// Threat C10: a page elsewhere has the visitor's cookies sent, and changes nothing; nor does one that guesses what the
/// portal shows beside them.
#[tokio::test]
async fn with_cookies_only_a_page_of_the_portal_changes_anything() {
    let (scene, owner, portal) = signed_in(960).await;
    let other = scene.portal(&owner, None).await;
    let (own, others) = (portal.cookie(CSRF), other.cookie(CSRF));
    assert_ne!(own, others, "each sign-in has its own");
    let before = name(&scene, &portal).await;
    for origin in ELSEWHERE {
        let mut call = portal.read(rename("Taken")).with("x-csrf-token", own);
        if let Some(origin) = origin {
            call = call.with("origin", origin);
        }
        let refused = scene.call(call).await;
        assert_refused(&refused, 403, "cross_site");
    }
    let shorter = &own[1..];
    let louder = own.to_uppercase();
    for (shown, kept) in [
        (None, Some(own)),
        (Some(""), Some(own)),
        (Some(others), Some(own)),
        (Some(own), Some(others)),
        (Some(others), Some(others)),
        (Some(own), None),
        (Some(""), Some("")),
        (Some("x"), Some("x")),
        (Some(shorter), Some(shorter)),
        (Some(&louder), Some(&louder)),
    ] {
        let page = portal.clone().holding(CSRF, kept);
        let mut call = page.read(rename("Taken")).with("origin", LOCAL);
        if let Some(shown) = shown {
            call = call.with("x-csrf-token", shown);
        }
        let refused = scene.call(call).await;
        assert_refused(&refused, 403, "cross_site");
    }
    let twice = portal.write(rename("Taken")).with("x-csrf-token", own);
    assert_refused(&scene.call(twice).await, 403, "cross_site");
    let twice = portal.write(rename("Taken")).with("origin", LOCAL);
    assert_refused(&scene.call(twice).await, 403, "cross_site");
    let twice = portal.write(rename("Taken"));
    let twice = twice.with("cookie", format!("{CSRF}={own}"));
    assert_refused(&scene.call(twice).await, 403, "cross_site");
    assert_eq!(name(&scene, &portal).await, before, "nothing changed");
    let written = scene.call(portal.write(rename("Given"))).await;
    assert_eq!(written.status, 200, "{}", written.text());
    assert_eq!(name(&scene, &portal).await, "Given");
}

/// Threat C10: what changes nothing may be asked by anybody, and nobody elsewhere is let read the answer.
#[tokio::test]
async fn reading_needs_no_proof_and_no_other_origin_is_let_read() {
    let (scene, _, portal) = signed_in(961).await;
    for method in [http::Method::GET, http::Method::HEAD] {
        let call = portal.read(Call::new(method, PROFILE));
        let call = call.with("origin", "https://evil.example");
        let answer = scene.call(call).await;
        assert_eq!(answer.status, 200);
        let names = answer.headers.keys().map(http::HeaderName::as_str);
        let lets: Vec<_> = names
            .filter(|name| name.starts_with("access-control-"))
            .collect();
        assert!(lets.is_empty(), "{lets:?}");
    }
    for origin in [LOCAL, "https://evil.example"] {
        let asked = Call::new(http::Method::OPTIONS, PROFILE)
            .with("origin", origin)
            .with("access-control-request-method", "PUT")
            .with("access-control-request-headers", "x-csrf-token");
        let answer = scene.call(asked).await;
        assert!(answer.status.is_client_error(), "{}", answer.status);
        let names = answer.headers.keys();
        assert!(
            !names
                .into_iter()
                .any(|name| name.as_str().starts_with("access-control-"))
        );
    }
}

/// Threat C10: no page elsewhere signs its visitor in as somebody else.
#[tokio::test]
async fn only_a_page_of_the_portal_signs_in_with_cookies() {
    let (scene, owner, _) = signed_in(962).await;
    let call = Call::post(LOGIN, &asking_for_cookies(&owner));
    for origin in ELSEWHERE {
        let call = match origin {
            Some(origin) => call.clone().with("origin", origin),
            None => call.clone(),
        };
        let refused = scene.call(call).await;
        assert_refused(&refused, 403, "cross_site");
        assert_sets_nothing(&refused);
    }
}

/// Threat C10: going on with a sign-in and ending it need the same proof, and a request without it does neither.
#[tokio::test]
async fn a_page_elsewhere_neither_refreshes_nor_signs_out() {
    let (scene, owner, portal) = signed_in(963).await;
    let other = scene.portal(&owner, None).await;
    for path in ["/api/v1/auth/refresh", "/api/v1/auth/logout"] {
        let call = Call::new(http::Method::POST, path);
        for origin in ELSEWHERE {
            let mut call = portal.read(call.clone());
            call = call.with("x-csrf-token", portal.cookie(CSRF));
            if let Some(origin) = origin {
                call = call.with("origin", origin);
            }
            let refused = scene.call(call).await;
            assert_refused(&refused, 403, "cross_site");
            assert_sets_nothing(&refused);
        }
        for page in [
            portal.clone().holding(CSRF, None),
            portal.clone().holding(CSRF, Some(other.cookie(CSRF))),
        ] {
            let refused = scene.call(page.write(call.clone())).await;
            assert_refused(&refused, 403, "cross_site");
        }
    }
    assert_eq!(scene.call(portal.refresh()).await.status, 204);
}

#[tokio::test]
async fn a_header_wins_and_needs_no_proof() {
    let (scene, _, portal) = signed_in(964).await;
    let birch = Owner::named("birch");
    scene.register("birch", &birch).await;
    let token = scene.log_in(&birch).await.at("/accessToken").unwrap();
    let evil = |call: Call| portal.read(call).with("origin", "https://evil.example");
    let read = scene.call(evil(Call::get(PROFILE)).bearer(&token)).await;
    assert_eq!(read.at("/subdomain").unwrap(), "birch");
    let written = scene.call(evil(rename("By a token")).bearer(&token)).await;
    assert_eq!(written.status, 200, "{}", written.text());
    assert_eq!(written.at("/subdomain").unwrap(), "birch");
    assert_ne!(name(&scene, &portal).await, "By a token");
    for (header, value) in [
        ("authorization", "Bearer e30.e30.e30"),
        ("authorization", "Basic YTpi"),
        ("authorization", ""),
        ("x-api-key", "hsk_none"),
        ("x-api-key", ""),
    ] {
        let call = portal.write(Call::get(PROFILE)).with(header, value);
        assert_refused(&scene.call(call).await, 401, "unauthenticated");
    }
}
