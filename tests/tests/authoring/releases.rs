//! Releases, previews and themes.

use std::sync::Arc;

use futures_util::future::join;
use http::StatusCode;
use jiff::Timestamp;
use kernel::Clock;
use kernel::limits::PREVIEW_LIFE_S;
use serde_json::json;
use tests::client::{Call, assert_refused, pointers};
use tests::crash::OfFunction;
use tests::pause::{Met, overtaken};

use crate::world::{HOST, NO_ID, Scene};

impl Scene {
    async fn choose(&self, theme: &str) -> String {
        let chosen = self.put("/theme", &json!({ "themeId": theme })).await;
        let chosen = chosen.expect(StatusCode::OK).unwrap();
        assert_eq!(chosen.header("etag"), self.etag(&self.at("/theme")).await);
        chosen.at("/release/id").unwrap()
    }
}

#[tokio::test]
async fn a_theme_is_chosen_and_taken_back() {
    let scene = Scene::new().await;
    let theme = scene.get("/theme").await;
    assert_eq!(theme.at("/themeId").unwrap(), "atlas");
    assert_eq!(theme.json()["available"].as_array().unwrap().len(), 2);
    let first = scene.live_release().await;
    let body = json!({ "themeId": "journal", "settings": { "accent": "#0af" } });
    let chosen = scene.put("/theme", &body).await;
    assert_eq!(chosen.status, 200, "{}", chosen.text());
    assert_eq!(chosen.at("/themeId").unwrap(), "journal");
    assert_eq!(chosen.at("/settings/accent").unwrap(), "#00aaff");
    assert_eq!(scene.get("").await.at("/theme/id").unwrap(), "journal");
    let second = chosen.at("/release/id").unwrap();
    let same = scene.put("/theme", &body).await;
    assert_eq!(
        same.at("/release/id").unwrap(),
        second,
        "what is live already is no release"
    );
    assert_eq!(scene.releases().await.len(), 2);

    for is_moved in [true, false] {
        let activated = scene.activate(&first).await;
        assert_eq!(activated.json()["isMoved"], is_moved);
        assert_eq!(activated.at("/release/id").unwrap(), first);
        assert_eq!(activated.json()["release"]["isLive"], true);
    }
    let back = scene.get("/theme").await;
    assert_eq!(back.header("etag"), theme.header("etag"));
    let call = Call::put(scene.at("/theme"), &body);
    let stale = scene.call(call.clone().if_match(chosen.header("etag")));
    assert_refused(&stale.await, 412, "precondition_failed");
    assert_eq!(scene.call(call).await.status, 428);
    let wrong = json!({ "themeId": "none" });
    assert_eq!(pointers(&scene.put("/theme", &wrong).await), ["/themeId"]);
    let wrong = json!({ "themeId": "atlas", "settings": { "accent": 1 } });
    let refused = scene.put("/theme", &wrong).await;
    assert_eq!(pointers(&refused), ["/settings/accent"]);
}

#[tokio::test]
async fn releases_are_listed_read_and_compared() {
    let scene = Scene::new().await;
    let first = scene.live_release().await;
    let second = scene.choose("journal").await;
    let third = scene.choose("atlas").await;
    let list = scene.get("/releases?limit=2").await;
    assert_eq!(list.at("/items/0/id").unwrap(), third);
    assert_eq!(list.at("/items/1/id").unwrap(), second);
    let items = list.json()["items"].clone();
    assert_eq!(items[0]["parentId"], second);
    assert_eq!(items[0]["isLive"], true);
    assert_eq!(items[1]["isLive"], false);
    assert_eq!(items[0]["summary"]["theme"], true);
    let next = list.at("/nextCursor").unwrap();
    let rest = scene.get(&format!("/releases?limit=2&cursor={next}")).await;
    assert_eq!(rest.at("/items/0/id").unwrap(), first);
    assert!(rest.json().get("nextCursor").is_none());
    let read = scene.get(&format!("/releases/{second}")).await;
    assert_eq!(read.json(), items[1]);
    for (a, b, theme) in [(&first, &second, true), (&first, &third, false)] {
        let diff = scene.get(&format!("/releases/{a}/diff/{b}")).await;
        let expected = json!({ "theme": theme, "config": false, "items": [] });
        assert_eq!(diff.json(), expected);
    }
    for below in [
        format!("/releases/{NO_ID}"),
        format!("/releases/{first}/diff/{NO_ID}"),
    ] {
        assert_eq!(scene.get(&below).await.status, 404, "{below}");
    }
    for verb in ["activate", "preview"] {
        let path = scene.at(&format!("/releases/{NO_ID}/{verb}"));
        assert_eq!(scene.act(&path).await.status, 404, "{verb}");
    }
}

