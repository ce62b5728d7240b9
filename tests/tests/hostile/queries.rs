//! Queries that are not what the operation takes, and cursors that are not its own.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::Method;
use jiff::SignedDuration;
use tests::client::Call;
use tests::walkthrough::sign_in_to;

use crate::answers::{Expected, judge};
use crate::problems;
use crate::scene::{API, Scene, Side, request};
use tests::operations::{self, Operation};
use tests::stores;

/// Seconds after which a cursor is not good any more.
const CURSOR_LIFE_S: i64 = 86_400;

/// Limits that are none.
const LIMITS: [&str; 18] = [
    "",
    "0",
    "101",
    "-1",
    "abc",
    "1.0",
    "1e1",
    "%2B5",
    "+5",
    "5+",
    "99999999999999999999999",
    "0x10",
    "%EF%BC%95",
    "%00",
    "5%00",
    "1,2",
    "null",
    "%FF",
];

/// Cursors that nobody made.
const CURSORS: [&str; 12] = [
    "",
    "x",
    "null",
    "0",
    "%00",
    "..%2F..",
    "AAAA",
    "e30",
    "'%20OR%201=1",
    "%FF%FE",
    "%E2%80%AE",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
];

fn with_query(call: Call, query: &str) -> Call {
    let joiner = if call.path.contains('?') { '&' } else { '?' };
    let path = format!("{}{joiner}{query}", call.path);
    Call { path, ..call }
}

#[tokio::test]
async fn parameters_that_nobody_knows_are_refused_by_name() {
    let scene = Scene::new(230);
    for operation in operations::all() {
        let name = operation.name();
        let before = scene.stored().await;
        for (query, place) in [
            ("nonsense=1", "query:nonsense"),
            ("nonsense", "query:nonsense"),
            ("=1", "query:"),
            ("Limit=1", "query:Limit"),
            ("limit%00=1", "query:limit\0"),
            ("a%5Bb%5D=1", "query:a[b]"),
            ("%3Cscript%3E=c4n4ry", "query:<script>"),
            ("%FF=1", "query:\u{fffd}"),
            ("nonsense=1&nonsense=2", "query:nonsense"),
            ("nonsense=1&%6Eonsense=1", "query:nonsense"),
            ("access_token=c4n4ry", "query:access_token"),
            ("_method=DELETE", "query:_method"),
            ("X-Tenant-ID=c4n4ry", "query:X-Tenant-ID"),
        ] {
            let call = with_query(scene.good(&operation), query);
            let expected = Expected::At(place.to_owned());
            scene
                .try_call(&format!("{name}: {query}"), call, &expected)
                .await;
        }
        let long = format!("{}=1", "n".repeat(6_000));
        let many: Vec<String> = (0..600).map(|number| format!("p{number}=c4n4ry")).collect();
        for query in [long, many.join("&")] {
            let call = with_query(scene.good(&operation), &query);
            let expected = Expected::Under("query:".to_owned());
            scene
                .try_call(&format!("{name}: much"), call, &expected)
                .await;
        }
        for known in &operation.query {
            let call = with_query(scene.good(&operation), &format!("{known}=1&{known}=2"));
            let expected = Expected::At(format!("query:{known}"));
            scene
                .try_call(&format!("{name}: {known} twice"), call, &expected)
                .await;
        }
        stores::assert_same(&before, &scene.stored().await, &name);
    }
    problems::assert_quiet();
}

