//! Drafts.

use futures_util::future::join_all;
use serde_json::json;
use tests::client::{Call, assert_refused, pointers};

use crate::world::{NO_ID, Scene, WEBSITES, draft};

#[tokio::test]
async fn a_page_is_made_and_read() {
    let scene = Scene::new().await;
    let body = json!({
        "title": "Prices",
        "slug": "shop/prices",
        "content": { "format": "html", "value": "<p>Fair <b>ones</b>.<script>1</script></p>" },
        "seo": { "description": "What things cost.", "twitterCard": { "card": "summary" } },
    });
    let made = scene.call(Call::post(scene.at("/pages"), &body)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.header("etag"), "\"1\"");
    let page = scene.at(&format!("/pages/{}", made.at("/id").unwrap()));
    assert_eq!(made.header("location"), page);
    let read = scene.call(Call::get(&page)).await;
    assert_eq!(read.json(), made.json());
    assert_eq!(read.at("/status").unwrap(), "draft");
    assert_eq!(read.at("/content/format").unwrap(), "document");
    assert_eq!(read.at("/seo/twitterCard/card").unwrap(), "summary");
    assert!(!read.json()["content"].to_string().contains("script"));

    let other = page.replace("/pages", "/content/pages");
    let again = scene.call(Call::get(other)).await;
    assert_eq!(
        again.json(),
        read.json(),
        "the path and its alias are the same page"
    );
}

#[tokio::test]
async fn what_is_wrong_deep_in_a_document_is_pointed_at_and_not_given_back() {
    let scene = Scene::new().await;
    let list = json!({ "type": "list", "style": "ordered", "start": "secret", "items": [] });
    let heading = json!({ "type": "heading", "level": 1, "content": [{ "type": "secret" }] });
    let mut body = draft("odd", "");
    body["content"] = json!({
        "format": "document",
        "value": { "version": 1, "blocks": [list, heading, { "type": "divider", "odd": "secret" }] },
    });
    let refused = scene.call(Call::post(scene.at("/pages"), &body)).await;
    let blocks = "/content/value/blocks";
    let expected = ["0/start", "1/content/0/type", "2/odd"];
    assert_eq!(
        pointers(&refused),
        expected.map(|it| format!("{blocks}/{it}"))
    );
    assert!(!refused.text().contains("secret"), "{}", refused.text());
}

#[tokio::test]
async fn a_page_is_changed_and_deleted_at_its_version() {
    let scene = Scene::new().await;
    let page = scene.make("shop/prices").await;
    let change = Call::put(&page, &draft("shop/fair", "Fairer."));
    let without = scene.call(change.clone()).await;
    assert_eq!(without.status, 428);
    let changed = scene.call(change.clone().if_match("\"1\"")).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(changed.header("etag"), "\"2\"");
    assert_eq!(changed.json(), scene.call(Call::get(&page)).await.json());
    let stale = scene.call(change.clone().if_match("\"1\"")).await;
    assert_refused(&stale, 412, "precondition_failed");
    let same = scene.call(change.if_match("\"2\"")).await;
    assert_eq!(same.status, 200, "{}", same.text());
    assert_eq!(
        same.header("etag"),
        "\"2\"",
        "what is as it was is not written"
    );

    scene.make("shop/prices").await;
    let stale = scene.call(Call::delete(&page).if_match("\"1\"")).await;
    assert_refused(&stale, 412, "precondition_failed");
    let deleted = scene.call(Call::delete(&page).if_match("\"2\"")).await;
    assert_eq!(deleted.status, 204);
    assert_eq!(scene.call(Call::get(&page)).await.status, 404);
    scene.make("shop/fair").await;
}

#[tokio::test]
async fn one_page_has_a_slug() {
    let scene = Scene::new().await;
    scene.make("about").await;
    let taken = scene.call(Call::post(scene.at("/pages"), &draft("about", "x")));
    assert_refused(&taken.await, 409, "slug_taken");
    let other = scene.make("other").await;
    let taken = scene.put_to(&other, &draft("about", "x")).await;
    assert_refused(&taken, 409, "slug_taken");
    let home = scene.put_to(&other, &draft("", "Home.")).await;
    assert_eq!(home.status, 200, "{}", home.text());
}

