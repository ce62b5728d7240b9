//! Themes: packages, settings, files.

use std::collections::BTreeMap;

use kernel::ContentHash;
use render::{
    Theme, find_asset, limits::PACKAGE_BYTES_MAX, settings_stylesheet, theme::ThemeError,
};
use serde_json::{Value, json};

fn errors(theme: &str, settings: &Value) -> Vec<(String, String)> {
    let theme = Theme::builtin(theme).unwrap();
    let errors = theme.settings(settings).unwrap_err();
    errors
        .into_iter()
        .map(|error| (error.pointer, error.detail))
        .collect()
}

#[test]
fn there_are_two_built_in_themes() {
    let ids: Vec<&str> = Theme::all().iter().map(Theme::id).collect();
    assert_eq!(ids, ["atlas", "journal"]);
    assert_eq!(Theme::builtin("nothing"), None);
    assert_ne!(
        Theme::all()[0].package_hash(),
        Theme::all()[1].package_hash()
    );
}

#[test]
fn settings_are_completed() {
    let theme = Theme::builtin("atlas").unwrap();
    let defaults = theme.settings(&Value::Null).unwrap();
    assert_eq!(defaults, theme.settings(&json!({})).unwrap());
    assert_eq!(defaults, theme.default_settings());
    insta::assert_snapshot!(defaults.to_value(), @r##"{"accent":"#0b57d0","appearance":"auto","contents":true,"footer":"","tagline":"","typeface":"system","updated":true}"##);
    let chosen = theme
        .settings(&json!({"accent": "#ABC", "contents": false}))
        .unwrap();
    assert_eq!(chosen.get("accent"), Some(&json!("#aabbcc")));
    assert_eq!(theme.settings(&chosen.to_value()).unwrap(), chosen);
}

#[test]
fn settings_are_checked() {
    let wrong = json!({
        "accent": "red; } body { display: none",
        "appearance": "neon",
        "tagline": "x".repeat(81),
        "footer": "two\nlines",
        "contents": "yes",
        "a/b": 1,
    });
    let errors = errors("atlas", &wrong);
    insta::assert_debug_snapshot!(errors, @r##"
    [
        (
            "/a~1b",
            "must not be there: the theme has no such setting",
        ),
        (
            "/accent",
            "must be a colour such as \"#0b57d0\"",
        ),
        (
            "/appearance",
            "must be one of auto, light, dark",
        ),
        (
            "/contents",
            "must be true or false",
        ),
        (
            "/footer",
            "must be one line of at most 300 characters",
        ),
        (
            "/tagline",
            "must be one line of at most 80 characters",
        ),
    ]
    "##);
    assert_eq!(
        self::errors("journal", &json!([]))[0].1,
        "must be an object"
    );
}

#[test]
fn files_are_found_by_hashed_paths() {
    for theme in Theme::all() {
        let path = theme.asset_path("assets/style.css");
        let prefix: String = theme.package_hash().to_string().chars().take(16).collect();
        assert_eq!(path, format!("/_theme/{prefix}/style.css"));
        let asset = find_asset(&path).unwrap();
        assert_eq!(asset.content_type, "text/css; charset=utf-8");
        assert_eq!(asset.hash, ContentHash::of(asset.bytes));
        assert_eq!(Some(asset), theme.asset("style.css"));
        let icon = find_asset(&theme.asset_path("icon.svg")).unwrap();
        assert_eq!(icon.content_type, "image/svg+xml");
        for hidden in [
            "manifest.json",
            "../manifest.json",
            "templates/page.html",
            "",
            "/",
        ] {
            assert_eq!(
                find_asset(&format!("/_theme/{prefix}/{hidden}")),
                None,
                "{hidden}"
            );
        }
    }
    for unknown in [
        "/_theme/0000000000000000/style.css",
        "/_theme/",
        "/style.css",
        "",
    ] {
        assert_eq!(find_asset(unknown), None, "{unknown}");
    }
}

#[test]
fn settings_make_a_stylesheet_of_their_own() {
    let theme = Theme::builtin("atlas").unwrap();
    let (path, bytes) = settings_stylesheet(theme, &theme.default_settings());
    assert_eq!(path, theme.default_settings().path());
    insta::assert_snapshot!(String::from_utf8(bytes).unwrap());
    let yellow = theme.settings(&json!({"accent": "#ffee00"})).unwrap();
    let (other, bytes) = settings_stylesheet(theme, &yellow);
    assert_ne!(other, path);
    assert!(
        String::from_utf8(bytes)
            .unwrap()
            .contains("--accent-contrast: #000000;")
    );
    let journal = Theme::builtin("journal").unwrap();
    assert_ne!(journal.default_settings().path(), path);
}

#[test]
fn stylesheets_load_nothing_from_elsewhere() {
    for theme in Theme::all() {
        let css = std::str::from_utf8(theme.asset("style.css").unwrap().bytes).unwrap();
        for forbidden in [
            "@import",
            "url(",
            "http:",
            "https:",
            "expression",
            "@font-face",
        ] {
            assert!(!css.contains(forbidden), "{forbidden} in {}", theme.id());
        }
        assert_eq!(css.matches('{').count(), css.matches('}').count());
        for needed in [
            ":focus-visible",
            "@media print",
            "prefers-reduced-motion",
            ".skip:focus",
        ] {
            assert!(css.contains(needed), "{needed} in {}", theme.id());
        }
    }
}

#[test]
fn a_package_comes_back_as_the_same_theme() {
    for theme in Theme::all() {
        let package = theme.package();
        assert_eq!(ContentHash::of(&package), theme.package_hash());
        assert_eq!(Theme::from_package(&package).unwrap(), *theme);
        assert_eq!(Theme::of_package(theme.package_hash()), Some(theme));
        for end in 0..package.len() {
            assert!(Theme::from_package(&package[..end]).is_err(), "{end}");
        }
        let refused = Theme::from_package(&[&package[..], b"\0"].concat());
        assert!(matches!(refused.unwrap_err(), ThemeError::NoPackage));
    }
    assert_eq!(Theme::of_package(ContentHash::of(b"")), None);
}

#[test]
fn a_package_has_one_form_and_a_size() {
    let part = |text: &str| {
        let length = u32::try_from(text.len()).unwrap();
        [&length.to_be_bytes(), text.as_bytes()].concat()
    };
    let package = |parts: &[&str]| {
        let parts = parts.iter().map(|text| part(text));
        [b"HSP\x01".to_vec()]
            .into_iter()
            .chain(parts)
            .collect::<Vec<_>>()
            .concat()
    };
    for (parts, is_package) in [
        (&["a", "1", "b", "2"][..], true),
        (&["b", "2", "a", "1"], false),
        (&["a", "1", "a", "1"], false),
        (&["a", "1", "b"], false),
    ] {
        let error = Theme::from_package(&package(parts)).unwrap_err();
        // Files without a manifest are a package all the same.
        let expected = matches!(error, ThemeError::NoManifest);
        assert_eq!(expected, is_package, "{parts:?}: {error}");
    }
    let mut files = Theme::all()[0].files().clone();
    files.insert("assets/large.png".to_owned(), vec![0; PACKAGE_BYTES_MAX]);
    let error = Theme::from_files(files).unwrap_err();
    assert!(matches!(error, ThemeError::TooLarge));
    let error = Theme::from_package(&vec![0; PACKAGE_BYTES_MAX + 1]).unwrap_err();
    assert!(matches!(error, ThemeError::TooLarge));
}

#[test]
fn a_package_is_named_by_every_file() {
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    let manifest = |icon: &str, default: &str| {
        let setting = json!({"key": "accent", "label": "", "accepts": {"type": "colour", "default": default}});
        json!({
            "id": "x", "name": "", "version": "", "author": "", "description": "",
            "templates": {"page": "p", "notFound": "p", "maintenance": "p", "partials": []},
            "stylesheets": [], "icon": icon, "settings": [setting],
        })
        .to_string()
    };
    let package = |manifest: String, text: &str| {
        let files = [
            file("manifest.json", &manifest),
            file("p", text),
            file("i", ""),
        ];
        Theme::from_files(BTreeMap::from(files))
    };
    let one = package(manifest("i", "#000"), "a").unwrap();
    let two = package(manifest("i", "#000"), "b").unwrap();
    assert_ne!(one.package_hash(), two.package_hash());
    assert_eq!(one, package(manifest("i", "#000"), "a").unwrap());
    let missing = package(manifest("j", "#000"), "a").unwrap_err();
    assert!(matches!(missing, ThemeError::MissingFile(path) if path == "j"));
    let wrong = package(manifest("i", "black"), "a").unwrap_err();
    assert!(matches!(wrong, ThemeError::Default(key) if key == "accent"));
    assert!(matches!(
        Theme::from_files(BTreeMap::new()).unwrap_err(),
        ThemeError::NoManifest
    ));
}
