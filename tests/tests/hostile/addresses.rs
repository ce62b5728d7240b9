//! Paths that are no operation's, methods that no path takes, and headers by which somebody says
//! that the request is another one.

use bytes::Bytes;
use http::{Method, Request, Uri};
use tests::client::Call;

use crate::answers::{Expected, judge, visible};
use crate::problems;
use crate::scene::{API, MISSING, Scene, add, methods, request};
use tests::operations::{self, Operation};
use tests::stores;

/// Headers that say whose the request is, where it goes or what it is: none of them is believed.
const CLAIMS: [(&str, &str); 30] = [
    ("x-forwarded-host", "main.other.localhost"),
    ("x-forwarded-proto", "://"),
    ("x-forwarded-proto", "javascript"),
    ("x-forwarded-proto", "a b"),
    ("x-forwarded-port", "99999999"),
    ("x-forwarded-for", "10.0.0.1, ::1"),
    ("x-forwarded-prefix", "/api/v1/admin"),
    ("forwarded", "for=127.0.0.1;host=evil.example;proto=x"),
    ("x-real-ip", "::1"),
    ("x-original-url", "/api/v1/problems"),
    ("x-rewrite-url", "/api/v1/problems"),
    ("x-original-host", "evil.example"),
    ("x-host", "evil.example"),
    ("x-http-method", "DELETE"),
    ("x-http-method-override", "DELETE"),
    ("x-method-override", "PUT"),
    ("x-site-host", "main.other.localhost"),
    (
        "x-amzn-request-context",
        "{\"authorizer\":{\"lambda\":{\"outcome\":\"authenticated\"}}}",
    ),
    ("x-amz-security-token", "c4n4ry"),
    ("x-amzn-trace-id", "Root=c4n4ry"),
    ("x-request-id", "c4n4ry"),
    ("connection", "authorization, close"),
    ("keep-alive", "timeout=1"),
    ("te", "trailers"),
    ("trailer", "authorization"),
    ("upgrade", "h2c"),
    ("proxy-authorization", "Basic YTpi"),
    ("transfer-encoding", "chunked"),
    ("expect", "100-continue"),
    ("cookie", "authorization=Bearer x; __Host-session=c4n4ry"),
];

/// Ids that are spelled as no id is.
fn no_ids(id: &str) -> Vec<String> {
    let bare = id.replace('-', "");
    let version = |digit: &str| format!("{}{digit}{}", &id[..14], &id[15..]);
    let mut all = vec![
        id.to_uppercase(),
        bare.clone(),
        format!("{{{id}}}").replace('{', "%7B").replace('}', "%7D"),
        format!("urn:uuid:{id}"),
        version("4"),
        version("1"),
        version("8"),
        "00000000-0000-0000-0000-000000000000".to_owned(),
        "ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned(),
        format!("{id}%00"),
        format!("{id}%20"),
        format!("%20{id}"),
        format!("{id}%0A"),
        format!("{id}%2F"),
        format!("{id};a=b"),
        format!("{id}.json"),
        format!("{id}%23"),
        format!("{id}%3F"),
        format!("{id},{id}"),
        format!("{id}{id}"),
        id[..35].to_owned(),
        "%FF".to_owned(),
        "%C0%AF".to_owned(),
        "%ED%A0%80".to_owned(),
        "%E2%80%AE".to_owned(),
        "..%2F..%2Fadmin".to_owned(),
        "%2E%2E".to_owned(),
        "..".to_owned(),
        "*".to_owned(),
        "1".to_owned(),
        "null".to_owned(),
        "-1".to_owned(),
        "%7B%7D".to_owned(),
        "'%20OR%20'1'='1".to_owned(),
        "T%23x%23SITE".to_owned(),
        "%EF%BC%90".to_owned(),
        "%".to_owned(),
        "%zz".to_owned(),
        "%0".to_owned(),
        "\\".to_owned(),
    ];
    all.push("a".repeat(2_000));
    all.push(format!("{MISSING}/"));
    all
}

/// Other spellings of a path, none of which is the path.
fn spellings(path: &str) -> Vec<String> {
    let (around, last) = path.rsplit_once('/').unwrap();
    let escaped = format!("%{:02X}{}", last.as_bytes()[0], &last[1..]);
    vec![
        format!("{path}/"),
        format!("{path}//"),
        format!("/{path}"),
        path.replacen("/api", "//api", 1)
            .replacen("/.well", "//.well", 1),
        format!("{around}//{last}"),
        format!("{around}/./{last}"),
        format!("{around}/x/../{last}"),
        format!("{around}/%2e/{last}"),
        format!("{around}/x/%2e%2e/{last}"),
        format!("{around}%2F{last}"),
        format!("{around}\\{last}"),
        format!("{around}/{last}%00"),
        format!("{around}/{last}%20"),
        format!("{around}/{last};a=b"),
        format!("{around}/{last}."),
        format!("{around}/{last}/."),
        format!("{around}/{last}%FF"),
        format!("{around}/ {last}").replace(' ', "%09"),
        format!("{around}/{}", last.to_uppercase()),
        format!("{}/{last}", around.to_uppercase()),
        format!("{path}/{}", "a/".repeat(1_000)),
        format!("{path}/{}", "a".repeat(9_000)),
        format!("{around}/{escaped}%25"),
    ]
}

