//! Many who write at once: every change has its entry, each follows the one before it, and nobody waits for others who
//! change something else.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::client::Call;

use super::{SEALED_S, Scene};

const WRITERS: usize = 64;

/// How often all of them change the same thing.
const ROUNDS: usize = 3;

/// Threat E2: whoever writes at the same moment as others finds the chain one entry longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_at_once_fork_no_chain_and_do_not_wait_for_each_other() {
    let scene = Scene::new(705).await;
    let operator = scene.world.operator().await.unwrap();
    let tier = format!("/api/v1/admin/tenants/{}/tier", scene.acme.tenant);
    let tier = Call::put(tier, &json!({ "tier": "Enterprise" })).bearer(&operator);
    assert_eq!(scene.call(tier).await.status, 200);
    // The tier is known everywhere.
    scene.world.advance(61).await.unwrap();
    let token = scene.token().await;
    let pages = format!("{}/pages", scene.acme.website);
    let mut made = Vec::new();
    let draft = |number: usize, title: String| {
        json!({
            "title": title,
            "slug": format!("page-{number}"),
            "content": { "format": "markdown", "value": "Text." },
        })
    };
    for number in 0..WRITERS {
        let page = draft(number, "Page".to_owned());
        let answer = scene.call(Call::post(&pages, &page).bearer(&token)).await;
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        made.push((format!("{pages}/{id}"), answer.header("etag").to_owned()));
    }
    let write = |page: &str, etag: &str, body: &Value| {
        scene.call(Call::put(page, body).bearer(&token).if_match(etag))
    };
    // Each writes something else: nobody is refused, and one transaction is enough for each.
    let history = scene.world.platform.history();
    let mark = history.mark();
    let writes = made.iter().enumerate();
    let writes = writes
        .map(|(number, (page, etag))| write(page, etag, &draft(number, format!("By {number}"))));
    for answer in join_all(writes).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let calls = history.since(mark).into_iter();
    let transactions =
        calls.filter(|call| call.function == "content" && call.operation == "TransactWriteItems");
    assert_eq!(transactions.count(), WRITERS);
    // All write the same: one of them does, each time.
    let (page, _) = &made[0];
    for round in 0..ROUNDS {
        let read = scene.call(Call::get(page).bearer(&token)).await;
        let etag = read.header("etag");
        let writes =
            (0..WRITERS).map(|number| write(page, etag, &draft(0, format!("{round}.{number}"))));
        let answers = join_all(writes).await;
        let written = answers.iter().filter(|answer| answer.status == 200).count();
        let refused = answers.iter().filter(|answer| answer.status == 412).count();
        assert_eq!((written, refused), (1, WRITERS - 1), "{answers:?}");
    }
    let id = page.rsplit('/').next().unwrap();
    let of_page = |item: &&super::Item| {
        let resource = item.get("resource").and_then(|it| it.as_s().ok());
        resource.is_some_and(|resource| resource.contains(id))
    };
    let entries = scene.entries().await;
    let mut versions: Vec<u64> = entries
        .iter()
        .filter(of_page)
        .map(|item| item["subjectVersion"].as_n().unwrap().parse().unwrap())
        .collect();
    versions.sort_unstable();
    let expected: Vec<u64> = (1..).take(2 + ROUNDS).collect();
    assert_eq!(versions, expected);
    scene.verify().await.assert_intact();
    scene.world.advance(SEALED_S).await.unwrap();
    scene.verify().await.assert_intact();
}
