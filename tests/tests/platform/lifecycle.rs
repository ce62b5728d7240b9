//! Tenants' and websites' lives: statuses, deletion and undo, and suspension within a minute.

use http::StatusCode;
use serde_json::json;
use tests::client::{Call, Client};
use tests::walkthrough::{make_page, publish, visit_fresh};
use tests::world::{Settled, World};

/// Checks that nothing of a suspended tenant answers, in any environment.
async fn refused_everywhere(client: &Client<'_>, acme: &Settled) {
    for _ in 0..16 {
        let refused = client
            .call(Call::get(&acme.website).bearer(&acme.tokens.access))
            .await
            .unwrap();
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
        assert_eq!(refused.problem(), "tenant_inactive");
        for path in ["/about", "/nowhere"] {
            let page = client.visit(&acme.host(), path).await.unwrap();
            assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert!(!page.header("retry-after").is_empty());
        }
    }
    let body = json!({ "refreshToken": acme.tokens.refresh });
    let refused = client
        .call(Call::post("/api/v1/auth/refresh", &body))
        .await
        .unwrap();
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
    let body = json!({ "email": acme.owner.email, "password": acme.owner.password });
    let refused = client
        .call(Call::post("/api/v1/auth/login", &body))
        .await
        .unwrap();
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
}