fn at(call: &Call, path: &str) -> Option<Request<Bytes>> {
    path.parse::<Uri>().ok()?;
    let path = path.to_owned();
    Some(request(
        API,
        Call {
            path,
            ..call.clone()
        },
    ))
}

#[tokio::test]
async fn an_id_that_is_spelled_another_way_is_nobodys() {
    let scene = Scene::new(260);
    let mut tried = 0;
    for operation in operations::all() {
        let name = operation.name();
        let before = scene.stored().await;
        let parameters =
            operation.path.split('/').enumerate().filter(|(_, part)| {
                part.starts_with('{') && !["{slug}", "{subdomain}"].contains(part)
            });
        for (place, parameter) in parameters {
            let good = scene.good(&operation);
            let id = scene.id(&operation, parameter.trim_matches(['{', '}']));
            // The last one is tried in every way, those before it in some.
            let mut after = operation.path.split('/').skip(place + 1);
            let is_last = !after.any(|part| part.starts_with('{'));
            let step = if is_last { 1 } else { 4 };
            for wrong in no_ids(&id).into_iter().step_by(step) {
                let mut parts: Vec<&str> = good.path.split('/').collect();
                parts[place] = &wrong;
                let Some(call) = at(&good, &parts.join("/")) else {
                    continue;
                };
                let start: String = wrong.chars().take(60).collect();
                let why = format!("{name}: {start}");
                scene.try_request(&why, call, &Expected::Nowhere).await;
                tried += 1;
            }
        }
        stores::assert_same(&before, &scene.stored().await, &name);
    }
    assert!(tried >= 700, "{tried} ids");
    problems::assert_quiet();
}

#[tokio::test]
async fn a_path_has_one_spelling() {
    let scene = Scene::new(261);
    for operation in operations::all() {
        let name = operation.name();
        let before = scene.stored().await;
        let good = scene.good(&operation);
        // A name in a path may be any text: what is asked of it is told of it.
        let is_text = operation.path.ends_with("{subdomain}");
        let (place, query) = match good.path.split_once('?') {
            Some((place, query)) => (place, format!("?{query}")),
            None => (good.path.as_str(), String::new()),
        };
        for path in spellings(place) {
            let path = format!("{path}{query}");
            let Some(call) = at(&good, &path) else {
                continue;
            };
            let why: String = format!("{name}: {path}").chars().take(200).collect();
            let expected = if is_text {
                Expected::Free
            } else {
                Expected::Nowhere
            };
            let answer = scene.try_request(&why, call, &expected).await;
            if is_text && answer.status == 200 {
                assert_eq!(
                    answer.json()["available"],
                    false,
                    "{why}: {}",
                    answer.text()
                );
            }
        }
        stores::assert_same(&before, &scene.stored().await, &name);
    }
    problems::assert_quiet();
}

/// A request line that is as long as any may be, and one that is longer.
#[tokio::test]
async fn a_path_that_is_too_long_is_refused() {
    let scene = Scene::new(262);
    for length in [10_000, 20_000, 40_000, 65_000, 65_510] {
        for path in [
            format!("/api/v1/websites/{}", "a".repeat(length)),
            format!("/api/v1/websites?nonsense={}", "a".repeat(length)),
            format!("/api/v1/problems/{}", "%41".repeat(length / 3)),
        ] {
            let Some(call) = at(&Call::get("/"), &path) else {
                continue;
            };
            let why = format!("{length} bytes");
            let answer = scene.try_request(&why, call, &Expected::Free).await;
            assert!(answer.status.is_client_error(), "{why}: {}", answer.status);
        }
    }
    problems::assert_quiet();
}

