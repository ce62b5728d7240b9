//! Somebody who is signed in, and what becomes of that.

use kernel::limits::TENANT_STATUS_CACHE_S;
use serde_json::{Value, json};
use tests::client::{Answer, Call, assert_refused};
use tests::walkthrough::Owner;

use super::scene::{Scene, credentials};

/// Where sign-ins are listed.
pub(crate) const SESSIONS: &str = "/api/v1/auth/sessions";

/// A sign-in, as its client holds it.
pub(crate) struct SignedIn {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) id: String,
}

impl SignedIn {
    pub(crate) async fn of(scene: &Scene, tokens: &Answer) -> Self {
        assert_eq!(tokens.status, 200, "{}", tokens.text());
        let access = tokens.at("/accessToken").unwrap();
        let all = sessions(scene, &access).await;
        let current = all.iter().find(|session| session["isCurrent"] == true);
        Self {
            access,
            refresh: tokens.at("/refreshToken").unwrap(),
            id: current.unwrap()["id"].as_str().unwrap().to_owned(),
        }
    }

    pub(crate) async fn new(scene: &Scene, owner: &Owner) -> Self {
        Self::of(scene, &scene.log_in(owner).await).await
    }

    /// Signs somebody in to one of several tenants.
    pub(crate) async fn to(scene: &Scene, owner: &Owner, tenant: &str) -> Self {
        let mut body = credentials(owner);
        body["tenantId"] = json!(tenant);
        let tokens = scene.post("/api/v1/auth/login", &body).await;
        Self::of(scene, &tokens).await
    }

    /// Asks for something that every member may see.
    pub(crate) async fn ask(&self, scene: &Scene) -> Answer {
        let call = Call::get("/api/v1/tenant/profile").bearer(&self.access);
        scene.call(call).await
    }

    pub(crate) async fn end(&self, scene: &Scene, id: &str) -> Answer {
        let call = Call::delete(format!("{SESSIONS}/{id}")).bearer(&self.access);
        scene.call(call).await
    }

    pub(crate) async fn end_all(&self, scene: &Scene) -> Answer {
        scene
            .call(Call::delete(SESSIONS).bearer(&self.access))
            .await
    }

    /// Checks that nothing works any more that this sign-in has.
    pub(crate) async fn assert_over(&self, scene: &Scene) {
        assert_refused(
            &scene.refresh(&self.refresh).await,
            401,
            "invalid_credentials",
        );
        assert_refused(&self.ask(scene).await, 401, "token_expired");
    }
}

/// Lists the sign-ins of whoever holds an access token.
pub(crate) async fn sessions(scene: &Scene, access: &str) -> Vec<Value> {
    let answer = scene.call(Call::get(SESSIONS).bearer(access)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].as_array().unwrap().clone()
}

/// Lets pass what an authorizer may take until it knows.
pub(crate) async fn minute(scene: &Scene) {
    scene.world.advance(TENANT_STATUS_CACHE_S).await.unwrap();
}
