//! Releases, previews and themes.

use serde_json::json;

use crate::world;
use crate::world::World;

impl World {
    async fn choose(&self, theme: &str) -> String {
        let chosen = self.put("/theme", json!({ "themeId": theme })).await;
        assert_eq!(chosen.status, 200, "{}", chosen.body);
        assert_eq!(chosen.etag(), self.get("/theme").await.etag());
        chosen.text("/release/id")
    }
}

#[tokio::test]
async fn a_theme_is_chosen_and_taken_back() {
    let world = world().await;
    let theme = world.get("/theme").await;
    assert_eq!(theme.text("/themeId"), "atlas");
    assert_eq!(theme.body["available"].as_array().unwrap().len(), 2);
    let first = world.get("/releases").await.text("/items/0/id");
    let settings = json!({ "accent": "#0af" });
    let chosen = world
        .put(
            "/theme",
            json!({ "themeId": "journal", "settings": settings }),
        )
        .await;
    assert_eq!(
        (chosen.status, chosen.text("/themeId")),
        (200, "journal".to_owned())
    );
    assert_eq!(chosen.text("/settings/accent"), "#00aaff");
    assert_eq!(world.get("").await.text("/theme/id"), "journal");
    let second = chosen.text("/release/id");
    let body = json!({ "themeId": "journal", "settings": settings });
    let same = world.put("/theme", body.clone()).await;
    assert_eq!(
        same.text("/release/id"),
        second,
        "what is live already is no release"
    );

    let path = world.path(&format!("/releases/{first}/activate"));
    for is_moved in [true, false] {
        let activated = world.call("POST", &path, &[], None).await;
        assert_eq!(
            (activated.status, &activated.body["isMoved"]),
            (200, &json!(is_moved))
        );
        assert_eq!(activated.text("/release/id"), first);
        assert_eq!(activated.body["release"]["isLive"], true);
    }
    assert_eq!(world.get("/theme").await.etag(), theme.etag());
    let headers = [("if-match", chosen.etag())];
    let stale = world
        .call("PUT", &world.path("/theme"), &headers, Some(body.clone()))
        .await;
    assert_eq!(
        (stale.status, stale.problem()),
        (412, "precondition_failed")
    );
    let without = world
        .call("PUT", &world.path("/theme"), &[], Some(body))
        .await;
    assert_eq!(without.status, 428);
    for (body, pointer) in [
        (json!({ "themeId": "none" }), "/themeId"),
        (
            json!({ "themeId": "atlas", "settings": { "accent": 1 } }),
            "/settings/accent",
        ),
    ] {
        let refused = world.put("/theme", body).await;
        assert_eq!(
            (refused.status, &refused.body["errors"][0]["pointer"]),
            (422, &json!(pointer))
        );
    }
}

#[tokio::test]
async fn releases_are_listed_read_and_compared() {
    let world = world().await;
    let first = world.get("/releases").await.text("/items/0/id");
    let second = world.choose("journal").await;
    let third = world.choose("atlas").await;
    let list = world.get("/releases?limit=2").await;
    assert_eq!(
        [list.text("/items/0/id"), list.text("/items/1/id")],
        [third.clone(), second.clone()]
    );
    assert_eq!(list.body["items"][0]["parentId"], second);
    assert_eq!(list.body["items"][0]["isLive"], true);
    assert_eq!(list.body["items"][0]["summary"]["theme"], true);
    let next = list.text("/nextCursor");
    let rest = world.get(&format!("/releases?limit=2&cursor={next}")).await;
    assert_eq!(rest.text("/items/0/id"), first);
    assert!(rest.body.get("nextCursor").is_none());
    let read = world.get(&format!("/releases/{second}")).await;
    assert_eq!(read.body, list.body["items"][1]);
    for (a, b, theme) in [(&first, &second, true), (&first, &third, false)] {
        let diff = world.get(&format!("/releases/{a}/diff/{b}")).await;
        assert_eq!(
            diff.body,
            json!({ "theme": theme, "config": false, "items": [] })
        );
    }
    let missing = "01890a5d-ac96-774b-bcce-b302099a8057";
    for below in [
        format!("/releases/{missing}"),
        format!("/releases/{first}/diff/{missing}"),
    ] {
        assert_eq!(world.get(&below).await.status, 404, "{below}");
    }
    for verb in ["activate", "preview"] {
        let path = world.path(&format!("/releases/{missing}/{verb}"));
        assert_eq!(
            world.call("POST", &path, &[], None).await.status,
            404,
            "{verb}"
        );
    }
}

#[tokio::test]
async fn a_preview_is_a_signed_link_for_an_hour() {
    let world = world().await;
    let first = world.get("/releases").await.text("/items/0/id");
    let path = world.path(&format!("/releases/{first}/preview"));
    let made = world.call("POST", &path, &[], None).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let url = made.text("/url");
    let rest = url
        .strip_prefix("http://main.acme.localhost:3000/_preview/")
        .unwrap();
    let token = rest.strip_suffix('/').unwrap();
    let sealer = publication::PreviewSealer::new("preview");
    let preview = sealer.open(token, world.platform.now()).unwrap();
    assert_eq!(preview.website_id, world.website);
    assert_eq!(preview.ends_at.to_string(), made.text("/expiresAt"));
}

#[tokio::test]
async fn a_theme_and_a_name_chosen_at_once_both_hold() {
    let world = world().await;
    let (site, theme) = (world.get("").await, world.get("/theme").await);
    let (website, chosen) = (world.path(""), world.path("/theme"));
    let (site, theme) = ([("if-match", site.etag())], [("if-match", theme.etag())]);
    let name = world.call("PUT", &website, &site, Some(json!({ "name": "Other" })));
    let journal = world.call(
        "PUT",
        &chosen,
        &theme,
        Some(json!({ "themeId": "journal" })),
    );
    let (name, journal) = futures_util::future::join(name, journal).await;
    assert_eq!(
        (name.status, journal.status),
        (200, 200),
        "{} {}",
        name.body,
        journal.body
    );
    let site = world.get("").await;
    assert_eq!(
        (site.text("/name"), site.text("/theme/id")),
        ("Other".into(), "journal".into())
    );
}

#[tokio::test]
async fn two_themes_chosen_at_once_are_one_and_a_conflict() {
    let world = world().await;
    world.choose("journal").await;
    let (path, theme) = (world.path("/theme"), world.get("/theme").await);
    let headers = [("if-match", theme.etag())];
    let body = |accent: &str| Some(json!({ "themeId": "atlas", "settings": { "accent": accent } }));
    let red = world.call("PUT", &path, &headers, body("#f00"));
    let blue = world.call("PUT", &path, &headers, body("#00f"));
    let (red, blue) = futures_util::future::join(red, blue).await;
    let mut statuses = [red.status, blue.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "{} {}", red.body, blue.body);
    let refused = if red.status == 412 { red } else { blue };
    assert_eq!(refused.body["conflicts"], json!(["theme"]));
}
