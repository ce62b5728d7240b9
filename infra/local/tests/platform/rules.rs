//! Rules: an event of the bus reaches every function whose pattern it matches, and no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use local::platform::Start;
use runtime::FunctionError;
use serde_json::{Value, json};

use super::parts;
use super::support::{Heard, Options, Scene, function, noting};

/// The template: a bus, and two functions that each want some of its events.
fn bus() -> String {
    let wants = |pattern: &str| {
        let properties = format!("EventBusName: !Ref EventBus, Pattern: {pattern}");
        parts::event("EventBridgeRule", &properties)
    };
    let invited =
        wants("{ detail-type: [person.invited, person.left], detail: { tenantId: [one] } }");
    let lost = "DeadLetterQueue: { Type: SQS, TargetArn: !GetAtt LostQueue.Arn }";
    [
        parts::resource(
            "EventBus",
            "AWS::Events::EventBus",
            "Name: hotswap-EventBus",
        ),
        parts::queue("LostQueue", ""),
        parts::function("Mail", &format!("{lost}, {invited}")),
        parts::function("Costs", &wants("{ source: [hotswap] }")),
    ]
    .concat()
}

async fn put_event(scene: &Scene, kind: &str, tenant: &str) {
    let entry = aws_sdk_eventbridge::types::PutEventsRequestEntry::builder()
        .event_bus_name("hotswap-EventBus")
        .source("hotswap")
        .detail_type(kind)
        .detail(json!({ "tenantId": tenant }).to_string())
        .build();
    let put = aws_sdk_eventbridge::Client::new(&scene.sdk())
        .put_events()
        .entries(entry)
        .send();
    assert_eq!(put.await.unwrap().failed_entry_count(), 0);
}

/// Returns the kind and the tenant of each event heard.
fn kinds(heard: &Heard) -> Vec<String> {
    let events = heard.take();
    let told = events.iter().map(|event| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let tenant = text(&event["detail"]["tenantId"]);
        format!("{} {tenant}", text(&event["detail-type"]))
    });
    told.collect()
}

#[tokio::test]
async fn an_event_reaches_every_function_whose_pattern_it_matches() {
    let (mail, costs) = (Heard::default(), Heard::default());
    let functions = [
        ("mail", noting(&mail, |_| Value::Null)),
        ("costs", noting(&costs, |_| Value::Null)),
    ];
    let scene = Scene::new(&bus(), &functions).await;
    for (kind, tenant) in [
        ("person.invited", "one"),
        ("person.invited", "two"),
        ("page.published", "one"),
        ("person.left", "one"),
    ] {
        put_event(&scene, kind, tenant).await;
    }
    scene.settle().await;
    assert_eq!(kinds(&mail), ["person.invited one", "person.left one"]);
    assert_eq!(kinds(&costs).len(), 4);
    scene.settle().await;
    assert_eq!(mail.count() + costs.count(), 0, "each comes once");
}

#[tokio::test]
async fn an_event_is_as_the_bus_makes_it() {
    let costs = Heard::default();
    let functions = [
        ("mail", noting(&Heard::default(), |_| Value::Null)),
        ("costs", noting(&costs, |_| Value::Null)),
    ];
    let scene = Scene::new(&bus(), &functions).await;
    put_event(&scene, "person.invited", "one").await;
    scene.settle().await;
    let mut event = costs.take().remove(0);
    assert!(event["id"].take().is_string());
    let expected = json!({
        "version": "0",
        "id": null,
        "detail-type": "person.invited",
        "source": "hotswap",
        "account": "000000000000",
        "time": "2026-11-21T08:00:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": { "tenantId": "one" },
    });
    assert_eq!(event, expected);
}

/// A function that fails until `works`.
fn failing(heard: &Heard, works: &Arc<AtomicBool>) -> Start {
    let (heard, works) = (heard.clone(), Arc::clone(works));
    function(move |_, event| {
        heard.note(&event);
        let works = works.load(Ordering::SeqCst);
        async move {
            works
                .then_some(Value::Null)
                .ok_or_else(|| FunctionError::new("Broken", "it is broken".to_owned()))
        }
    })
}

#[tokio::test]
async fn an_event_that_its_function_fails_on_comes_twice_again_and_is_put_aside() {
    let (mail, costs, works) = (Heard::default(), Heard::default(), Arc::default());
    let functions = [
        ("mail", failing(&mail, &works)),
        ("costs", noting(&costs, |_| Value::Null)),
    ];
    let scene = Scene::new(&bus(), &functions).await;
    put_event(&scene, "person.invited", "one").await;
    scene.settle().await;
    put_event(&scene, "person.left", "one").await;
    scene.settle().await;
    assert_eq!(kinds(&mail), ["person.invited one"]);
    assert_eq!(kinds(&costs).len(), 2, "others do not wait");
    scene.advance(59).await;
    assert_eq!(mail.count(), 0);
    scene.advance(1).await;
    assert_eq!(kinds(&mail), ["person.invited one"]);
    scene.advance(119).await;
    assert_eq!(mail.count(), 0);
    assert_eq!(scene.left("LostQueue").await.len(), 0);
    scene.advance(1).await;
    assert_eq!(kinds(&mail), ["person.invited one", "person.left one"]);
    let letters = scene.left("LostQueue").await;
    assert_eq!(letters.len(), 1);
    let letter: Value = serde_json::from_str(&letters[0]).unwrap();
    assert_eq!(letter["detail-type"], "person.invited");

    works.store(true, Ordering::SeqCst);
    scene.advance(60).await;
    assert_eq!(kinds(&mail), ["person.left one"]);
    assert_eq!(scene.left("LostQueue").await.len(), 1);
}

#[tokio::test]
async fn a_rule_goes_on_where_it_was_when_the_platform_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let heard = Heard::default();
    let functions = [
        ("mail", noting(&heard, |_| Value::Null)),
        ("costs", noting(&Heard::default(), |_| Value::Null)),
    ];
    let scene = Scene::with(&bus(), &functions, Options::folder(folder.path())).await;
    put_event(&scene, "person.invited", "one").await;
    scene.settle().await;
    put_event(&scene, "person.left", "one").await;
    drop(scene);
    heard.take();
    let scene = Scene::with(&bus(), &functions, Options::folder(folder.path())).await;
    scene.settle().await;
    assert_eq!(kinds(&heard), ["person.left one"]);
}