#[tokio::test]
async fn a_suspended_tenant_is_refused_everywhere_within_a_minute() {
    let world = World::new(10).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.clone();
    let page = make_page(&client, &token, &acme.website, "about", "Us.")
        .await
        .unwrap();
    publish(&client, &token, &page).await.unwrap();
    let operator = world.operator().await.unwrap();
    for function in ["authorizer", "delivery", "content", "websites"] {
        world.platform.pools().warm_up(function, 8).await.unwrap();
    }
    for _ in 0..16 {
        client
            .call(Call::get(&acme.website).bearer(&token))
            .await
            .unwrap();
        // Each environment of the origin knows the host; the edge keeps the page.
        client.visit(&acme.host(), "/about").await.unwrap();
        client.visit(&acme.host(), "/nowhere").await.unwrap();
    }
    // A message is on its way when the tenant is suspended.
    let body = json!({ "name": "Second", "subdomain": "second" });
    client
        .call(Call::post("/api/v1/websites", &body).bearer(&token))
        .await
        .unwrap();
    let path = format!("/api/v1/admin/tenants/{}/suspend", acme.tenant);
    let call = Call::post(path, &json!({ "reason": "unpaid" })).bearer(&operator);
    client
        .call(call)
        .await
        .unwrap()
        .expect(StatusCode::OK)
        .unwrap();
    world.advance(60).await.unwrap();
    refused_everywhere(&client, &acme).await;
    let path = format!("/api/v1/admin/tenants/{}/activate", acme.tenant);
    let call = Call::new(http::Method::POST, path).bearer(&operator);
    client
        .call(call)
        .await
        .unwrap()
        .expect(StatusCode::OK)
        .unwrap();
    world.advance(60).await.unwrap();
    client
        .call(Call::get(&acme.website).bearer(&token))
        .await
        .unwrap();
    visit_fresh(&client, &acme.host(), "/about", StatusCode::OK)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_deleted_website_is_gone_at_once_and_can_be_brought_back() {
    let world = World::new(11).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let page = make_page(&client, token, &acme.website, "about", "Us.")
        .await
        .unwrap();
    publish(&client, token, &page).await.unwrap();
    let found = client
        .call(Call::get(&acme.website).bearer(token))
        .await
        .unwrap();
    let without = client
        .call(Call::delete(&acme.website).bearer(token))
        .await
        .unwrap();
    assert_eq!(without.status, StatusCode::PRECONDITION_REQUIRED);
    let stale = Call::delete(&acme.website)
        .bearer(token)
        .if_match("\"999\"");
    let stale = client.call(stale).await.unwrap();
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let call = Call::delete(&acme.website)
        .bearer(token)
        .if_match(found.header("etag"));
    client
        .call(call)
        .await
        .unwrap()
        .expect(StatusCode::NO_CONTENT)
        .unwrap();
    world.advance(3).await.unwrap();
    let gone = client.visit(&acme.host(), "/about").await.unwrap();
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let deleted = client
        .call(Call::get(&acme.website).bearer(token))
        .await
        .unwrap();
    let body = json!({ "name": "main", "status": "Active" });
    let call = Call::put(&acme.website, &body)
        .bearer(token)
        .if_match(deleted.header("etag"));
    client
        .call(call)
        .await
        .unwrap()
        .expect(StatusCode::OK)
        .unwrap();
    visit_fresh(&client, &acme.host(), "/about", StatusCode::OK)
        .await
        .unwrap();
}

#[tokio::test]
async fn maintenance_is_a_503_that_nobody_keeps() {
    let world = World::new(12).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let found = client
        .call(Call::get(&acme.website).bearer(token))
        .await
        .unwrap();
    let body = json!({ "name": "main", "status": "Maintenance" });
    let call = Call::put(&acme.website, &body)
        .bearer(token)
        .if_match(found.header("etag"));
    client
        .call(call)
        .await
        .unwrap()
        .expect(StatusCode::OK)
        .unwrap();
    world.advance(3).await.unwrap();
    let closed = client.visit(&acme.host(), "/").await.unwrap();
    assert_eq!(closed.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!closed.header("retry-after").is_empty());
    assert!(closed.header("cache-control").contains("no-store"));
}

#[tokio::test]
async fn a_tier_holds_so_many_websites() {
    let world = World::new(13).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let body = json!({ "name": "Second", "subdomain": "second" });
    let call = Call::post("/api/v1/websites", &body).bearer(token);
    let refused = client.call(call).await.unwrap();
    assert_eq!(
        refused.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{}",
        refused.text()
    );
    assert_eq!(refused.problem(), "quota_exceeded");
}

#[tokio::test]
async fn operators_see_and_move_tenants_by_the_table() {
    let world = World::new(14).await.unwrap();
    let client = world.client();
    let operator = world.operator().await.unwrap();
    for name in ["anvil", "birch", "cedar"] {
        world.settled_tenant(name).await.unwrap();
    }
    let page = |path: String| {
        let (client, operator) = (client.clone(), operator.clone());
        async move {
            client
                .call(Call::get(path).bearer(&operator))
                .await
                .unwrap()
        }
    };
    let first = page("/api/v1/admin/tenants?limit=2".to_owned()).await;
    let names = |answer: &tests::client::Answer| -> Vec<String> {
        let items = answer.json()["items"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        items
            .iter()
            .filter_map(|item| item["subdomain"].as_str().map(str::to_owned))
            .collect()
    };
    assert_eq!(names(&first), ["anvil", "birch"], "{}", first.text());
    let cursor = first.at("/nextCursor").unwrap();
    let second = page(format!("/api/v1/admin/tenants?limit=2&cursor={cursor}")).await;
    assert_eq!(names(&second), ["cedar"]);
    assert!(second.json().get("nextCursor").is_none());
    assert_eq!(
        names(&page("/api/v1/admin/tenants?q=bi".to_owned()).await),
        ["birch"]
    );
    let none = page("/api/v1/admin/tenants?status=Suspended".to_owned()).await;
    assert!(names(&none).is_empty());
    let other = page(format!("/api/v1/admin/tenants?q=a&cursor={cursor}")).await;
    assert_eq!(other.problem(), "invalid_cursor", "{}", other.text());
    let taken = page("/api/v1/admin/tenants/subdomain/anvil".to_owned()).await;
    assert_eq!(taken.json()["available"], false);
    let free = page("/api/v1/admin/tenants/subdomain/dahlia".to_owned()).await;
    assert_eq!(free.json()["available"], true);
    let tenant = first.at("/items/0/id").unwrap();
    let path = format!("/api/v1/admin/tenants/{tenant}/status");
    for (status, expected) in [
        ("Active", StatusCode::OK),
        ("Suspended", StatusCode::OK),
        ("Suspended", StatusCode::OK),
        ("Deleted", StatusCode::CONFLICT),
        ("Provisioning", StatusCode::CONFLICT),
        ("Deprovisioning", StatusCode::OK),
        ("Suspended", StatusCode::CONFLICT),
        ("Active", StatusCode::OK),
    ] {
        let call = Call::put(&path, &json!({ "status": status })).bearer(&operator);
        let answer = client.call(call).await.unwrap();
        assert_eq!(answer.status, expected, "to {status}: {}", answer.text());
    }
}
