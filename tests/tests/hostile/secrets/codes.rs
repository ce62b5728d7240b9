//! Codes of a second factor, for the requests that take one.

use jiff::SignedDuration;
use kernel::Clock;
use serde_json::{Value, json};
use tests::client::Call;
use tests::walkthrough::{CODE_STEP_S, begin_sign_in, enroll};

use crate::scene::Scene;
use tests::operations::Operation;

/// Returns a request without its body, by somebody for whom it has an effect.
pub(super) fn bare(scene: &Scene, operation: &Operation) -> Call {
    let has_codes = ["/mfa/recovery-codes", "/mfa/disable"];
    if has_codes.iter().any(|end| operation.path.ends_with(end)) {
        let call = Call::new(operation.method.clone(), scene.path(operation));
        return call.bearer(&scene.careful.access);
    }
    scene.bare(operation)
}

/// Gives what is needed for a second factor, by who has one and by who sets one up.
pub(super) async fn set(scene: &Scene, operation: &Operation, body: &mut Value) {
    let client = scene.world.client();
    let (careful, owner) = (&scene.careful, &scene.acme.settled.owner);
    let access = &scene.acme.settled.tokens.access;
    if operation.path.ends_with("/confirm") {
        let phone = enroll(&client, access, owner).await.unwrap();
        body["code"] = json!(phone.code(scene.world.clock.now()));
    } else if operation.path.ends_with("/recovery-codes") {
        // The one of now was taken when the authenticator was set up.
        let next = SignedDuration::from_secs(CODE_STEP_S);
        body["code"] = json!(careful.phone.code(scene.world.clock.now() + next));
    } else if body.get("code").is_some() {
        body["code"] = json!(careful.phone.recovery_codes[0]);
    }
    if operation.path.ends_with("/verify") {
        let half = begin_sign_in(&client, &careful.owner).await;
        body["mfaToken"] = json!(half.unwrap());
    }
    if operation.path.ends_with("/disable") || operation.path.ends_with("/recovery-codes") {
        body["password"] = json!(careful.owner.password);
    } else if operation.path.ends_with("/mfa") {
        body["password"] = json!(owner.password);
    }
}
