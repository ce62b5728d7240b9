//! Tokens, good and forged.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use jiff::Timestamp;
use jsonwebtoken::DecodingKey;
use serde_json::{Value, json};

use super::{Verified, kid, verify};

const ISSUER: &str = "http://localhost:3000";
const NOW: i64 = 1_800_000_000;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn public() -> DecodingKey {
    let x = URL_SAFE_NO_PAD.encode(key().verifying_key().to_bytes());
    DecodingKey::from_ed_components(&x).unwrap()
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "k" })
}

fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": "hotswap",
        "sub": "01890a5d-ac96-774b-bcce-b302099a8057",
        "sid": "01890a5d-ac96-774b-bcce-b302099a8058",
        "iat": NOW,
        "exp": NOW + 900,
        "outs": 0,
        "tenant": "01890a5d-ac96-774b-bcce-b302099a8059",
        "role": "tenantAdmin",
        "rights": 1,
    })
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn sign(header: &Value, claims: &Value) -> String {
    let body = format!("{}.{}", part(header), part(claims));
    let signature = key().sign(body.as_bytes()).to_bytes();
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn judge(token: &str, now: i64) -> Verified {
    if kid(token).is_none() {
        return Verified::Forged;
    }
    verify(
        token,
        &public(),
        ISSUER,
        Timestamp::from_second(now).unwrap(),
    )
}

fn with(value: &Value, name: &str, other: Value) -> Value {
    let mut value = value.clone();
    let members = value.as_object_mut().unwrap();
    if other.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), other);
    }
    value
}

#[test]
fn our_own_token_is_good_for_its_time() {
    let token = sign(&header(), &claims());
    for (now, is_good) in [
        (-11, false),
        (-10, true),
        (0, true),
        (899, true),
        (909, true),
        (910, false),
    ] {
        let verdict = judge(&token, NOW + now);
        assert_eq!(
            matches!(verdict, Verified::Good(..)),
            is_good,
            "at {now}: {verdict:?}"
        );
    }
    assert_eq!(judge(&token, NOW + 910), Verified::Expired);
    assert_eq!(judge(&token, NOW - 11), Verified::Forged);
}

#[test]
fn an_operators_token_is_good() {
    let of_member = ["tenant", "role", "rights"];
    let claims = of_member
        .iter()
        .fold(claims(), |claims, name| with(&claims, name, Value::Null));
    let token = sign(&header(), &with(&claims, "operator", json!(true)));
    assert!(matches!(judge(&token, NOW), Verified::Good(..)));
}

#[test]
fn a_header_that_is_not_ours_is_refused_although_the_signature_is_right() {
    let mut forged = Vec::new();
    for algorithm in [
        "none", "None", "HS256", "RS256", "ES256", "PS256", "eddsa", "Ed25519", "",
    ] {
        forged.push(with(&header(), "alg", json!(algorithm)));
    }
    for kind in ["JWT", "jwt", "id+jwt", "rt+jwt", "AT+JWT", ""] {
        forged.push(with(&header(), "typ", json!(kind)));
    }
    for name in ["alg", "typ", "kid"] {
        forged.push(with(&header(), name, Value::Null));
    }
    for name in [
        "jku", "jwk", "x5u", "x5c", "x5t", "crit", "b64", "cty", "zip", "enc",
    ] {
        forged.push(with(&header(), name, json!("https://evil.example/keys")));
    }
    for header in &forged {
        assert_eq!(
            judge(&sign(header, &claims()), NOW),
            Verified::Forged,
            "{header}"
        );
    }
}

#[test]
fn claims_that_are_not_ours_are_refused_although_the_signature_is_right() {
    let mut forged = Vec::new();
    for (name, others) in [
        (
            "iss",
            vec![
                json!("https://evil.example"),
                json!(""),
                json!([ISSUER]),
                Value::Null,
            ],
        ),
        (
            "aud",
            vec![
                json!("other"),
                json!(["hotswap"]),
                json!(["x", "hotswap"]),
                Value::Null,
            ],
        ),
        ("sub", vec![json!("admin"), json!(1), Value::Null]),
        ("sid", vec![json!("x"), Value::Null]),
        (
            "exp",
            vec![
                json!("1800000900"),
                json!(NOW + 901),
                json!(i64::MAX),
                json!(1.5),
                Value::Null,
            ],
        ),
        (
            "iat",
            vec![json!(NOW + 1), json!(i64::MIN), json!("0"), Value::Null],
        ),
        (
            "tenant",
            vec![json!("acme"), json!("*"), json!(["x"]), Value::Null],
        ),
        (
            "role",
            vec![
                json!("system"),
                json!("visitor"),
                json!("operator"),
                json!(""),
                Value::Null,
            ],
        ),
        ("outs", vec![json!("0"), json!(-1), json!(0.5), Value::Null]),
        ("rights", vec![json!("1"), json!(-1), Value::Null]),
        ("operator", vec![json!(true), json!("true"), json!(1)]),
        ("scope", vec![json!("everything")]),
        ("nbf", vec![json!(NOW)]),
    ] {
        forged.extend(others.into_iter().map(|other| with(&claims(), name, other)));
    }
    for claims in &forged {
        assert_eq!(
            judge(&sign(&header(), claims), NOW),
            Verified::Forged,
            "{claims}"
        );
    }
}

#[test]
fn a_token_that_was_changed_anywhere_is_refused() {
    let token = sign(&header(), &claims());
    for place in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        let Ok(changed) = String::from_utf8(bytes) else {
            continue;
        };
        let verdict = judge(&changed, NOW);
        // The last letter of a signature holds bits that nobody reads.
        let is_slack = place + 1 == token.len();
        assert!(is_slack || verdict == Verified::Forged, "{changed}");
    }
    let [head, body, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    for forged in [
        format!("{head}.{body}."),
        format!("{head}.{body}"),
        format!("{head}..{signature}"),
        format!(".{body}.{signature}"),
        format!("{token}.{signature}"),
        format!(" {token}"),
        String::new(),
        "...".to_owned(),
        "e30.e30.e30".to_owned(),
    ] {
        assert_eq!(judge(&forged, NOW), Verified::Forged, "{forged}");
    }
}

#[test]
fn another_keys_token_and_doubled_claims_are_refused() {
    let body = format!("{}.{}", part(&header()), part(&claims()));
    let other = SigningKey::from_bytes(&[8; 32])
        .sign(body.as_bytes())
        .to_bytes();
    let token = format!("{body}.{}", URL_SAFE_NO_PAD.encode(other));
    assert_eq!(judge(&token, NOW), Verified::Forged);
    let text = claims().to_string();
    let doubled = text.replacen('{', "{\"role\":\"contentEditor\",", 1);
    let body = format!("{}.{}", part(&header()), URL_SAFE_NO_PAD.encode(doubled));
    let signature = key().sign(body.as_bytes()).to_bytes();
    let token = format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature));
    assert_eq!(judge(&token, NOW), Verified::Forged);
}
