//! Large pages, and lists of many.

use kernel::limits::TENANT_STATUS_CACHE_S;
use tests::client::Call;

use crate::world::{Scene, draft};

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
async fn a_list_has_statuses_and_no_bodies() {
    let scene = Scene::new().await;
    scene.upgrade().await;
    scene.pass(TENANT_STATUS_CACHE_S).await;
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
    let list = scene.get("/pages?limit=100").await;
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
