//! Many at once: nobody's publication is lost, and what was rolled back stays away.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::json;
use tests::client::{Call, Client};
use tests::walkthrough::{make_page, publish, visit_fresh};
use tests::world::World;

async fn releases(client: &Client<'_>, token: &str, website: &str) -> Vec<serde_json::Value> {
    let path = format!("{website}/releases?limit=100");
    let list = client.call(Call::get(path).bearer(token)).await.unwrap();
    list.json()["items"].as_array().cloned().unwrap()
}

#[tokio::test]
async fn sixteen_editors_publish_different_pages_at_once() {
    let world = World::new(20).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let mut pages = Vec::new();
    for number in 0..16 {
        let slug = format!("page-{number}");
        pages.push(
            make_page(&client, token, &acme.website, &slug, &slug)
                .await
                .unwrap(),
        );
    }
    let before = releases(&client, token, &acme.website).await.len();
    let published = join_all(pages.iter().map(|page| publish(&client, token, page))).await;
    let ids: std::collections::BTreeSet<String> =
        published.into_iter().map(Result::unwrap).collect();
    assert_eq!(ids.len(), 16, "each publication is a release");
    let after = releases(&client, token, &acme.website).await;
    assert_eq!(after.len(), before + 16);
    // The releases form one line: each but the first was made from another, none from the same.
    let parents: BTreeMap<_, _> = after
        .iter()
        .filter_map(|release| Some((release["parentId"].as_str()?.to_owned(), 1)))
        .collect();
    assert_eq!(parents.len(), after.len() - 1);
    for number in 0..16 {
        let path = format!("/page-{number}");
        visit_fresh(&client, &acme.host(), &path, StatusCode::OK)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn the_same_page_changed_by_many_is_changed_by_one() {
    let world = World::new(21).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let page = make_page(&client, token, &acme.website, "about", "First.")
        .await
        .unwrap();
    let read = client.call(Call::get(&page).bearer(token)).await.unwrap();
    let etag = read.header("etag").to_owned();
    let edits = (0..16).map(|number| {
        let body = json!({
            "title": format!("By editor {number}"),
            "slug": "about",
            "content": { "format": "markdown", "value": format!("Text {number}.") },
        });
        client.call(Call::put(&page, &body).bearer(token).if_match(&etag))
    });
    let statuses: Vec<StatusCode> = join_all(edits)
        .await
        .into_iter()
        .map(|answer| answer.unwrap().status)
        .collect();
    let of = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!(
        (of(StatusCode::OK), of(StatusCode::PRECONDITION_FAILED)),
        (1, 15),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn what_was_rolled_back_does_not_come_back() {
    let world = World::new(22).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let good = make_page(&client, token, &acme.website, "good", "Good.")
        .await
        .unwrap();
    let before = publish(&client, token, &good).await.unwrap();
    let bad = make_page(&client, token, &acme.website, "bad", "Bad.")
        .await
        .unwrap();
    publish(&client, token, &bad).await.unwrap();
    visit_fresh(&client, &acme.host(), "/bad", StatusCode::OK)
        .await
        .unwrap();
    let path = format!("{}/releases/{before}/activate", acme.website);
    let call = Call::new(http::Method::POST, path).bearer(token);
    client
        .call(call)
        .await
        .unwrap()
        .expect(StatusCode::OK)
        .unwrap();
    let next = make_page(&client, token, &acme.website, "next", "Next.")
        .await
        .unwrap();
    publish(&client, token, &next).await.unwrap();
    visit_fresh(&client, &acme.host(), "/next", StatusCode::OK)
        .await
        .unwrap();
    visit_fresh(&client, &acme.host(), "/bad", StatusCode::NOT_FOUND)
        .await
        .unwrap();
    let draft = client.call(Call::get(&bad).bearer(token)).await.unwrap();
    assert_eq!(
        draft.at("/status").unwrap(),
        "draft",
        "what is not live is a draft again"
    );
}

#[tokio::test]
async fn a_request_sent_twice_under_one_key_happens_once() {
    let world = World::new(23).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let pages = format!("{}/pages", acme.website);
    let body = |title: &str| {
        json!({
            "title": title,
            "slug": "once",
            "content": { "format": "markdown", "value": "Once." },
        })
    };
    let call = Call::post(&pages, &body("Once"))
        .bearer(token)
        .with("idempotency-key", "k1");
    let answers = join_all((0..8).map(|_| client.call(call.clone()))).await;
    let ids: std::collections::BTreeSet<String> = answers
        .into_iter()
        .map(|answer| answer.unwrap().at("/id").unwrap())
        .collect();
    assert_eq!(ids.len(), 1);
    let again = client
        .call(call)
        .await
        .unwrap()
        .expect(StatusCode::CREATED)
        .unwrap();
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = Call::post(&pages, &body("Twice"))
        .bearer(token)
        .with("idempotency-key", "k1");
    let other = client.call(other).await.unwrap();
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.problem(), "idempotency_mismatch");
}
