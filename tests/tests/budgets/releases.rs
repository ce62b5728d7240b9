//! What the routes of releases cost.

use tests::client::Call;

use crate::ledger::Ledger;
use crate::scene::Scene;

const RELEASES: &str = "/api/v1/websites/{website}/releases";
const RELEASE: &str = "/api/v1/websites/{website}/releases/{release}";

/// Measures the routes over a small website, and what depends on its size over a large one.
pub(crate) async fn measure(scene: &Scene, ledger: &mut Ledger) {
    for slug in ["one", "two"] {
        scene.publish_new(slug).await;
    }
    small(scene, ledger).await;
    let [newest, before, ..] = &*scene.releases().await else {
        panic!("there are releases");
    };
    scene.fill().await;
    let many = &scene.releases().await[0];
    let world = &scene.world;
    let activate = activation(scene, [newest, many]);
    let what = format!("POST {RELEASE}/activate, among 1,000");
    ledger.route(world, &what, activate).await;
    let diff = async || {
        let path = scene.at(&format!("/releases/{before}/diff/{many}"));
        scene.by_owner(Call::get(path))
    };
    let what = format!("GET {RELEASES}/{{a}}/diff/{{b}}, of 1,000");
    ledger.route(world, &what, diff).await;
}

/// Returns what activates the one of two releases that is not live.
fn activation(scene: &Scene, [one, other]: [&str; 2]) -> impl AsyncFn() -> Call {
    async move || {
        let path = scene.at(&format!("/releases/{one}"));
        let read = scene.done(scene.by_owner(Call::get(path))).await;
        let next = if read.json()["isLive"] == true {
            other
        } else {
            one
        };
        scene.act(&scene.at(&format!("/releases/{next}/activate")))
    }
}

async fn small(scene: &Scene, ledger: &mut Ledger) {
    let world = &scene.world;
    let list = async || scene.by_owner(Call::get(scene.at("/releases")));
    ledger.route(world, &format!("GET {RELEASES}"), list).await;
    let [newest, before, ..] = &*scene.releases().await else {
        panic!("there are releases");
    };
    let get = async || scene.by_owner(Call::get(scene.at(&format!("/releases/{newest}"))));
    ledger.route(world, &format!("GET {RELEASE}"), get).await;
    let what = format!("POST {RELEASE}/activate");
    let activate = activation(scene, [newest, before]);
    ledger.repeatable(world, &what, activate).await;
    let preview = async || scene.act(&scene.at(&format!("/releases/{before}/preview")));
    let what = format!("POST {RELEASE}/preview");
    ledger.route(world, &what, preview).await;
    let diff = async || {
        let path = scene.at(&format!("/releases/{before}/diff/{newest}"));
        scene.by_owner(Call::get(path))
    };
    let what = format!("GET {RELEASES}/{{a}}/diff/{{b}}");
    ledger.route(world, &what, diff).await;
}
