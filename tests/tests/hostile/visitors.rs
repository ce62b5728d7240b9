//! The visitors' door: paths, queries, headers, methods and preview links that are not as they must
//! be.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Method, Uri};
use tests::client::{Answer, Call};

use crate::answers::{CANARY, Expected};
use crate::problems;
use crate::scene::{API, Scene, add, methods, request};
use tests::operations;
use tests::stores;

/// The caller's website, and another tenant's.
const HOST: &str = "main.acme.localhost:3000";
const OTHER: &str = "main.other.localhost:3000";

/// Paths that no page has.
const PATHS: [&str; 46] = [
    "//",
    "/about/",
    "/about//",
    "//about",
    "/About",
    "/ABOUT",
    "/about%00",
    "/about%2F",
    "/about%20",
    "/%61bout",
    "/%2e",
    "/%2e%2e",
    "/.",
    "/..",
    "/../about",
    "/./about",
    "/x/../about",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fc4n4ry",
    "/about;a=b",
    "/about.",
    "/about%FF",
    "/about%C0%AF",
    "/%",
    "/%zz",
    "/%0",
    "/%25%32%65",
    "/\\",
    "/about\\x",
    "/<script>c4n4ry</script>",
    "/%3Cscript%3Ec4n4ry%3C%2Fscript%3E",
    "/'\"c4n4ry",
    "/{{7*7}}c4n4ry",
    "/_theme/",
    "/_theme/../about",
    "/_theme/x/y/z",
    "/_theme/%2e%2e/x",
    "/_preview",
    "/_preview/",
    "/_preview//about",
    "/_platform/c4n4ry",
    "/api/v1/websites",
    "/.well-known/jwks.json",
    "/.env",
    "/%0d%0aset-cookie:%20c4n4ry=1",
    "/%E2%80%AEtuoba",
];

/// Headers by which a visitor says to be somebody, somewhere.
const CLAIMS: [(&str, &str); 22] = [
    ("x-site-host", "main.other.localhost"),
    ("x-forwarded-host", "main.other.localhost"),
    ("x-original-host", "main.other.localhost"),
    ("forwarded", "host=main.other.localhost"),
    ("x-host", "main.other.localhost"),
    ("x-tenant-id", "01890a5d-ac96-774b-bcce-b302099a8057"),
    ("x-original-url", "/prices"),
    ("x-rewrite-url", "/prices"),
    ("x-http-method-override", "POST"),
    ("x-forwarded-proto", "://"),
    ("x-forwarded-for", "c4n4ry"),
    ("x-forwarded-scheme", "nothttps"),
    ("x-amz-cf-id", "c4n4ry"),
    ("authorization", "Bearer c4n4ry"),
    ("cookie", "session=c4n4ry; preview=1"),
    ("accept-language", "c4n4ry"),
    ("accept", "application/json"),
    ("accept-encoding", "c4n4ry"),
    ("range", "bytes=0-0,1-1,-1"),
    ("if-modified-since", "c4n4ry"),
    ("origin", "https://evil.example"),
    ("connection", "x-site-host"),
];

fn visit(host: &str, method: Method, path: &str) -> http::Request<bytes::Bytes> {
    request(host, Call::new(method, path))
}

/// Checks what holds of every answer to a visitor.
fn check(why: &str, answer: &Answer) {
    let text = answer.text();
    assert!(answer.status.as_u16() < 500, "{why}: {text}");
    assert!(
        !text.contains(CANARY) && !text.contains("<script"),
        "{why}: {text}"
    );
    for (name, value) in &answer.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        assert!(!value.contains(CANARY), "{why}: {name}: {value}");
    }
    let location = answer.header("location");
    if !location.is_empty() {
        let is_here = location.starts_with('/') && !location.starts_with("//");
        assert!(is_here && !location.contains('\\'), "{why}: to {location}");
    }
}

fn seen(answer: &Answer) -> (u16, String, String) {
    let etag = answer.header("etag").to_owned();
    (answer.status.as_u16(), etag, answer.text())
}

