//! What authors' work costs, counted call by call.

use http::Method;
use serde_json::json;
use tests::client::Call;

use crate::world::{Scene, draft};

#[tokio::test]
async fn making_a_page_costs_one_write_call_and_few_units() {
    let scene = Scene::new().await;
    // The body that comes in has 2.5 KB.
    let mut body = draft("prices", "");
    while body.to_string().len() < 2_500 {
        let text = body["content"]["value"].as_str().unwrap();
        body["content"]["value"] = json!(format!("{text}Fair prices. "));
    }
    let call = Call::post(scene.at("/pages"), &body)
        .with("idempotency-key", "8a5c0a0e-5f0c-4d0f-9d3a-2f6b7f0a6b11");
    let mark = scene.mark();
    let made = scene.call(call).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let cost = scene.cost("content", mark);
    assert_eq!(cost.writes.len(), 1, "{:?}", cost.writes);
    // Two for each kilobyte begun of each item, and one for the index in which the event waits.
    assert!(cost.write_units() <= 17.0, "{:?}", cost.writes);
}

#[tokio::test]
async fn publishing_is_one_transaction_of_eight_actions() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    let mark = scene.mark();
    scene.publish(&page).await;
    let cost = scene.cost("content", mark);
    let transactions = cost.writes_by("TransactWriteItems");
    assert_eq!(transactions.len(), 1, "{:?}", cost.writes);
    assert_eq!(transactions[0].keys.len(), 8, "{:?}", transactions[0].keys);
    for (verb, is_written) in [
        ("publish", false),
        ("unpublish", true),
        ("unpublish", false),
    ] {
        let mark = scene.mark();
        let done = scene.act(&format!("{page}/{verb}")).await;
        assert_eq!(done.status, 200, "{}", done.text());
        let writes = scene.cost("content", mark).writes;
        assert_eq!(!writes.is_empty(), is_written, "{verb}: {writes:?}");
    }
}

#[tokio::test]
async fn an_idempotency_key_costs_one_read_and_one_action_and_its_repetition_writes_nothing() {
    let scene = Scene::new().await;
    let cost_of = async |path: String, key: &str| {
        let mark = scene.mark();
        let call = Call::new(Method::POST, path).with("idempotency-key", key);
        let done = scene.call(call).await;
        assert_eq!(done.status, 200, "{}", done.text());
        scene.cost("content", mark)
    };
    let pages = [scene.make("one").await, scene.make("two").await];
    let mark = scene.mark();
    scene.publish(&pages[0]).await;
    let without = scene.cost("content", mark);
    let publish = format!("{}/publish", pages[1]);
    let with = cost_of(publish.clone(), "k").await;
    assert_eq!(
        with.reads.len(),
        without.reads.len() + 1,
        "{:?}",
        with.reads
    );
    let transactions = with.writes_by("TransactWriteItems");
    assert_eq!(transactions.len(), 1, "{:?}", with.writes);
    assert_eq!(transactions[0].keys.len(), 9, "{:?}", transactions[0].keys);
    let again = cost_of(publish.clone(), "k").await;
    assert!(again.writes.is_empty(), "{:?}", again.writes);
    // What changes nothing is one small item.
    let nothing = cost_of(publish, "other").await;
    assert_eq!(nothing.writes.len(), 1, "{:?}", nothing.writes);
    assert!(nothing.write_units() <= 2.0, "{:?}", nothing.writes);
}

#[tokio::test]
async fn a_large_page_is_an_object() {
    let scene = Scene::new().await;
    let text = "word ".repeat(20_000);
    let mark = scene.mark();
    let call = Call::post(scene.at("/pages"), &draft("large", &text));
    let made = scene.call(call).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(scene.cost("content", mark).writes_by("PutObject").len(), 1);
    let page = scene.at(&format!("/pages/{}", made.at("/id").unwrap()));
    let read = scene.call(Call::get(&page)).await;
    assert_eq!(read.json(), made.json());
    scene.publish(&page).await;
    assert_eq!(scene.status(&page).await, "published");
    assert!(scene.visit("/large").await.text().contains(text.trim_end()));
    let mark = scene.mark();
    scene.make("small").await;
    assert!(
        scene
            .cost("content", mark)
            .writes_by("PutObject")
            .is_empty()
    );
}

#[tokio::test]
async fn a_list_has_statuses_and_no_bodies_for_few_reads() {
    let scene = Scene::new().await;
    for number in 0..120 {
        let slug = format!("p/{number}");
        let page = scene.make(&slug).await;
        if number % 3 > 0 {
            scene.publish(&page).await;
        }
        if number % 3 == 2 {
            let changed = scene.put_to(&page, &draft(&slug, "New.")).await;
            assert_eq!(changed.status, 200, "{}", changed.text());
        }
    }
    let mark = scene.mark();
    let list = scene.get("/pages?limit=100").await;
    let reads = scene.cost("content", mark).reads;
    assert!(reads.len() <= 6, "{reads:?}");
    let body = list.json();
    let items = body["items"].as_array().unwrap();
    assert_eq!(items.len(), 100);
    for (number, item) in items.iter().enumerate() {
        assert_eq!(item["slug"], format!("p/{number}"));
        let status = ["draft", "published", "changed"][number % 3];
        assert_eq!(item["status"], status, "{number}");
        assert!(item.get("content").is_none() && item.get("seo").is_none());
    }
    let next = list.at("/nextCursor").unwrap();
    let rest = scene.get(&format!("/pages?limit=100&cursor={next}")).await;
    assert_eq!(rest.json()["items"].as_array().unwrap().len(), 20);
    assert!(rest.json().get("nextCursor").is_none());
}
