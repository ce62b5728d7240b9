//! Themes and releases: a release looks as it looked when it was made, whatever became of its
//! theme since.

use http::StatusCode;
use kernel::ContentHash;
use render::Theme;

use crate::world::{HOST, Scene, linked};

/// Returns a built-in theme as another version of it may have been.
fn other_version() -> Theme {
    let mut files = Theme::builtin("atlas").unwrap().files().clone();
    let template = files.get_mut("templates/page.html").unwrap();
    let text = str::from_utf8(template).unwrap();
    let text = text.replace("class=\"prose\"", "class=\"prose other\"");
    *template = text.into_bytes();
    let stylesheet = files.get_mut("assets/style.css").unwrap();
    stylesheet.extend_from_slice(b".other { columns: 2 }\n");
    Theme::from_files(files).unwrap()
}

#[tokio::test]
async fn a_release_keeps_its_look_and_a_rollback_brings_it_back() {
    let scene = Scene::new().await;
    let built_in = scene.get("/about").await;
    let other = other_version();
    scene
        .publish_theme(other.package_hash(), vec![other.package()])
        .await;
    scene.wait(1_000);
    let before = scene.get("/about").await;
    assert_eq!(before.status, StatusCode::OK);
    let html = before.text();
    assert!(html.contains("class=\"prose other\""), "{html}");
    let stylesheet = linked(&html, "style.css");
    for path in [
        &stylesheet,
        &linked(&html, "settings.css"),
        &linked(&html, "icon.svg"),
    ] {
        let file = scene.get(path).await;
        assert_eq!(file.status, StatusCode::OK, "{path}");
        assert!(file.header("cache-control").contains("immutable"), "{path}");
        assert!(!file.bytes.is_empty(), "{path}");
    }
    let styles = scene.get(&stylesheet).await;
    assert!(styles.text().ends_with(".other { columns: 2 }\n"));
    let missing = scene.get("/no-such-page").await;
    assert!(linked(&missing.text(), "style.css") == stylesheet);

    let release = scene.live_release().await;
    scene.choose("atlas").await;
    scene.wait(1_000);
    let since = scene.get("/about").await;
    assert_eq!(since.bytes, built_in.bytes);
    let elsewhere = scene.get(&stylesheet).await;
    assert_eq!(elsewhere.status, StatusCode::TEMPORARY_REDIRECT);

    scene.activate(&release).await;
    scene.wait(1_000);
    scene.world.platform.pools().cool_down();
    let back = scene.get("/about").await;
    assert_eq!(back.bytes, before.bytes);
    assert_eq!(back.headers, before.headers);
    assert_eq!(scene.get(&stylesheet).await.bytes, styles.bytes);
}

#[tokio::test]
async fn every_release_has_its_theme_in_storage() {
    let scene = Scene::empty().await;
    for theme in ["", "journal", "atlas"] {
        if !theme.is_empty() {
            scene.choose(theme).await;
        }
        let package = scene.tree().await.theme.package;
        let stored = scene.object(package).await.unwrap();
        assert_eq!(ContentHash::of(&stored), package);
        let stored = Theme::from_package(&stored).unwrap();
        assert_eq!(Theme::of_package(package), Some(&stored));
    }
}

#[tokio::test]
async fn a_theme_that_is_not_built_in_is_read_once() {
    let scene = Scene::new().await;
    let other = other_version();
    scene
        .publish_theme(other.package_hash(), vec![other.package()])
        .await;
    scene.world.platform.pools().cool_down();
    for (path, wait_ms, expected) in [
        ("/about", 0, 6),
        ("/about", 0, 0),
        ("/", 1_000, 2),
        ("/no-such-page", 0, 0),
    ] {
        scene.wait(wait_ms);
        let (_, calls) = scene.calls(HOST, path).await;
        assert_eq!(calls.len(), expected, "{path}");
    }
    // Another release in the same theme reads its tree and its page, and not the theme.
    scene.publish("about-us", "About us").await;
    scene.wait(1_000);
    assert_eq!(scene.calls(HOST, "/about-us").await.1.len(), 3);
}

#[tokio::test]
async fn a_release_without_its_theme_is_shown_in_no_other() {
    let scene = Scene::new().await;
    let other = other_version();
    for (package, objects) in [
        (other.package_hash(), Vec::new()),
        (ContentHash::of(b"no package"), vec![b"no package".to_vec()]),
    ] {
        scene.publish_theme(package, objects).await;
        scene.wait(1_000);
        for path in ["/about", "/no-such-page", "/sitemap.xml"] {
            let answer = scene.get(path).await;
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert_eq!(answer.header("retry-after"), "5");
            assert_eq!(answer.header("cache-control"), "no-store");
            assert!(!answer.text().contains("This is About."), "{path}");
        }
    }
    scene
        .publish_theme(other.package_hash(), vec![other.package()])
        .await;
    scene.wait(1_000);
    let answer = scene.get("/about").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text().contains("class=\"prose other\""));
}
