//! Reports of the proof that no tenant reaches another, signed as `cargo x isolation` signs them.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on has failed"
)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

use crate::client::Call;
use crate::world::World;

/// Where an operator publishes one.
pub const PUBLISHED_AT: &str = "/api/v1/admin/isolation-report";

/// Returns a report on the commit `code`, with the signature of a key that every report here has.
pub fn isolation_report(code: &str) -> Value {
    signed(&json!({
        "about": "isolation",
        "madeAt": "2026-11-20T09:30:00Z",
        "template": "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d",
        "code": code,
        "isChanged": false,
        "isWhole": false,
        "attempts": 2,
        "by": { "carrier": { "path": 1, "query": 1 } },
        "controls": 1,
        "seededLeaksFound": 26,
        "failures": [],
    }))
}

/// Returns `report` with its signature.
pub fn signed(report: &Value) -> Value {
    let key = SigningKey::from_bytes(&[7; 32]);
    let signature = key.sign(report.to_string().as_bytes());
    json!({
        "report": report,
        "signature": {
            "algorithm": "Ed25519",
            "publicKey": STANDARD.encode(key.verifying_key().to_bytes()),
            "value": STANDARD.encode(signature.to_bytes()),
        },
    })
}

/// Publishes a report on the commit `code` with an operator's token.
pub async fn publish(world: &World, operator: &str, code: &str) {
    let call = Call::put(PUBLISHED_AT, &isolation_report(code));
    let client = world.client();
    let answer = client.call(call.bearer(operator)).await.unwrap();
    assert_eq!(answer.status, http::StatusCode::OK, "{}", answer.text());
}
