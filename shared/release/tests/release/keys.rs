//! Keys: what they are made of, what they refuse, how they sort.

use jiff::Timestamp;
use kernel::PageSlug;
use proptest::prelude::*;
use release::limits::KEY_BYTES_MAX;
use release::{Identifier, KeyError, KeyRange, KeySpace, Root, RouteKey};

use super::support::{Model, Repository, config, fitting_entry, key};

fn name(text: &str) -> Identifier {
    text.parse().unwrap()
}

#[test]
fn keys_say_their_space() {
    let home = RouteKey::page(&PageSlug::parse("").unwrap());
    assert_eq!(
        (home.as_str(), home.space()),
        ("p/", Some(KeySpace::Page { path: "" }))
    );
    let team = RouteKey::page(&PageSlug::parse("about/team").unwrap());
    assert_eq!(team.as_str(), "p/about/team");
    assert_eq!(RouteKey::block(&name("footer")).as_str(), "b/footer");
    let at: Timestamp = "2026-03-01T12:00:00.123Z".parse().unwrap();
    let post = RouteKey::list_item(&name("tag:rust"), at, &name("post-1"));
    assert_eq!(
        post.space(),
        Some(KeySpace::ListItem {
            list: "tag:rust",
            at,
            id: "post-1"
        })
    );
}

#[test]
fn malformed_keys_are_refused() {
    let refusals = [
        ("", KeyError::Space),
        ("x/a", KeyError::Space),
        ("p", KeyError::Space),
        ("p//a", KeyError::Path),
        ("p/a/", KeyError::Path),
        ("p/../a", KeyError::Path),
        ("p/a?b", KeyError::Path),
        ("p/a\u{7}", KeyError::Path),
        ("b/", KeyError::Length),
        ("b/-a", KeyError::Identifier),
        ("b/A", KeyError::Identifier),
        ("l/blog", KeyError::Identifier),
        ("l/blog/0000000000000", KeyError::Instant),
        ("l/blog/000000000000G/a", KeyError::Instant),
        ("l/blog/+00000000000f/a", KeyError::Instant),
        ("l/blog/0000000000000/a", KeyError::Instant),
    ];
    for (text, error) in refusals {
        assert_eq!(text.parse::<RouteKey>(), Err(error), "{text}");
    }
    let longest = format!("p/{}", "a".repeat(KEY_BYTES_MAX - 2));
    assert_eq!(key(&longest).as_str(), longest);
    assert_eq!(
        format!("{longest}a").parse::<RouteKey>(),
        Err(KeyError::Length)
    );
    let slug = PageSlug::parse(&"a".repeat(kernel::limits::SLUG_BYTES_MAX)).unwrap();
    assert_eq!(RouteKey::page(&slug), key(RouteKey::page(&slug).as_str()));
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn lists_run_from_the_newest_to_the_oldest(
        one in -377_000_000_000_000..253_000_000_000_000_i64,
        other in -377_000_000_000_000..253_000_000_000_000_i64,
    ) {
        let [first, second] = [one, other].map(|instant| {
            RouteKey::list_item(&name("blog"), Timestamp::from_millisecond(instant).unwrap(), &name("a"))
        });
        prop_assert_eq!(first.cmp(&second), other.cmp(&one));
        let at = Timestamp::from_millisecond(one).unwrap();
        prop_assert_eq!(first.space(), Some(KeySpace::ListItem { list: "blog", at, id: "a" }));
        prop_assert_eq!(key(first.as_str()), first);
    }

    #[test]
    fn any_text_parses_or_is_refused(text in "[plb]/\\PC{0,40}") {
        if let Ok(key) = text.parse::<RouteKey>() {
            prop_assert_eq!(key.as_str(), text);
            prop_assert!(key.space().is_some());
        }
    }
}

#[test]
fn ranges_take_their_space_alone() {
    let item = "l/blog/8000000000000/a";
    let texts = [
        "b/footer",
        item,
        "l/blog-2/8000000000000/a",
        "p/",
        "p/docs",
        "p/docs-2",
        "p/docs/a",
    ];
    let model: Model = texts
        .iter()
        .map(|text| (key(text), fitting_entry(&key(text), 1)))
        .collect();
    let mut repository = Repository::default();
    let root: Root = repository.build(&model);
    let docs = PageSlug::parse("docs").unwrap();
    for (range, expected) in [
        (KeyRange::blocks(), &["b/footer"][..]),
        (KeyRange::list(&name("blog")), &[item]),
        (KeyRange::list(&name("other")), &[]),
        (KeyRange::pages(), &["p/", "p/docs", "p/docs-2", "p/docs/a"]),
        (KeyRange::pages_below(&docs), &["p/docs/a"]),
        (
            KeyRange::pages().after(&key("p/docs")),
            &["p/docs-2", "p/docs/a"],
        ),
        (
            KeyRange::pages().after(&key("b/footer")),
            &["p/", "p/docs", "p/docs-2", "p/docs/a"],
        ),
        (KeyRange::blocks().after(&key("p/")), &[]),
    ] {
        let page = repository.run(|store| release::range(store, &root, &range, 50));
        let found: Vec<_> = page.items.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(found, expected);
    }
}
