//! Drafts.

use serde_json::json;

use crate::{draft, world};

#[tokio::test]
async fn a_page_is_made_read_changed_and_deleted() {
    let world = world().await;
    let body = json!({
        "title": "Prices",
        "slug": "shop/prices",
        "content": { "format": "html", "value": "<p>Fair <b>ones</b>.<script>1</script></p>" },
        "seo": { "description": "What things cost.", "twitterCard": { "card": "summary" } },
    });
    let made = world.call("POST", &world.pages(), &[], Some(body)).await;
    assert_eq!((made.status, made.etag()), (201, "\"1\""), "{}", made.body);
    let id = made.text("/id");
    assert_eq!(
        made.headers["location"],
        format!("/api/v1/websites{}", world.page(&id))
    );
    let read = world.read(&id).await;
    assert_eq!(read.body, made.body);
    assert_eq!(read.text("/status"), "draft");
    assert_eq!(read.text("/content/format"), "document");
    assert_eq!(read.text("/seo/twitterCard/card"), "summary");
    assert!(!read.body["content"].to_string().contains("script"));

    let other = world.page(&id).replace("/pages", "/content/pages");
    let again = world.call("GET", &other, &[], None).await;
    assert_eq!(again.body, read.body, "both spellings are the same page");

    let path = world.page(&id);
    let change = Some(draft("shop/fair", "Fairer."));
    let without = world.call("PUT", &path, &[], change.clone()).await;
    assert_eq!(without.status, 428);
    let changed = world
        .call("PUT", &path, &[("if-match", "\"1\"")], change.clone())
        .await;
    assert_eq!(
        (changed.status, changed.etag()),
        (200, "\"2\""),
        "{}",
        changed.body
    );
    assert_eq!(changed.body, world.read(&id).await.body);
    let stale = world
        .call("PUT", &path, &[("if-match", "\"1\"")], change.clone())
        .await;
    assert_eq!(
        (stale.status, stale.problem()),
        (412, "precondition_failed")
    );
    let same = world
        .call("PUT", &path, &[("if-match", "\"2\"")], change)
        .await;
    assert_eq!(
        (same.status, same.etag()),
        (200, "\"2\""),
        "what is as it was is not written"
    );

    world.make("shop/prices").await;
    let deleted = world
        .call("DELETE", &path, &[("if-match", "\"2\"")], None)
        .await;
    assert_eq!(deleted.status, 204);
    assert_eq!(world.call("GET", &path, &[], None).await.status, 404);
    world.make("shop/fair").await;
}

#[tokio::test]
async fn one_page_has_a_slug() {
    let world = world().await;
    world.make("about").await;
    let taken = world
        .call("POST", &world.pages(), &[], Some(draft("about", "x")))
        .await;
    assert_eq!((taken.status, taken.problem()), (409, "slug_taken"));
    let other = world.make("other").await;
    let taken = world.change(&other, draft("about", "x")).await;
    assert_eq!((taken.status, taken.problem()), (409, "slug_taken"));
    assert_eq!(world.change(&other, draft("", "Home.")).await.status, 200);
}

#[tokio::test]
async fn what_is_wrong_is_pointed_at() {
    let world = world().await;
    let body = json!({
        "title": "", "slug": "/x/", "content": { "format": "document", "value": [] },
        "seo": { "keywords": ["a,b"] },
    });
    let refused = world.call("POST", &world.pages(), &[], Some(body)).await;
    assert_eq!(
        (refused.status, refused.problem()),
        (422, "validation_failed")
    );
    let errors = refused.body["errors"].as_array().unwrap();
    let mut pointers: Vec<_> = errors
        .iter()
        .map(|error| error["pointer"].clone())
        .collect();
    pointers.sort_by_key(ToString::to_string);
    assert_eq!(
        json!(pointers),
        json!(["/content/value", "/seo/keywords/0", "/slug", "/title"])
    );
    let mut unknown = draft("x", "x");
    unknown["seo"] = json!({ "openGraph": { "kind": 1 } });
    let refused = world.call("POST", &world.pages(), &[], Some(unknown)).await;
    assert_eq!(refused.body["errors"][0]["pointer"], "/seo/openGraph/kind");
}