#[tokio::test]
async fn a_path_that_no_page_has_is_not_found_or_moved() {
    let scene = Scene::new(290);
    scene.world.advance(40).await.unwrap();
    let before = scene.stored().await;
    let mut paths: Vec<String> = PATHS.map(str::to_owned).to_vec();
    paths.push(format!("/{}", "a".repeat(60_000)));
    paths.push(format!("/{}", "a/".repeat(5_000)));
    paths.push(format!("/{}", "%61".repeat(600)));
    paths.push(format!("/_preview/{}", "A".repeat(5_000)));
    for path in &paths {
        if path.parse::<Uri>().is_err() {
            continue;
        }
        let why: String = path.chars().take(80).collect();
        let answer = scene.send(visit(HOST, Method::GET, path)).await;
        check(&why, &answer);
        assert!(
            [404, 308].contains(&answer.status.as_u16()),
            "{why}: {}",
            answer.status
        );
        let html = answer.text();
        assert!(!html.contains("other"), "{why}: another tenant's");
    }
    let plain = scene.send(visit(HOST, Method::GET, "/about")).await;
    for query in [
        "a=1",
        "=",
        "%00",
        "%FF",
        "x-site-host=main.other.localhost",
        "c4n4ry",
        "preview=1",
    ] {
        let answer = scene
            .send(visit(HOST, Method::GET, &format!("/about?{query}")))
            .await;
        check(query, &answer);
        assert_eq!(seen(&answer), seen(&plain), "{query}");
    }
    stores::assert_same(&before, &scene.stored().await, "paths");
    problems::assert_quiet();
}

#[tokio::test]
async fn a_visitors_claims_are_not_believed() {
    let scene = Scene::new(291);
    scene.world.advance(40).await.unwrap();
    let before = scene.stored().await;
    for path in ["/about", "/nowhere", "/robots.txt"] {
        let plain = scene.send(visit(HOST, Method::GET, path)).await;
        for (name, value) in CLAIMS {
            let why = format!("{path}: {name}: {value}");
            let mut claimed = visit(HOST, Method::GET, path);
            add(&mut claimed, name, value.as_bytes());
            let answer = scene.send(claimed).await;
            check(&why, &answer);
            assert_eq!(seen(&answer), seen(&plain), "{why}");
        }
        let mut two = visit(HOST, Method::GET, path);
        add(&mut two, "host", OTHER.as_bytes());
        let answer = scene.send(two).await;
        assert_eq!(seen(&answer), seen(&plain), "{path}: two hosts");
        for value in [
            &b""[..],
            b"\"",
            b"W/",
            b"\"x\"",
            b"x,,y",
            b"\xff",
            b"\"\", W/\"c4n4ry\"",
        ] {
            let mut known = visit(HOST, Method::GET, path);
            add(&mut known, "if-none-match", value);
            let answer = scene.send(known).await;
            assert_eq!(
                seen(&answer),
                seen(&plain),
                "{path}: {}",
                value.escape_ascii()
            );
        }
    }
    for method in methods() {
        if [Method::GET, Method::HEAD].contains(&method) {
            continue;
        }
        let why = method.to_string();
        let mut call = visit(HOST, method, "/about");
        *call.body_mut() = bytes::Bytes::from_static(b"c4n4ry=1");
        let answer = scene.send(call).await;
        check(&why, &answer);
        assert!(
            [403, 405].contains(&answer.status.as_u16()),
            "{why}: {}",
            answer.status
        );
    }
    stores::assert_same(&before, &scene.stored().await, "claims");
    problems::assert_quiet();
}

