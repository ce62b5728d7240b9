//! What the routes of pages cost.

use tests::client::Call;

use crate::file::{Line, hold_routes};
use crate::ledger::Ledger;
use crate::scene::{Scene, draft};

const PAGES: &str = "/api/v1/websites/{website}/pages";
const PAGE: &str = "/api/v1/websites/{website}/pages/{page}";

/// Entries of a list that is asked for at its largest, and a few more.
const LISTED: usize = 105;

/// Measures the routes by one of their two spellings.
async fn measured(pages: &str) -> Vec<Line> {
    let scene = Scene::new().await;
    let world = &scene.world;
    let mut ledger = Ledger::of("content");
    ledger.start(world).await;
    let what = format!("POST {PAGES}");
    let create = async || scene.new_page(pages);
    ledger.repeatable(world, &what, create).await;
    let list = async || scene.by_owner(Call::get(scene.at(pages)));
    ledger.route(world, &format!("GET {PAGES}"), list).await;
    let page = scene.make(pages).await;
    let get = async || scene.by_owner(Call::get(&page));
    ledger.route(world, &format!("GET {PAGE}"), get).await;
    let update = async || {
        let body = draft(&scene.name());
        scene.at_version(Call::put(&page, &body)).await
    };
    ledger.route(world, &format!("PUT {PAGE}"), update).await;
    let delete = async || {
        let page = scene.make(pages).await;
        scene.at_version(Call::delete(page)).await
    };
    ledger.route(world, &format!("DELETE {PAGE}"), delete).await;
    let delete = async || {
        let page = scene.make(pages).await;
        scene.publish(&page).await;
        scene.at_version(Call::delete(page)).await
    };
    let what = format!("DELETE {PAGE}, a live one");
    ledger.route(world, &what, delete).await;
    publish(&scene, &mut ledger, pages).await;
    ledger.lines
}

/// Publication and its opposite.
async fn publish(scene: &Scene, ledger: &mut Ledger, pages: &str) {
    let world = &scene.world;
    let what = format!("POST {PAGE}/publish");
    let new = async || {
        let page = scene.make(pages).await;
        scene.act(&format!("{page}/publish"))
    };
    ledger.repeatable(world, &what, new).await;
    let page = scene.make(pages).await;
    scene.publish(&page).await;
    let same = async || scene.act(&format!("{page}/publish"));
    let nothing = format!("{what}, nothing new");
    ledger.repeatable(world, &nothing, same).await;
    let changed = async || {
        let path = page.clone();
        let body = draft(&scene.name());
        let put = scene.at_version(Call::put(path, &body)).await;
        scene.done(put).await;
        scene.act(&format!("{page}/publish"))
    };
    let moved = format!("{what}, to another path");
    ledger.route(world, &moved, changed).await;
    let what = format!("POST {PAGE}/unpublish");
    let live = async || {
        let page = scene.make(pages).await;
        scene.publish(&page).await;
        scene.act(&format!("{page}/unpublish"))
    };
    ledger.repeatable(world, &what, live).await;
    let page = scene.make(pages).await;
    let draft = async || scene.act(&format!("{page}/unpublish"));
    let nothing = format!("{what}, nothing live");
    ledger.route(world, &nothing, draft).await;
}

/// Pages that are no objects of the table, websites of many pages, and lists at their largest.
async fn measure_large() -> Vec<Line> {
    let scene = Scene::new().await;
    let world = &scene.world;
    let mut ledger = Ledger::of("content");
    let large = async || {
        let page = scene.make_large(&scene.name()).await;
        scene.act(&format!("{page}/publish"))
    };
    let what = format!("POST {PAGE}/publish, a large one");
    ledger.route(world, &what, large).await;
    let page = scene.make_large("large").await;
    let get = async || scene.by_owner(Call::get(&page));
    let what = format!("GET {PAGE}, a large one");
    ledger.route(world, &what, get).await;
    for _ in 0..LISTED {
        scene.make("/pages").await;
    }
    scene.fill().await;
    let list = async || scene.by_owner(Call::get(scene.at("/pages?limit=100")));
    let what = format!("GET {PAGES}, 100 of them");
    ledger.route(world, &what, list).await;
    let publish = async || {
        let page = scene.make("/pages").await;
        scene.act(&format!("{page}/publish"))
    };
    let what = format!("POST {PAGE}/publish, among 1,000");
    ledger.route(world, &what, publish).await;
    ledger.lines
}

/// Threat D15: every route has its ceilings, and one more call, unit or action fails.
#[tokio::test]
async fn pages_cost_what_is_written_down() {
    let mut lines = measured("/pages").await;
    // An alias is another spelling, and costs the same.
    assert_eq!(measured("/content/pages").await, lines);
    lines.extend(measure_large().await);
    hold_routes("content", &lines, content::routes().docs());
}