/// Threat D15: every list has pages, and a page has its limit.
#[tokio::test]
async fn a_page_of_a_list_is_never_longer_than_its_limit() {
    let scene = Scene::new(231);
    let mut lists = 0;
    for operation in operations::all() {
        let name = operation.name();
        if operation.method == Method::GET && !operation.is_open {
            let answer = scene.send(request(API, scene.good(&operation))).await;
            let is_list = answer.json()["items"].is_array();
            assert_eq!(
                is_list,
                operation.is_list(),
                "{name}: whatever has items has pages"
            );
        }
        if !operation.is_list() {
            continue;
        }
        lists += 1;
        for limit in LIMITS {
            let call = with_query(scene.good(&operation), &format!("limit={limit}"));
            let expected = Expected::At("query:limit".to_owned());
            scene
                .try_call(&format!("{name}: limit={limit}"), call, &expected)
                .await;
        }
        for (limit, items_max) in [("1", 1), ("2", 2), ("100", 100)] {
            let call = with_query(scene.good(&operation), &format!("limit={limit}"));
            let why = format!("{name}: {limit}");
            let answer = scene.try_call(&why, call, &Expected::Free).await;
            assert_eq!(answer.status, 200, "{why}");
            assert!(
                answer.json()["items"].as_array().unwrap().len() <= items_max,
                "{why}"
            );
        }
        let others = operation.query.iter();
        for other in
            others.filter(|it| !["limit", "cursor", "q", "resourceId"].contains(&it.as_str()))
        {
            for value in ["nonsense", "", "%00", "c4n4ry%FF", "null"] {
                let call = with_query(scene.good(&operation), &format!("{other}={value}"));
                let expected = Expected::At(format!("query:{other}"));
                scene
                    .try_call(&format!("{name}: {other}={value}"), call, &expected)
                    .await;
            }
        }
    }
    assert!(lists >= 6, "{lists} lists");
    problems::assert_quiet();
}

/// Returns the request for a list, of which the page has one item.
fn of_one(scene: &Scene, operation: &Operation) -> Call {
    with_query(scene.bare(operation), "limit=1")
}

async fn cursor_of(scene: &Scene, operation: &Operation) -> String {
    let answer = scene.send(request(API, of_one(scene, operation))).await;
    answer.at("/nextCursor").unwrap()
}

/// Returns a cursor, altered in every way that somebody may think of, at every `step`th of its bytes.
fn altered(cursor: &str, step: usize) -> Vec<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap();
    let mut all: Vec<String> = CURSORS.map(str::to_owned).to_vec();
    for place in (0..bytes.len()).step_by(step) {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << (place % 8);
        all.push(URL_SAFE_NO_PAD.encode(flipped));
        all.push(URL_SAFE_NO_PAD.encode(&bytes[..place]));
    }
    all.push(URL_SAFE_NO_PAD.encode([&bytes[..], b"x"].concat()));
    all.push(format!("{cursor}%3D"));
    all.push(format!("{cursor}%20"));
    all.push(format!("%0A{cursor}"));
    all.push(format!("{cursor}{cursor}"));
    all.push(cursor.to_uppercase());
    all.push("A".repeat(1_100));
    all.push(
        STANDARD
            .encode([0xfb; 60])
            .replace('+', "%2B")
            .replace('/', "%2F"),
    );
    all
}

/// Threat A8: a cursor that was altered opens nothing.
#[tokio::test]
async fn a_cursor_that_was_altered_opens_nothing() {
    let scene = Scene::new(232);
    let expected = Expected::refused(400, "invalid_cursor");
    let mut tried = 0;
    for (number, operation) in operations::all().iter().enumerate() {
        if !operation.is_list() {
            continue;
        }
        // One of them is tried bit by bit; all are sealed alike.
        let step = if tried == 0 { 1 } else { 7 + number % 5 };
        let cursor = cursor_of(&scene, operation).await;
        for altered in altered(&cursor, step) {
            let call = with_query(of_one(&scene, operation), &format!("cursor={altered}"));
            let why = format!("{}: {altered}", operation.name());
            scene.try_call(&why, call, &expected).await;
            tried += 1;
        }
    }
    assert!(tried >= 300, "{tried} cursors");
    problems::assert_quiet();
}

