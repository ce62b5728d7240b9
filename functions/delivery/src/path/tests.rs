//! What must hold of `path`.

use kernel::PageSlug;

use super::{Place, Target};

fn page(slug: &str) -> Place {
    Place::Page(PageSlug::parse(slug).unwrap())
}

fn moved(path: &str) -> Place {
    Place::Moved(path.to_owned())
}

#[test]
fn a_page_has_one_path() {
    for (path, place) in [
        ("", page("")),
        ("/", page("")),
        ("/about", page("about")),
        ("/guide/start", page("guide/start")),
        ("/a/b/c/d/e/f", page("a/b/c/d/e/f")),
        ("/0", page("0")),
        (
            "/2026/07/release-1.2_final",
            page("2026/07/release-1.2_final"),
        ),
        ("/index.html", page("index.html")),
        ("/a.", page("a.")),
        ("/a..b", page("a..b")),
        ("/favicon.ico.txt", page("favicon.ico.txt")),
        ("/sitemap.xml/x", page("sitemap.xml/x")),
        ("/api/v1/websites", page("api/v1/websites")),
        ("/about/", moved("/about")),
        ("/guide/start/", moved("/guide/start")),
        ("/%61bout", moved("/about")),
        ("/%61bout/", moved("/about")),
        ("/guide/%73tart", moved("/guide/start")),
        ("/release%2D1", moved("/release-1")),
        ("/release%2d1", moved("/release-1")),
        ("/robots%2Etxt", moved("/robots.txt")),
        ("/robots.txt/", moved("/robots.txt")),
    ] {
        assert_eq!(Target::of(path), Target::Live(place), "{path}");
    }
}

const NOTHING: &[&str] = &[
    "//",
    "///",
    "//about",
    "/about//",
    "/guide//start",
    "//example.com/",
    "//example.com/%2e%2e",
    "/%2F",
    "/%2f/",
    "/a%2Fb",
    "/a%2fb/",
    "/a%5Cb",
    "/a\\b",
    "/.",
    "/..",
    "/./about",
    "/../about",
    "/a/../b",
    "/a/..",
    "/a/.",
    "/%2e%2e",
    "/%2e%2e/about",
    "/a/%2E%2E/b",
    "/.git/config",
    "/.env",
    "/.well-known/security.txt",
    "/About",
    "/ABOUT",
    "/%41bout",
    "/a b",
    "/a%20b",
    "/a+b",
    "/a%00",
    "/%00",
    "/a\0b",
    "/a\n",
    "/a%0Ab",
    "/a%0d%0aset-cookie:x",
    "/a%7f",
    "/%",
    "/a%",
    "/a%2",
    "/a%zz",
    "/a%+1",
    "/a%é",
    "/%25%36%31",
    "/%2561bout",
    "/%C3%A9",
    "/é",
    "/%ff",
    "/a?b",
    "/a#b",
    "/a;b",
    "/a:b",
    "/a@b",
    "/a*",
    "/~a",
    "/-a",
    "/_theme",
    "/_theme/",
    "/_theme/abc",
    "/_theme//style.css",
    "/_theme/abc/../style.css",
    "/_theme/abc/%73tyle.css",
    "/_theme/ABC/style.css",
    "/_preview",
    "/_preview/",
    "/_preview//about",
    "/_preview/to.ken/about",
    "/_preview/to%6ben/about",
    "/_preview/tökén/",
    "/%5Fpreview/token/",
    "/_private",
    "about",
    "http://example.com/about",
];

#[test]
fn everything_else_is_nothing() {
    for path in NOTHING {
        assert_eq!(Target::of(path), Target::Live(Place::Nothing), "{path:?}");
    }
}

#[test]
fn what_is_too_long_is_nothing() {
    let longest = format!("/{}", "a".repeat(500));
    assert_eq!(Target::of(&longest), Target::Live(page(&longest[1..])));
    for path in [
        format!("{longest}a"),
        format!("/{}", "a/".repeat(251)),
        format!("/{}", "%61".repeat(501)),
        format!("/{}", "a".repeat(1 << 20)),
        format!("/_preview/{}/", "a".repeat(513)),
    ] {
        assert_eq!(Target::of(&path), Target::Live(Place::Nothing));
    }
}

#[test]
fn a_few_paths_are_the_platforms() {
    for (path, target) in [
        ("/favicon.ico", Target::Live(Place::Icon)),
        ("/robots.txt", Target::Live(Place::Robots)),
        ("/sitemap.xml", Target::Live(Place::Sitemap)),
    ] {
        assert_eq!(Target::of(path), target);
    }
    let path = "/_theme/0123456789abcdef/fonts/a.woff2";
    let asset = Place::Asset(path.to_owned());
    assert_eq!(Target::of(path), Target::Live(asset));
}

#[test]
fn a_preview_has_the_places_of_a_website() {
    for (path, place) in [
        ("", moved("/")),
        ("/", page("")),
        ("/about", page("about")),
        ("/about/", moved("/about")),
        ("/favicon.ico", page("favicon.ico")),
        (
            "/_theme/ab/style.css",
            Place::Asset("/_theme/ab/style.css".to_owned()),
        ),
        ("//", Place::Nothing),
        ("/../about", Place::Nothing),
        ("/_preview/again/", Place::Nothing),
    ] {
        let target = Target::Preview {
            token: "To-ken_1".to_owned(),
            place,
        };
        assert_eq!(Target::of(&format!("/_preview/To-ken_1{path}")), target);
    }
}
