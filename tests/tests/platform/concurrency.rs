//! Many at once: nobody's publication is lost, and what was rolled back stays away.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use http::StatusCode;
use kernel::ContentHash;
use local::fault::{Call as StoreCall, Fault, Faults};
use local::history::Service;
use serde_json::json;
use tests::client::{Call, Client};
use tests::replay::replay;
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
    let mark = world.platform.history().mark();
    let published = join_all(pages.iter().map(|page| publish(&client, token, page))).await;
    let ids: std::collections::BTreeSet<String> =
        published.into_iter().map(Result::unwrap).collect();
    assert_eq!(ids.len(), 16, "each publication is a release");
    let transactions = world.platform.history().totals(mark);
    let transactions = transactions[&(Service::DynamoDb, "TransactWriteItems".to_owned())];
    assert!(transactions.failed > 0, "nobody was in anybody's way");
    let order = replay(&world, &acme).await.unwrap();
    assert_eq!(order.len(), before + 16, "they form one line");
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
    let edits = (0..16).map(async |number| {
        let body = json!({
            "title": format!("By editor {number}"),
            "slug": "about",
            "content": { "format": "markdown", "value": format!("Text {number}.") },
        });
        let call = Call::put(&page, &body).bearer(token).if_match(&etag);
        let changed = client.call(call).await.unwrap();
        if changed.status != StatusCode::OK {
            return (changed.status, number);
        }
        let publish = Call::new(http::Method::POST, format!("{page}/publish"))
            .bearer(token)
            .if_match(changed.header("etag"));
        (client.call(publish).await.unwrap().status, number)
    });
    let ended = join_all(edits).await;
    let statuses: Vec<StatusCode> = ended.iter().map(|(status, _)| *status).collect();
    let of = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!(
        (of(StatusCode::OK), of(StatusCode::PRECONDITION_FAILED)),
        (1, 15),
        "{statuses:?}"
    );
    let winner = ended.iter().find(|(status, _)| *status == StatusCode::OK);
    let text = format!("Text {}.", winner.unwrap().1);
    let shown = visit_fresh(&client, &acme.host(), "/about", StatusCode::OK).await;
    assert!(shown.unwrap().text().contains(&text));
    replay(&world, &acme).await.unwrap();
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
    replay(&world, &acme).await.unwrap();
}

#[tokio::test]
async fn publishing_and_rolling_back_at_once_leaves_one_line_of_moves() {
    let world = World::new(24).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let mut pages = Vec::new();
    for number in 0..6 {
        let slug = format!("page-{number}");
        let page = make_page(&client, token, &acme.website, &slug, &slug).await;
        pages.push(page.unwrap());
    }
    let first = publish(&client, token, &pages[0]).await.unwrap();
    publish(&client, token, &pages[1]).await.unwrap();
    let back = format!("{}/releases/{first}/activate", acme.website);
    let back = Call::new(http::Method::POST, back).bearer(token);
    let others = pages[2..].iter().map(|page| {
        let path = format!("{page}/publish");
        Call::new(http::Method::POST, path).bearer(token)
    });
    let calls: Vec<Call> = others.chain([back.clone(), back]).collect();
    let answers = join_all(calls.into_iter().map(|call| client.call(call))).await;
    for answer in answers {
        answer.unwrap().expect(StatusCode::OK).unwrap();
    }
    replay(&world, &acme).await.unwrap();
}

#[tokio::test]
async fn a_page_published_by_many_at_once_is_published_once() {
    let world = World::new(25).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let page = make_page(&client, token, &acme.website, "about", "Us.").await;
    let page = page.unwrap();
    let before = replay(&world, &acme).await.unwrap().len();
    let read = client.call(Call::get(&page).bearer(token)).await.unwrap();
    let publish = Call::new(http::Method::POST, format!("{page}/publish"))
        .bearer(token)
        .if_match(read.header("etag"));
    let answers = join_all((0..16).map(|_| client.call(publish.clone()))).await;
    let mut releases = std::collections::BTreeSet::new();
    for answer in answers {
        let answer = answer.unwrap();
        // Whoever reads the page after it was published finds it changed.
        if answer.status != StatusCode::PRECONDITION_FAILED {
            let answer = answer.expect(StatusCode::OK).unwrap();
            releases.insert(answer.at("/release/id").unwrap());
        }
    }
    assert_eq!(
        releases.len(),
        1,
        "whoever was not first is told of the first"
    );
    let after = replay(&world, &acme).await.unwrap().len();
    assert_eq!(after, before + 1);
}

/// Every transaction is cancelled a few times because another one is at its items.
#[derive(Debug)]
struct InTheWay {
    times: usize,
    seen: Mutex<BTreeMap<ContentHash, usize>>,
}

impl Faults for InTheWay {
    fn decide(&self, call: &StoreCall<'_>) -> Fault {
        if call.operation != "TransactWriteItems" {
            return Fault::None;
        }
        let mut seen = self.seen.lock().unwrap();
        let times = seen.entry(ContentHash::of(call.body)).or_default();
        *times += 1;
        if *times > self.times {
            Fault::None
        } else {
            Fault::Conflict
        }
    }
}

#[tokio::test]
async fn transactions_that_meet_are_repeated_unseen() {
    let world = World::new(26).await.unwrap();
    let times = 2;
    let in_the_way = InTheWay {
        times,
        seen: Mutex::default(),
    };
    world.faults.set(Arc::new(in_the_way));
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let page = make_page(&client, token, &acme.website, "about", "Us.").await;
    publish(&client, token, &page.unwrap()).await.unwrap();
    visit_fresh(&client, &acme.host(), "/about", StatusCode::OK)
        .await
        .unwrap();
    replay(&world, &acme).await.unwrap();
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
