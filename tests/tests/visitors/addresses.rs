//! Where a website is: it answers at both of its hosts, and names the canonical one.

use std::sync::Arc;

use http::{Method, StatusCode};
use local::functions::registry;
use local::platform::{InvokeError, Registry, Start};
use serde_json::json;
use tests::client::Call;
use tests::world::World;

use crate::world::{HOST, Scene, WILDCARD_HOST, event};

/// Returns the functions, as they are where addresses are written in another way.
fn functions_with(addresses: &'static str) -> Registry {
    let functions = registry().into_iter().map(|(name, start)| {
        let start: Start = Arc::new(move |mut environment| {
            let name = "SITE_ORIGIN_TEMPLATE".to_owned();
            environment.variables.insert(name, addresses.to_owned());
            start(environment)
        });
        (name, start)
    });
    functions.collect()
}

#[tokio::test]
async fn a_website_answers_at_both_hosts_and_names_the_canonical_one() {
    for (template, origin, hosts) in [
        (
            "http://{site}.{tenant}.localhost:3000",
            "http://docs.acme.localhost:3000",
            [HOST, WILDCARD_HOST],
        ),
        (
            "https://{site}--{tenant}.localhost",
            "https://docs--acme.localhost",
            [WILDCARD_HOST, HOST],
        ),
    ] {
        let world = World::of(53, functions_with(template)).await.unwrap();
        let scene = Scene::of("acme", &world).await;
        scene.publish("about", "About").await;

        let website = scene.call(Call::get(&scene.website), StatusCode::OK).await;
        assert_eq!(website.at("/url").unwrap(), format!("{origin}/"));
        assert_eq!(website.json()["hosts"], json!(hosts));
        let list = scene
            .call(Call::get("/api/v1/websites"), StatusCode::OK)
            .await;
        assert_eq!(list.json()["items"][0]["hosts"], json!(hosts));

        let release = scene.live_release().await;
        let path = format!("{}/releases/{release}/preview", scene.website);
        let preview = Call::new(Method::POST, path);
        let preview = scene.call(preview, StatusCode::CREATED).await;
        let url = preview.at("/url").unwrap();
        let preview = url.strip_prefix(origin).unwrap();
        assert!(preview.starts_with("/_preview/"), "{url}");

        for host in hosts {
            let read = async |path: &str| {
                let answer = scene.ask(event(host, path)).await;
                assert_eq!(answer.status, StatusCode::OK, "{host}{path}");
                answer.text()
            };
            let page = read("/about").await;
            for named in [
                format!("<link rel=\"canonical\" href=\"{origin}/about\">"),
                format!("<meta property=\"og:url\" content=\"{origin}/about\">"),
            ] {
                assert!(page.contains(&named), "{named} in {page}");
            }
            assert!(!page.contains(hosts[1]), "{page}");
            let robots = read("/robots.txt").await;
            let line = format!("Sitemap: {origin}/sitemap.xml\n");
            assert!(robots.ends_with(&line), "{robots}");
            let sitemap = read("/sitemap.xml").await;
            let line = format!("<loc>{origin}/about</loc>");
            assert!(sitemap.contains(&line), "{sitemap}");
            read(&format!("{preview}about")).await;
        }
    }
}

#[tokio::test]
async fn a_function_that_cannot_tell_where_websites_are_does_not_start() {
    let functions = functions_with("https://{host}");
    let world = World::of(54, functions).await.unwrap();
    for function in ["delivery", "provisioning", "websites"] {
        let refused = world.platform.invoke(function, json!({})).await;
        let Err(InvokeError::NotStarted(_, why)) = refused else {
            panic!("{function} started: {refused:?}");
        };
        for part in ["SITE_ORIGIN_TEMPLATE", "{site}--{tenant}."] {
            assert!(why.contains(part), "{why}");
        }
    }
}