#[tokio::test]
async fn a_preview_is_a_link_for_an_hour() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    let release = scene.publish(&page).await;
    scene.act(&format!("{page}/unpublish")).await;
    let path = scene.at(&format!("/releases/{release}/preview"));
    let made = scene.act(&path).await.expect(StatusCode::CREATED).unwrap();
    let ends_at: Timestamp = made.at("/expiresAt").unwrap().parse().unwrap();
    let lasts = ends_at.as_second() - scene.world.clock.now().as_second();
    assert_eq!(lasts, PREVIEW_LIFE_S);
    let url = made.at("/url").unwrap();
    let path = url.strip_prefix("http://main.acme.localhost:3000").unwrap();
    assert!(path.starts_with("/_preview/") && path.ends_with('/'));
    let client = scene.world.client();
    let shown = client.visit(HOST, &format!("{path}about")).await.unwrap();
    assert_eq!(shown.status, 200);
    assert_eq!(client.visit(HOST, "/about").await.unwrap().status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_theme_that_is_chosen_while_a_name_is_holds_as_the_name_does() {
    let scene = Scene::new().await;
    let theme = scene.at("/theme");
    let mut refused = 0;
    for place in 0.. {
        let (other, id) = (format!("Other {place}"), ["journal", "atlas"][place % 2]);
        let name = Call::put(&scene.website, &json!({ "name": other }));
        let name = scene.as_owner(name.if_match(&scene.etag(&scene.website).await));
        let choose = Call::put(&theme, &json!({ "themeId": id }));
        let choose = choose.if_match(&scene.etag(&theme).await);
        let (world, mark) = (scene.world.clone(), scene.mark());
        let hold = |pause| {
            let of_websites = OfFunction::new("websites", pause);
            scene.world.faults.set(Arc::new(of_websites));
        };
        let work = async move { world.client().call(name).await.unwrap() };
        let place = u64::try_from(place).unwrap();
        let met = overtaken(place, hold, work, scene.call(choose)).await;
        scene.world.heal();
        refused += scene.cost("websites", mark).refused();
        let (named, chosen) = match met.unwrap() {
            Met::Both(named, chosen) => (named, chosen),
            Met::First(_alone) => break,
        };
        assert_eq!(named.status, 200, "{}", named.text());
        assert_eq!(chosen.status, 200, "{}", chosen.text());
        let site = scene.get("").await;
        assert_eq!(site.at("/name").unwrap(), other);
        assert_eq!(site.at("/theme/id").unwrap(), id);
    }
    assert!(refused > 0, "neither was in the other's way");
}

#[tokio::test]
async fn two_themes_chosen_at_once_are_one_and_a_conflict() {
    let scene = Scene::new().await;
    scene.warm_up("websites").await;
    scene.choose("journal").await;
    let theme = scene.at("/theme");
    let etag = scene.etag(&theme).await;
    let choose = |accent: &str| {
        let body = json!({ "themeId": "atlas", "settings": { "accent": accent } });
        scene.call(Call::put(&theme, &body).if_match(&etag))
    };
    let (red, blue) = join(choose("#f00"), choose("#00f")).await;
    let (chosen, refused) = if red.status == 412 {
        (blue, red)
    } else {
        (red, blue)
    };
    assert_eq!(chosen.status, 200, "{}", chosen.text());
    assert_refused(&refused, 412, "precondition_failed");
    assert_eq!(refused.json()["conflicts"], json!(["theme"]));
    let live = scene.get("/theme").await.json();
    assert_eq!(live["settings"], chosen.json()["settings"]);
}