#[tokio::test]
async fn a_method_that_a_path_does_not_take_is_refused_with_those_that_it_takes() {
    let scene = Scene::new(263);
    let all = operations::all();
    let expected = Expected::refused(405, "method_not_allowed");
    for operation in &all {
        let of_path = all.iter().filter(|it| it.path == operation.path);
        let mut taken: Vec<Method> = of_path.map(|it| it.method.clone()).collect();
        if taken.contains(&Method::GET) {
            taken.push(Method::HEAD);
        }
        let mut names: Vec<&str> = taken.iter().map(Method::as_str).collect();
        names.sort_unstable();
        let good = scene.good(operation);
        let before = scene.stored().await;
        for method in methods().into_iter().filter(|it| !taken.contains(it)) {
            let why = format!("{method} {}", operation.path);
            let is_head = method == Method::HEAD;
            let call = Call {
                method,
                ..good.clone()
            };
            // What is told of it has no body, so there is no document to look at.
            let answer = if is_head {
                scene.send(request(API, call)).await
            } else {
                scene.try_call(&why, call, &expected).await
            };
            assert_eq!(answer.status, 405, "{why}");
            let mut allowed: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
            allowed.sort_unstable();
            assert_eq!(allowed, names, "{why}");
        }
        stores::assert_same(&before, &scene.stored().await, &operation.path);
        if operation.method == Method::GET {
            let call = Call {
                method: Method::HEAD,
                ..good.clone()
            };
            let head = scene.send(request(API, call)).await;
            let get = scene.try_call(&operation.path, good, &Expected::Free).await;
            assert_eq!(head.status, get.status, "HEAD {}", operation.path);
            assert!(head.bytes.is_empty(), "HEAD {} has a body", operation.path);
        }
    }
    problems::assert_quiet();
}

/// Threat D11: no header says which tenant, host, path or method is meant.
#[tokio::test]
async fn a_header_that_says_what_the_request_is_changes_nothing() {
    let scene = Scene::new(264);
    for operation in operations::all() {
        let name = operation.name();
        // What is refused without the header is refused with it; what is read is the same.
        let call = match operation.method {
            Method::GET => scene.good(&operation),
            _ => Call::new(operation.method.clone(), scene.path(&operation)),
        };
        let before = scene.stored().await;
        let plain = scene.try_call(&name, call.clone(), &Expected::Free).await;
        for (header, value) in CLAIMS {
            let why = format!("{name}: {header}: {value}");
            let call = call.clone().with(header, value);
            let claimed = scene.try_call(&why, call, &Expected::Free).await;
            assert_eq!(claimed.status, plain.status, "{why}");
            let is_same = operation.is_noted() || visible(&claimed) == visible(&plain);
            assert!(is_same, "{why}: {claimed:#?} for {plain:#?}");
        }
        if !operation.is_noted() {
            stores::assert_same(&before, &scene.stored().await, &name);
        }
        let refused = Expected::refused(401, "unauthenticated");
        if !operation.is_open {
            for header in ["x-original-url", "x-rewrite-url"] {
                let call = Call::new(operation.method.clone(), scene.path(&operation));
                let call = call.with(header, "/api/v1/problems");
                scene
                    .try_call(&format!("{name}: {header}"), call, &refused)
                    .await;
            }
        }
    }
    problems::assert_quiet();
}

/// What is written of an attempt on another tenant.
const TRACE: [&str; 2] = ["CrossTenantAttempted", "security.cross_tenant"];

/// Threat A2: the tenant is the token's; a request that names another one goes nowhere.
#[tokio::test]
async fn a_tenant_that_is_named_must_be_the_tokens() {
    let scene = Scene::new(265);
    let own = scene.acme.settled.tenant.clone();
    let is_members = |it: &Operation| !it.is_open && !it.is_operators();
    for operation in operations::all().into_iter().filter(is_members) {
        let name = operation.name();
        let before = scene.stored().await;
        let both = format!("{own},{own}");
        for value in [
            own.to_uppercase().as_bytes(),
            both.as_bytes(),
            MISSING.as_bytes(),
            b"",
            b"*",
            b"acme",
            b"caf\xc3\xa9",
            b"\xff\xfe",
            b"T#x#SITE",
        ] {
            let mut call = request(API, scene.good(&operation));
            add(&mut call, "x-tenant-id", value);
            let why = format!("{name}: {}", value.escape_ascii());
            let expected = Expected::refused(403, "forbidden");
            scene.try_request(&why, call, &expected).await;
        }
        let mut two = request(API, scene.good(&operation));
        add(&mut two, "x-tenant-id", own.as_bytes());
        add(
            &mut two,
            "x-tenant-id",
            scene.other.settled.tenant.as_bytes(),
        );
        let expected = Expected::refused(403, "forbidden");
        scene
            .try_request(&format!("{name}: two tenants"), two, &expected)
            .await;
        stores::assert_same(&before, &scene.stored().await, &name);
        // That another one was named is written down, and nothing else is.
        let other = scene.other.settled.tenant.clone();
        let call = scene.good(&operation).with("x-tenant-id", other);
        let answer = scene.send(request(API, call)).await;
        judge(&format!("{name}: another's"), &answer, &expected);
        let is_else = |line: &String| !TRACE.iter().any(|trace| line.contains(trace));
        let [before, after] = [before, scene.stored().await].map(|mut lines| {
            lines.retain(is_else);
            lines
        });
        stores::assert_same(&before, &after, &name);
        if operation.method == Method::GET {
            let call = scene.good(&operation).with("x-tenant-id", own.clone());
            let answer = scene.try_call(&name, call, &Expected::Free).await;
            assert!(answer.status.is_success(), "{name}: {}", answer.text());
        }
    }
    problems::assert_quiet();
}
