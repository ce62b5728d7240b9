//! What the routes of websites and their themes cost.

use serde_json::json;
use tenancy::Role;
use tests::client::Call;
use tests::walkthrough::{Owner, register, sign_in_to};

use crate::file::hold_routes;
use crate::ledger::Ledger;
use crate::releases;
use crate::scene::Scene;

const WEBSITES: &str = "/api/v1/websites";
const WEBSITE: &str = "/api/v1/websites/{website}";

async fn websites(scene: &Scene, ledger: &mut Ledger) {
    let world = &scene.world;
    let create = async || scene.new_website();
    let what = format!("POST {WEBSITES}");
    ledger.repeatable(world, &what, create).await;
    let list = async || scene.by_owner(Call::get(WEBSITES));
    ledger.route(world, &format!("GET {WEBSITES}"), list).await;
    let get = async || scene.by_owner(Call::get(&scene.acme.website));
    ledger.route(world, &format!("GET {WEBSITE}"), get).await;
    let what = format!("PUT {WEBSITE}");
    let change = async |body| {
        let put = Call::put(&scene.acme.website, &body);
        scene.at_version(put).await
    };
    let rename = async || change(json!({ "name": scene.name() })).await;
    ledger.route(world, &what, rename).await;
    let configure = async || {
        let name = scene.name();
        let configuration = json!({ "description": name });
        change(json!({ "name": name, "configuration": configuration })).await
    };
    let configured = format!("{what}, what visitors see");
    ledger.route(world, &configured, configure).await;
    let close = async || {
        let website = scene.make_website().await;
        let body = json!({ "name": "closed", "status": "Maintenance" });
        scene.at_version(Call::put(website, &body)).await
    };
    let closed = format!("{what}, its status");
    ledger.route(world, &closed, close).await;
    let delete = async || {
        let website = scene.make_website().await;
        scene.at_version(Call::delete(website)).await
    };
    let what = format!("DELETE {WEBSITE}");
    ledger.route(world, &what, delete).await;
}

/// What somebody lists who has a role on one website alone.
async fn own_websites(scene: &Scene, ledger: &mut Ledger) {
    let (world, tenant) = (&scene.world, &scene.acme.tenant);
    let client = world.client();
    let editor = Owner::named("editor");
    register(&client, &editor).await.unwrap();
    let person = world.join(tenant, &editor.email, Role::Member).await;
    let place = format!("/api/v1/tenant/users/{}", person.unwrap());
    let website = scene.acme.website.rsplit('/').next();
    let roles = json!({
        "role": "member",
        "state": "active",
        "websites": [{ "websiteId": website, "role": "contentEditor" }],
    });
    scene
        .done(scene.at_version(Call::put(place, &roles)).await)
        .await;
    let token = sign_in_to(&client, &editor, tenant).await.unwrap().access;
    let list = async || Call::get(WEBSITES).bearer(&token);
    let what = format!("GET {WEBSITES}, with a role on one");
    ledger.route(world, &what, list).await;
}

async fn themes(scene: &Scene, ledger: &mut Ledger) {
    let world = &scene.world;
    let theme = scene.at("/theme");
    let get = async || scene.by_owner(Call::get(&theme));
    ledger
        .route(world, &format!("GET {WEBSITE}/theme"), get)
        .await;
    let swap = async || {
        let now = scene.done(scene.by_owner(Call::get(&theme))).await;
        let other = match &*now.at("/themeId").unwrap() {
            "journal" => "atlas",
            _ => "journal",
        };
        let body = json!({ "themeId": other, "settings": {} });
        scene.at_version(Call::put(&theme, &body)).await
    };
    // Both themes are among the website's objects before either is counted.
    scene.done(swap().await).await;
    scene.done(swap().await).await;
    let what = format!("PUT {WEBSITE}/theme");
    ledger.route(world, &what, swap).await;
}

/// Threat D15: every route has its ceilings, and one more call, unit or action fails.
#[tokio::test]
async fn websites_cost_what_is_written_down() {
    let scene = Scene::new().await;
    let mut ledger = Ledger::of("websites");
    ledger.start(&scene.world).await;
    websites(&scene, &mut ledger).await;
    themes(&scene, &mut ledger).await;
    releases::measure(&scene, &mut ledger).await;
    own_websites(&scene, &mut ledger).await;
    hold_routes("websites", &ledger.lines, websites::routes().docs());
}
