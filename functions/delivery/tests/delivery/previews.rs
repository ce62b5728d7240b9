//! Previews: any tree of this website, for whoever has the link, while it lasts.

use jiff::SignedDuration;
use serde_json::json;
use tenancy::records::WebsiteStatus;

use crate::world::{Content, World, header, linked, text};

#[tokio::test]
async fn a_preview_shows_its_tree_and_leaves_the_live_one_alone() {
    let world = World::new();
    let routes = [
        ("about", Content::Page("Draft")),
        ("old", Content::Redirect("/about", 301)),
    ];
    let tree = world.store_tree("journal", &json!({ "name": "Next" }), &routes);
    let base = format!("/_preview/{}", world.preview_token(world.website, tree));
    let reply = world.get(&format!("{base}/about")).await;
    assert_eq!(reply.status(), 200);
    assert!(text(&reply).contains("This is Draft."));
    assert!(text(&reply).contains("noindex"));
    for end in ["style.css", "settings.css", "icon.svg"] {
        let path = linked(text(&reply), end);
        assert!(path.starts_with(&base), "{path}");
        assert_eq!(world.get(&path).await.status(), 200, "{path}");
    }
    for (path, status, location) in [
        ("/old", 301, Some("/about")),
        ("/about/", 308, Some("/about")),
        ("", 308, Some("/")),
        ("/", 404, None),
        ("/_theme/0123456789abcdef/none.css", 404, None),
    ] {
        let reply = world.get(&format!("{base}{path}")).await;
        assert_eq!(reply.status(), status, "{path}");
        let location = location.map(|location| format!("{base}{location}"));
        assert_eq!(header(&reply, "location"), location.as_deref());
        assert_eq!(header(&reply, "cache-control"), Some("private, no-store"));
        assert_eq!(header(&reply, "x-robots-tag"), Some("noindex"));
        assert_eq!(header(&reply, "etag"), None);
        assert_eq!(header(&reply, "cache-tag"), None);
    }
    assert!(text(&world.get("/about").await).contains("This is About."));
}

#[tokio::test]
async fn a_preview_ends() {
    let world = World::new();
    let tree = world.store_tree("atlas", &json!({}), &[("", Content::Page("Draft"))]);
    let path = format!("/_preview/{}/", world.preview_token(world.website, tree));
    assert_eq!(world.get(&path).await.status(), 200);
    world.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(world.get(&path).await.status(), 404);
}

#[tokio::test]
async fn a_token_that_is_not_for_this_website_opens_nothing() {
    let world = World::new();
    let tree = world.store_tree("atlas", &json!({}), &[("", Content::Page("Draft"))]);
    let elsewhere = "01890a5d-ac96-774b-bcce-b302099a8061".parse().unwrap();
    let good = world.preview_token(world.website, tree);
    let mut altered = good.clone().into_bytes();
    altered[60] ^= 1;
    for token in [
        world.preview_token(elsewhere, tree),
        String::from_utf8(altered).unwrap(),
        good[1..].to_owned(),
        "AAAA".to_owned(),
    ] {
        let reply = world.get(&format!("/_preview/{token}/")).await;
        assert_eq!(reply.status(), 404, "{token}");
        assert_eq!(header(&reply, "cache-control"), Some("private, no-store"));
        assert!(!text(&reply).contains("Draft"));
    }
    assert_eq!(world.get(&format!("/_preview/{good}/")).await.status(), 200);
}

#[tokio::test]
async fn a_website_in_maintenance_has_previews_and_a_deleted_one_has_none() {
    for (status, expected) in [
        (WebsiteStatus::Maintenance, 200),
        (WebsiteStatus::Deleted, 404),
    ] {
        let mut world = World::new();
        world.set_status(status);
        let tree = world.store_tree("atlas", &json!({}), &[("", Content::Page("Draft"))]);
        let token = world.preview_token(world.website, tree);
        let reply = world.get(&format!("/_preview/{token}/")).await;
        assert_eq!(reply.status(), expected);
    }
}
