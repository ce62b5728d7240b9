//! Previews: any tree of this website, for whoever has the link, while it lasts.

use http::StatusCode;
use kernel::limits::PREVIEW_LIFE_S;
use render::PageContent;

use crate::world::{Odd, Scene, linked};

#[tokio::test]
async fn a_preview_shows_its_tree_and_leaves_the_live_one_alone() {
    let scene = Scene::empty().await;
    scene.choose("journal").await;
    let page = scene.publish("about", "Draft").await;
    scene
        .publish_odd(&[("old", Odd::Redirect("/about", 301))])
        .await;
    let base = scene.preview().await;
    scene.choose("atlas").await;
    scene.rewrite(&page, "about", "About").await;
    scene.publish("", "Home").await;

    let answer = scene.get(&format!("{base}/about")).await;
    assert_eq!(answer.status, StatusCode::OK);
    let html = answer.text();
    assert!(html.contains("This is Draft.") && html.contains("noindex"));
    for end in ["style.css", "settings.css", "icon.svg"] {
        let path = linked(&html, end);
        assert!(path.starts_with(&base), "{path}");
        assert_eq!(scene.get(&path).await.status, StatusCode::OK, "{path}");
    }
    for (path, status, location) in [
        ("/about", 200, None),
        ("/old", 301, Some("/about")),
        ("/about/", 308, Some("/about")),
        ("", 308, Some("/")),
        ("/", 404, None),
        ("/_theme/0123456789abcdef/none.css", 404, None),
    ] {
        let answer = scene.get(&format!("{base}{path}")).await;
        assert_eq!(answer.status, status, "{path}");
        let location = location.map(|location| format!("{base}{location}"));
        assert_eq!(answer.header("location"), location.unwrap_or_default());
        assert_eq!(answer.header("cache-control"), "private, no-store");
        assert_eq!(answer.header("x-robots-tag"), "noindex");
        for name in ["etag", "cache-tag"] {
            assert!(!answer.headers.contains_key(name), "{path}: {name}");
        }
    }
    let live = scene.get("/about").await.text();
    assert!(live.contains("This is About.") && !live.contains(&base));
    assert_eq!(scene.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_preview_ends() {
    let scene = Scene::new().await;
    let path = format!("{}/about", scene.preview().await);
    scene.wait(PREVIEW_LIFE_S * 1_000 - 1);
    assert_eq!(scene.get(&path).await.status, StatusCode::OK);
    scene.wait(1);
    assert_eq!(scene.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_link_that_is_not_for_this_website_opens_nothing() {
    let scene = Scene::new().await;
    let other = Scene::of("other", &scene.world).await;
    let page = PageContent::bare_sample().to_bytes();
    for scene in [&scene, &other] {
        let same = ["", "about"].map(|slug| (slug, Odd::Bytes(&page)));
        scene.publish_odd(&same).await;
    }
    // Nothing but the website itself stands between the two.
    let trees = [&scene, &other].map(|scene| async { scene.pointer().await.tree_id });
    let [ours, theirs] = trees;
    assert_eq!(ours.await, theirs.await);
    let good = scene.preview().await;
    let token = good.rsplit('/').next().unwrap();
    let mut altered = token.as_bytes().to_vec();
    altered[60] ^= 1;
    for base in [
        other.preview().await,
        format!("/_preview/{}", String::from_utf8(altered).unwrap()),
        format!("/_preview/{}", &token[1..]),
        "/_preview/AAAA".to_owned(),
    ] {
        let answer = scene.get(&format!("{base}/about")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{base}");
        assert_eq!(answer.header("cache-control"), "private, no-store");
        assert!(!answer.text().contains("This is About."));
    }
    let answer = scene.get(&format!("{good}/about")).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_website_in_maintenance_has_previews_and_a_deleted_one_has_none() {
    let scene = Scene::new().await;
    let path = format!("{}/about", scene.preview().await);
    scene.set_status("Maintenance").await;
    assert_eq!(scene.get("/about").await.status, 503);
    assert_eq!(scene.get(&path).await.status, StatusCode::OK);
    scene.delete().await;
    scene.wait(1_000);
    assert_eq!(scene.get(&path).await.status, StatusCode::NOT_FOUND);
}