/// Makes a preview and returns its token.
async fn preview_of(scene: &Scene, is_other: bool) -> String {
    let side = if is_other { &scene.other } else { &scene.acme };
    let path = format!(
        "{}/releases/{}/preview",
        side.settled.website, side.releases[0]
    );
    let call = Call::new(Method::POST, path).bearer(&side.settled.tokens.access);
    let made = scene.try_call("a preview", call, &Expected::Free).await;
    let url = made.at("/url").unwrap();
    url.trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_preview_link_that_was_forged_shows_nothing() {
    let scene = Scene::new(292);
    let good = preview_of(&scene, false).await;
    let bytes = URL_SAFE_NO_PAD.decode(&good).unwrap();
    let before = scene.stored().await;
    let mut forged = vec![
        preview_of(&scene, true).await,
        scene.acme.settled.tokens.refresh.clone(),
        scene.acme.settled.tokens.access.clone(),
        format!("{good}="),
        format!("{good}A"),
        good.to_lowercase(),
        good[1..].to_owned(),
        "AAAA".to_owned(),
        "%00".to_owned(),
        format!("{good}%00"),
        format!("{good}{good}"),
        "A".repeat(600),
    ];
    for place in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << (place % 8);
        forged.push(URL_SAFE_NO_PAD.encode(flipped));
    }
    let text = String::from_utf8(bytes[32..].to_vec()).unwrap();
    for body in [
        text.replace("2026", "2096"),
        text.replace(&scene.acme.website, &scene.other.website),
    ] {
        forged.push(URL_SAFE_NO_PAD.encode([&bytes[..32], body.as_bytes()].concat()));
    }
    assert!(forged.len() >= 100, "{} links", forged.len());
    for token in &forged {
        let path = format!("/_preview/{token}/about");
        let why: String = path.chars().take(80).collect();
        let answer = scene.send(visit(HOST, Method::GET, &path)).await;
        check(&why, &answer);
        assert_eq!(answer.status, 404, "{why}");
        assert!(!answer.text().contains("Text."), "{why}");
    }
    let path = format!("/_preview/{good}/about");
    let answer = scene.send(visit(OTHER, Method::GET, &path)).await;
    assert_eq!(answer.status, 404, "at another host");
    let answer = scene.send(visit(HOST, Method::GET, &path)).await;
    assert_eq!(answer.status, 200, "the control");
    stores::assert_same(&before, &scene.stored().await, "links");
    problems::assert_quiet();
}

/// Threat A12: no answer sets a cookie, and nobody keeps what is for one alone. Each answer that
/// any test gets is held to that; here every operation and every kind of visit is asked.
#[tokio::test]
async fn nothing_private_is_kept_and_nothing_sets_a_cookie() {
    let scene = Scene::new(293);
    scene.world.advance(40).await.unwrap();
    let preview = preview_of(&scene, false).await;
    let preview = format!("/_preview/{preview}/about");
    for (path, is_kept) in [
        ("/about", true),
        ("/nowhere", true),
        ("/sitemap.xml", true),
        (&*preview, false),
        ("/_preview/AAAA/about", false),
    ] {
        for visit_number in 0..2 {
            let call = Call::get(path).with("cookie", "session=c4n4ry");
            let answer = scene.send(request(HOST, call)).await;
            assert!(!answer.headers.contains_key("set-cookie"), "{path}");
            let is_hit = answer.header("x-cache").starts_with("Hit");
            assert_eq!(is_hit, is_kept && visit_number == 1, "{path}");
            assert_eq!(
                answer.header("cache-control").contains("no-store"),
                !is_kept,
                "{path}"
            );
        }
    }
    for operation in operations::all() {
        let name = operation.name();
        for call in [
            scene.good(&operation),
            Call::new(operation.method.clone(), scene.path(&operation)),
        ] {
            let call = call.with("cookie", "session=c4n4ry");
            let answer = scene.send(request(API, call)).await;
            let control = answer.header("cache-control");
            let is_public = operation.path.starts_with("/.well-known/");
            let expected = if is_public {
                "public, max-age=300"
            } else {
                "no-store"
            };
            assert_eq!(control, expected, "{name}");
            assert!(!answer.headers.contains_key("set-cookie"), "{name}");
        }
    }
    problems::assert_quiet();
}
