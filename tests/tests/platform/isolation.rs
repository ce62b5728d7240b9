//! Foreign and missing are the same: for every route that takes an id, a member of another tenant
//! gets for a foreign id exactly what it gets for one that never existed.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::client::{Answer, Call, Client};
use tests::walkthrough::{make_page, publish};
use tests::world::{Settled, World};

use crate::goldens;

/// An id that never existed.
const MISSING: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Ids of a tenant, by the name of the parameter they fill.
struct Ids {
    website: String,
    page: String,
    release: String,
}

async fn ids(client: &Client<'_>, tenant: &Settled) -> Ids {
    let token = tenant.tokens.access.as_str();
    let page = make_page(client, token, &tenant.website, "about", "Us.")
        .await
        .unwrap();
    let release = publish(client, token, &page).await.unwrap();
    let last = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    Ids {
        website: last(&tenant.website),
        page: last(&page),
        release,
    }
}

/// Fills a path's template: `ids` for what is there, [`MISSING`] for the parameters in `missing`.
fn fill(path: &str, ids: &Ids, is_missing: bool) -> String {
    let fill = |name: &str| match name {
        _ if is_missing => MISSING.to_owned(),
        "website" => ids.website.clone(),
        "page" => ids.page.clone(),
        "release" | "a" | "b" | "first" | "second" => ids.release.clone(),
        other => panic!("nobody knows what fills `{other}` in `{path}`"),
    };
    let parts = path.split('/').map(|part| {
        match part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
        {
            Some(name) => fill(name),
            None => part.to_owned(),
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Makes a request that would be valid, were its ids the caller's own.
fn request(method: &Method, template: &str, path: &str, etag: &str) -> Call {
    let page = json!({
        "title": "Another title",
        "slug": "another",
        "content": { "format": "markdown", "value": "Text." },
    });
    let body = match (method, template.rsplit('/').next().unwrap()) {
        (&Method::POST, "pages") | (&Method::PUT, "{page}") => page,
        (&Method::PUT, "{website}") => json!({ "name": "Another name" }),
        (&Method::PUT, "theme") => json!({ "themeId": "journal", "settings": {} }),
        _ => Value::Null,
    };
    let call = match (method, body) {
        (&Method::PUT, body) if !body.is_null() => Call::put(path, &body),
        (&Method::POST, body) if !body.is_null() => Call::post(path, &body),
        (method, _) => Call::new(method.clone(), path),
    };
    if matches!(*method, Method::PUT | Method::DELETE) {
        call.if_match(etag)
    } else {
        call
    }
}

/// What a caller can see of an answer, but for what is its own: the request's id and the date.
fn visible(answer: &Answer) -> (StatusCode, Vec<(String, String)>, String) {
    let request_id = answer.header("x-request-id").to_owned();
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    (
        answer.status,
        headers,
        answer.text().replace(&request_id, "<request>"),
    )
}

#[tokio::test]
async fn a_foreign_id_and_a_missing_one_are_answered_alike() {
    let world = World::new(30).await.unwrap();
    let client = world.client();
    let first = world.settled_tenant("first").await.unwrap();
    let second = world.settled_tenant("second").await.unwrap();
    let foreign = ids(&client, &first).await;
    let own = ids(&client, &second).await;
    let token = second.tokens.access.as_str();
    let routes: Vec<_> = goldens::routes()
        .into_iter()
        .filter(|route| {
            route.path.contains('{')
                && !["open", "tenants.manage", "tenants.read"].contains(&route.operation.permission)
        })
        .collect();
    assert!(routes.len() >= 20, "only {} routes take ids", routes.len());
    for route in &routes {
        let mut seen = Vec::new();
        for is_missing in [false, true] {
            let path = fill(route.path, &foreign, is_missing);
            let mark = world.platform.history().mark();
            let call = request(&route.method, route.path, &path, "\"1\"").bearer(token);
            let answer = client.call(call).await.unwrap();
            let calls: Vec<_> = world
                .platform
                .history()
                .since(mark)
                .into_iter()
                .map(|call| (call.function, call.operation))
                .collect();
            assert_eq!(
                answer.status,
                StatusCode::NOT_FOUND,
                "{} {path}",
                route.method
            );
            seen.push((visible(&answer), calls));
            // A warm cache of the first must not tell it from the second.
            world.platform.settle().await.unwrap();
        }
        assert_eq!(seen[0], seen[1], "{} {}", route.method, route.path);
    }
    // The control: the caller's own ids work, on every route that only reads.
    for route in routes.iter().filter(|route| route.method == Method::GET) {
        let path = fill(route.path, &own, false);
        let answer = client.call(Call::get(&path).bearer(token)).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn asking_for_a_foreign_id_leaves_a_trace_and_a_missing_one_does_not() {
    let world = World::new(31).await.unwrap();
    let client = world.client();
    let first = world.settled_tenant("first").await.unwrap();
    let second = world.settled_tenant("second").await.unwrap();
    world.platform.settle().await.unwrap();
    for (path, traces) in [
        (first.website.clone(), 1),
        (format!("/api/v1/websites/{MISSING}"), 0),
    ] {
        let seen = world
            .platform
            .services()
            .bus()
            .bus_events(0, 1_000)
            .await
            .unwrap()
            .len();
        client
            .call(Call::get(&path).bearer(&second.tokens.access))
            .await
            .unwrap();
        world.platform.settle().await.unwrap();
        let events = world
            .platform
            .services()
            .bus()
            .bus_events(0, 1_000)
            .await
            .unwrap();
        let kinds: Vec<_> = events[seen..]
            .iter()
            .map(|event| event.event["detail-type"].clone())
            .collect();
        assert_eq!(kinds, vec![json!("CrossTenantAttempted"); traces], "{path}");
        if let Some(event) = events.get(seen) {
            assert_eq!(event.event["detail"]["subject"], json!(second.tenant));
        }
    }
}

#[tokio::test]
async fn a_cursor_and_a_tenant_header_of_another_open_nothing() {
    let world = World::new(32).await.unwrap();
    let client = world.client();
    let first = world.settled_tenant("first").await.unwrap();
    let second = world.settled_tenant("second").await.unwrap();
    let token = first.tokens.access.as_str();
    for slug in ["a", "b", "c"] {
        make_page(&client, token, &first.website, slug, slug)
            .await
            .unwrap();
    }
    let path = format!("{}/pages?limit=1", first.website);
    let page = client.call(Call::get(&path).bearer(token)).await.unwrap();
    let cursor = page.at("/nextCursor").unwrap();
    let next = client
        .call(Call::get(format!("{path}&cursor={cursor}")).bearer(token))
        .await
        .unwrap();
    next.expect(StatusCode::OK).unwrap();
    let other = format!("{}/pages?limit=1&cursor={cursor}", second.website);
    let refused = client
        .call(Call::get(other).bearer(&second.tokens.access))
        .await
        .unwrap();
    assert_eq!(refused.problem(), "invalid_cursor", "{}", refused.text());
    let call = Call::get(&second.website)
        .bearer(&second.tokens.access)
        .with("x-tenant-id", first.tenant.clone());
    let refused = client.call(call).await.unwrap();
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
}

#[tokio::test]
async fn nobody_gets_in_without_a_credential() {
    let world = World::new(33).await.unwrap();
    let client = world.client();
    let mut guarded = BTreeSet::new();
    let nothing = Ids {
        website: MISSING.to_owned(),
        page: MISSING.to_owned(),
        release: MISSING.to_owned(),
    };
    for route in goldens::routes() {
        if route.operation.permission == "open" {
            continue;
        }
        let path = route
            .path
            .replace("{tenant}", MISSING)
            .replace("{subdomain}", "acme");
        let path = fill(&path, &nothing, true);
        let call = request(&route.method, route.path, &path, "\"1\"");
        let answer = client.call(call).await.unwrap();
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{} {path}",
            route.method
        );
        assert_eq!(answer.problem(), "unauthenticated");
        guarded.insert((route.method.to_string(), route.path));
    }
    assert!(
        guarded.len() >= 30,
        "only {} routes are guarded",
        guarded.len()
    );
}