#[tokio::test]
async fn a_page_is_made_once_under_a_key() {
    let world = world().await;
    let key = [("idempotency-key", "k")];
    let (pages, body) = (world.pages(), Some(draft("once", "Once.")));
    let calls = [(); 4].map(|()| world.call("POST", &pages, &key, body.clone()));
    let [a, b, c, d] = calls;
    let answers = [a.await, b.await, c.await, d.await];
    for answer in &answers[1..] {
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.body, answers[0].body);
        assert_eq!(answer.headers["idempotency-replayed"], "true");
    }
    let other = world
        .call("POST", &pages, &key, Some(draft("twice", "x")))
        .await;
    assert_eq!(
        (other.status, other.problem()),
        (422, "idempotency_mismatch")
    );
}

#[tokio::test]
async fn a_large_page_is_an_object() {
    let world = world().await;
    let text = "word ".repeat(20_000);
    let made = world
        .call("POST", &world.pages(), &[], Some(draft("large", &text)))
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(world.store.state().blobs.len(), 1);
    let id = made.text("/id");
    assert_eq!(world.read(&id).await.body, made.body);
    assert_eq!(world.act(&id, "publish").await.status, 200);
    assert_eq!(world.read(&id).await.text("/status"), "published");
}

#[tokio::test]
async fn a_list_has_statuses_and_no_bodies() {
    let world = world().await;
    for number in 0..120 {
        let id = world.make(&format!("p/{number}")).await;
        if number % 3 > 0 {
            assert_eq!(world.act(&id, "publish").await.status, 200);
        }
        if number % 3 == 2 {
            world
                .change(&id, draft(&format!("p/{number}"), "New."))
                .await;
        }
    }
    world.store.state().reads = 0;
    let list = world
        .call("GET", &format!("{}?limit=100", world.pages()), &[], None)
        .await;
    assert!(
        world.store.state().reads <= 6,
        "{} reads",
        world.store.state().reads
    );
    let items = list.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 100);
    for (number, item) in items.iter().enumerate() {
        assert_eq!(item["slug"], format!("p/{number}"));
        let status = ["draft", "published", "changed"][number % 3];
        assert_eq!(item["status"], status, "{number}");
        assert!(item.get("content").is_none() && item.get("seo").is_none());
    }
    let next = list.text("/nextCursor");
    let path = format!("{}?limit=100&cursor={next}", world.pages());
    let rest = world.call("GET", &path, &[], None).await;
    assert_eq!(rest.body["items"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn making_a_page_costs_one_write_call_and_few_units() {
    let world = world().await;
    // The body that comes in has 2.5 KB.
    let mut body = draft("prices", "");
    while body.to_string().len() < 2_500 {
        let text = body["content"]["value"].as_str().unwrap();
        body["content"]["value"] = json!(format!("{text}Fair prices. "));
    }
    let key = [("idempotency-key", "8a5c0a0e-5f0c-4d0f-9d3a-2f6b7f0a6b11")];
    let made = world.call("POST", &world.pages(), &key, Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let state = world.store.state();
    assert_eq!(state.writes.len(), 1, "{:?}", state.writes);
    assert!(state.writes[0] <= 16, "{:?} units", state.writes);
}

#[tokio::test]
async fn pages_of_a_website_that_is_missing_or_deleted_are_missing() {
    let world = world().await;
    let id = world.make("about").await;
    let page = world.page(&id);
    let pages = "/01890a5d-ac96-774b-bcce-b302099a8057/pages";
    let missing = world.call("POST", pages, &[], Some(draft("x", "x"))).await;
    assert_eq!(missing.status, 404);
    let permit = world.permit();
    let key = tenancy::keys::WebsiteKey {
        website: world.website,
    };
    let website = permit
        .get::<tenancy::records::WebsiteRecord>(&key)
        .await
        .unwrap()
        .unwrap();
    let key = tenancy::keys::PointerKey {
        website: world.website,
    };
    let pointer = permit
        .get::<publication::PointerRecord>(&key)
        .await
        .unwrap()
        .unwrap();
    let status = tenancy::records::WebsiteStatus::Deleted;
    let after = tenancy::records::WebsiteRecord {
        status,
        ..website.record.clone()
    };
    let change = permit
        .change(tenancy::Action::Delete)
        .update(&website, &after);
    publication::set_status(change, &pointer, status)
        .commit()
        .await
        .unwrap();
    let made = world
        .call("POST", &world.pages(), &[], Some(draft("x", "x")))
        .await;
    assert_eq!(made.status, 404);
    assert_eq!(
        world.call("GET", &world.pages(), &[], None).await.status,
        404
    );
    assert_eq!(world.call("GET", &page, &[], None).await.status, 404);
    assert_eq!(world.act(&id, "publish").await.status, 404);
    let if_match = [("if-match", "\"1\"")];
    assert_eq!(
        world.call("DELETE", &page, &if_match, None).await.status,
        404
    );
}
