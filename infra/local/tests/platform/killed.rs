//! A platform that is killed under load: everything that it acknowledged is there, and is dealt
//! with by the next one.

use std::collections::BTreeSet;

use http::StatusCode;
use local::platform::Start;
use runtime::FunctionError;
use serde_json::{Value, json};

use super::parts;
use super::support::{Options, Scene, TABLE, body, function, key, put, request, texts};
use crate::kill::{self, Killed};

/// The template: an API that asks for jobs, who does them, and who follows what was asked for.
fn works() -> String {
    let api = "Environment: { Variables: { QUEUE_URL: !Ref JobsQueue } }, \
        Events: { Jobs: { Type: HttpApi, Properties: { Method: POST, Path: '/jobs/{job}' } } }";
    let asked = r#"{"dynamodb":{"NewImage":{"entity":{"S":["asked"]}}}}"#;
    let filters = format!("FilterCriteria: {{ Filters: [{{ Pattern: '{asked}' }}] }}");
    [
        parts::queue("JobsQueue", "VisibilityTimeout: 30"),
        parts::function("Api", api),
        parts::worker("Worker", "JobsQueue", parts::REPORTS_FAILURES),
        parts::follower("Follower", &filters),
    ]
    .concat()
}

/// Requests under way at once.
const CLIENTS: u32 = 4;

/// Requests that are acknowledged before the platform is killed.
const ACKNOWLEDGED: usize = 150;

/// The functions: one notes that a job was asked for and sends it, one does it, one follows.
fn functions() -> [(&'static str, Start); 3] {
    let api = function(|environment, event| async move {
        let job = event["pathParameters"]["job"].as_str().unwrap().to_owned();
        put(&environment.sdk, &format!("asked {job}"), "asked").await?;
        let queue = aws_sdk_sqs::Client::new(&environment.sdk)
            .send_message()
            .queue_url(&environment.variables["QUEUE_URL"])
            .message_body(job);
        match queue.send().await {
            Ok(_) => Ok(json!({ "statusCode": 202 })),
            Err(error) => Err(FunctionError::new("NotSent", format!("{error:?}"))),
        }
    });
    let worker = function(|environment, batch| async move {
        for job in texts(&batch, body) {
            put(&environment.sdk, &format!("done {job}"), "done").await?;
        }
        Ok(Value::Null)
    });
    let follower = function(|environment, batch| async move {
        for asked in texts(&batch, key) {
            put(&environment.sdk, &format!("followed {asked}"), "followed").await?;
        }
        Ok(Value::Null)
    });
    [("api", api), ("worker", worker), ("follower", follower)]
}

/// What the process does that the next test kills; nothing in any other process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn works_until_killed() {
    let Some(folder) = kill::state() else {
        return;
    };
    let options = Options {
        is_real: true,
        ..Options::folder(&folder)
    };
    let scene = Scene::with(&works(), &functions(), options).await;
    let clients = (0..CLIENTS).map(|client| asks(&scene, client));
    tokio::select! {
        _ = futures_util::future::join_all(clients) => {}
        ended = scene.platform.conduct() => ended.unwrap(),
    }
}

async fn asks(scene: &Scene, client: u32) {
    for number in 0_u32.. {
        let job = format!("{client}-{number}");
        let answer = scene.http(request("POST", "localhost", &format!("/jobs/{job}")));
        assert_eq!(answer.await.status(), StatusCode::ACCEPTED);
        kill::acknowledge(&job);
    }
}

#[tokio::test]
async fn a_killed_platform_loses_nothing_that_it_acknowledged() {
    let killed = Killed::after(ACKNOWLEDGED, "killed::works_until_killed");
    let options = Options::folder(&killed.state());
    let scene = Scene::with(&works(), &functions(), options).await;
    let there = items(&scene).await;
    for job in &killed.acknowledged {
        assert!(there.contains(&format!("asked {job}")), "{job} is lost");
    }
    // What was under way is hidden for 30 seconds.
    scene.advance(60).await;
    let there = items(&scene).await;
    for job in &killed.acknowledged {
        assert!(there.contains(&format!("done {job}")), "{job} is not done");
        let followed = format!("followed asked {job}");
        assert!(there.contains(&followed), "{job} is not followed");
    }
    assert_eq!(scene.left("JobsQueue").await, Vec::<String>::new());
}

/// Returns the sort keys of all items.
async fn items(scene: &Scene) -> BTreeSet<String> {
    use aws_sdk_dynamodb::types::AttributeValue;
    let client = aws_sdk_dynamodb::Client::new(&scene.sdk());
    let mut pages = client
        .query()
        .table_name(TABLE)
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", AttributeValue::S("all".to_owned()))
        .into_paginator()
        .items()
        .send();
    let mut keys = BTreeSet::new();
    while let Some(item) = pages.next().await {
        keys.insert(item.unwrap()["sk"].as_s().unwrap().clone());
    }
    keys
}