/// Returns the requests for all lists of a tenant, each with the place that its cursors are for:
/// of both of its websites, and by both of the paths that mean the same.
fn lists_of(side: &Side) -> Vec<(String, Call)> {
    let mut lists = Vec::new();
    for website in [&side.website, &side.second] {
        for operation in operations::all() {
            if !operation.is_list() || operation.is_operators() {
                continue;
            }
            let path = operation.path.replace("{website}", website);
            let path = path.replace("{a}", &side.releases[0]);
            let path = path.replace("{b}", &side.releases[1]);
            let path = path.replace("{key}", &side.key);
            let place = format!("{} {}", side.settled.tenant, same(&path));
            let is_elsewhere = path.contains("/diff/") && *website == side.second;
            if !is_elsewhere && !lists.iter().any(|(_, it): &(_, Call)| it.path == path) {
                let call = Call::get(path).bearer(&side.settled.tokens.access);
                lists.push((place, call));
            }
        }
    }
    lists
}

/// Returns the path that an alias stands for, or the path itself.
fn same(path: &str) -> String {
    let path = path.replace("/content/", "/");
    path.replace("/api/v1/users", "/api/v1/tenant/users")
}

/// Threat A8: a cursor is for one tenant, one list and one filter, and opens no other.
#[tokio::test]
async fn a_cursor_opens_only_the_list_it_came_from() {
    let scene = Scene::new(233);
    let admin = |query: &str| {
        let path = format!("/api/v1/admin/tenants{query}");
        let place = format!("operator {query}");
        (place, Call::get(path).bearer(&scene.operator))
    };
    let mut lists = [lists_of(&scene.acme), lists_of(&scene.other)].concat();
    lists.extend(["", "?tier=Enterprise", "?status=Active", "?q="].map(admin));
    let mut cursors = Vec::new();
    for (place, call) in &lists {
        let call = with_query(call.clone(), "limit=1");
        let page = scene.try_call(place, call, &Expected::Free).await;
        cursors.push((place.clone(), page.at("/nextCursor").unwrap()));
    }
    let (mut swapped, mut own) = (0, 0);
    for (place, call) in &lists {
        for (from, cursor) in &cursors {
            let call = with_query(call.clone(), &format!("cursor={cursor}"));
            let why = format!("the cursor of {from} at {place}");
            if from == place {
                let page = scene.try_call(&why, call, &Expected::Free).await;
                assert_eq!(page.status, 200, "{why}");
                own += 1;
            } else {
                let expected = Expected::refused(400, "invalid_cursor");
                scene.try_call(&why, call, &expected).await;
                swapped += 1;
            }
        }
    }
    assert!(
        swapped >= 200 && own > lists.len(),
        "{swapped} swapped, {own} own"
    );
    expire(&scene, &lists, &cursors).await;
    problems::assert_quiet();
}

/// After a day no cursor is good; until then it is.
async fn expire(scene: &Scene, lists: &[(String, Call)], cursors: &[(String, String)]) {
    scene
        .world
        .clock
        .advance(SignedDuration::from_secs(CURSOR_LIFE_S));
    let owner = &scene.acme.settled.owner;
    for (second, expected) in [
        (0, Expected::Free),
        (1, Expected::refused(400, "invalid_cursor")),
    ] {
        scene.world.clock.advance(SignedDuration::from_secs(second));
        let (client, tenant) = (scene.world.client(), &scene.acme.settled.tenant);
        let tokens = sign_in_to(&client, owner, tenant).await.unwrap();
        for ((place, call), (_, cursor)) in lists.iter().zip(cursors) {
            if !place.starts_with(&scene.acme.settled.tenant) {
                continue;
            }
            let call = Call::get(&call.path).bearer(&tokens.access);
            let call = with_query(call, &format!("cursor={cursor}"));
            let answer = scene.send(request(API, call)).await;
            judge(place, &answer, &expected);
            assert_eq!(answer.status == 200, second == 0, "{place}");
        }
    }
}
