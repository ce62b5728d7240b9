//! What others read to verify our tokens and to understand our refusals.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::Value;
use tests::client::{Call, assert_refused};
use tests::walkthrough::Owner;

use super::scene::Scene;

#[tokio::test]
async fn a_token_is_verified_by_what_discovery_leads_to() {
    let scene = Scene::new(130).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    let token = scene.log_in(&owner).await.at("/accessToken").unwrap();

    let found = scene.call(Call::get("/.well-known/openid-configuration"));
    let found = found.await;
    assert_eq!(found.header("cache-control"), "public, max-age=300");
    let issuer = found.at("/issuer").unwrap();
    let address = found.at("/jwks_uri").unwrap();
    let keys = scene.call(Call::get(address.strip_prefix(&issuer).unwrap()));
    let keys = keys.await.json();

    let parts: Vec<&str> = token.split('.').collect();
    let read = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let (head, claims) = (read(parts[0]), read(parts[1]));
    assert_eq!(head["alg"], "EdDSA");
    assert_eq!(claims["iss"], Value::String(issuer));
    let key = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"] == head["kid"])
        .unwrap();
    let key = URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
    let key = VerifyingKey::from_bytes(&key.try_into().unwrap()).unwrap();
    let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    let signature = Signature::from_slice(&signature).unwrap();
    let signed = format!("{}.{}", parts[0], parts[1]);
    key.verify_strict(signed.as_bytes(), &signature).unwrap();
}

#[tokio::test]
async fn every_kind_of_refusal_has_a_page() {
    let scene = Scene::new(131).await;
    let list = scene.call(Call::get("/api/v1/problems")).await.json();
    let kinds = list["items"].as_array().unwrap();
    assert!(kinds.len() > 15, "{}", kinds.len());
    for kind in kinds {
        let slug = kind["slug"].as_str().unwrap();
        let page = scene.call(Call::get(format!("/api/v1/problems/{slug}")));
        let page = page.await;
        assert_eq!(page.status, 200, "{slug}");
        assert!(page.header("content-type").starts_with("text/html"));
        for field in ["title", "cause", "fix"] {
            let text = kind[field].as_str().unwrap();
            assert!(page.text().contains(text), "{slug}: {field}");
        }
    }
    let missing = scene.call(Call::get("/api/v1/problems/no_such_kind")).await;
    assert_refused(&missing, 404, "not_found");
}
