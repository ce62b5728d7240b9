//! What happens to a tenant from which too much comes that nobody does by right: it is suspended, and appeals.

use http::StatusCode;
use tests::abuse::appeal_of_suspended;
use tests::client::{Call, Client};
use tests::walkthrough::{Owner, sign_in};
use tests::world::{Settled, World};

use super::rounds::call;

/// A tenant of which one id of another tenant's is too many.
pub(super) async fn all(world: &World, client: &Client<'_>, acme: &Settled) {
    let operator = sign_in(client, &Owner::operator()).await.unwrap().access;
    let appeal = appeal_of_suspended(world, &operator, "greedy", &acme.website).await;
    call(client, StatusCode::NO_CONTENT, appeal.unwrap()).await;
    let list = Call::get("/api/v1/admin/tenants?q=greedy").bearer(&operator);
    let id = call(client, StatusCode::OK, list).await.json()["items"][0]["id"].clone();
    let place = format!("/api/v1/admin/tenants/{}", id.as_str().unwrap());
    let read = call(client, StatusCode::OK, Call::get(place).bearer(&operator)).await;
    assert_eq!(read.json()["appeal"]["text"], "A script had old ids.");
}