#[tokio::test]
async fn what_is_wrong_is_pointed_at() {
    let scene = Scene::new().await;
    let body = json!({
        "title": "", "slug": "/x/", "content": { "format": "document", "value": [] },
        "seo": { "keywords": ["a,b"] },
    });
    let refused = scene.call(Call::post(scene.at("/pages"), &body)).await;
    let all = ["/content/value", "/seo/keywords/0", "/slug", "/title"];
    assert_eq!(pointers(&refused), all);
    let mut unknown = draft("x", "x");
    unknown["seo"] = json!({ "openGraph": { "kind": 1 } });
    let refused = scene.call(Call::post(scene.at("/pages"), &unknown)).await;
    assert_eq!(pointers(&refused), ["/seo/openGraph/kind"]);
}

#[tokio::test]
async fn no_page_takes_a_path_that_the_platform_answers_itself() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    for slug in ["robots.txt", "sitemap.xml", "favicon.ico"] {
        let made = scene.call(Call::post(scene.at("/pages"), &draft(slug, "x")));
        assert_eq!(pointers(&made.await), ["/slug"], "{slug}");
        let moved = scene.put_to(&page, &draft(slug, "x")).await;
        assert_eq!(pointers(&moved), ["/slug"], "{slug}");
        // Only the path itself is taken.
        scene.make(&format!("{slug}/about")).await;
        scene.make(&format!("about/{slug}")).await;
    }
}

#[tokio::test]
async fn a_page_is_made_once_under_a_key() {
    let scene = Scene::new().await;
    let make = |text: &str| {
        Call::post(scene.at("/pages"), &draft("once", text)).with("idempotency-key", "k")
    };
    let answers = join_all((0..4).map(|_| scene.call(make("Once.")))).await;
    let is_replay =
        |answer: &&tests::client::Answer| answer.header("idempotency-replayed") == "true";
    assert_eq!(answers.iter().filter(is_replay).count(), 3);
    for answer in &answers {
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.json(), answers[0].json());
    }
    let page = scene.at(&format!("/pages/{}", answers[0].at("/id").unwrap()));
    let changed = scene.put_to(&page, &draft("once", "Changed.")).await;
    let again = scene.call(make("Once.")).await;
    assert_eq!(again.status, 201);
    assert_eq!(again.json(), changed.json(), "it is answered as it is now");
    assert_eq!(again.header("etag"), changed.header("etag"));
    let other = scene.call(make("Twice.")).await;
    assert_refused(&other, 422, "idempotency_mismatch");
}

#[tokio::test]
async fn a_website_that_is_being_made_takes_no_pages_yet() {
    let scene = Scene::new().await;
    scene.upgrade().await;
    let body = json!({ "name": "Two", "subdomain": "two" });
    let begun = scene.call(Call::post("/api/v1/websites", &body)).await;
    assert_eq!(begun.status, 202, "{}", begun.text());
    let pages = format!("/api/v1/websites/{}/pages", begun.at("/id").unwrap());
    let early = scene.call(Call::post(&pages, &draft("x", "x"))).await;
    assert_refused(&early, 409, "conflict");
    let listed = scene.call(Call::get(&pages)).await;
    assert_eq!(listed.json()["items"], json!([]), "{}", listed.text());
    scene.world.platform.settle().await.unwrap();
    let made = scene.call(Call::post(&pages, &draft("x", "x"))).await;
    assert_eq!(made.status, 201, "{}", made.text());
}

#[tokio::test]
async fn pages_of_a_website_that_is_missing_or_deleted_are_missing() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    let make = |website: &str| Call::post(format!("{website}/pages"), &draft("x", "x"));
    let missing = scene.call(make(&format!("{WEBSITES}/{NO_ID}"))).await;
    assert_refused(&missing, 404, "not_found");
    assert_eq!(scene.delete(&scene.website).await.status, 204);
    for call in [
        make(&scene.website),
        Call::get(scene.at("/pages")),
        Call::get(&page),
        Call::put(&page, &draft("x", "x")).if_match("\"1\""),
        Call::new(http::Method::POST, format!("{page}/publish")),
        Call::new(http::Method::POST, format!("{page}/unpublish")),
        Call::delete(&page).if_match("\"1\""),
    ] {
        let what = format!("{} {}", call.method, call.path);
        let answer = scene.call(call).await;
        assert_eq!(answer.status, 404, "{what}: {}", answer.text());
    }
}
