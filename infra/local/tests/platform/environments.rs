//! Environments: how many there are, who is sent to which, and what becomes of one that dies.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use kernel::{Clock, ManualClock, SeededEntropy};
use local::fault::{NoFaults, Stop, StopAt};
use local::history::{Outcome, Service};
use local::platform::{InvokeError, Start, Time};
use runtime::{Function, StartError};
use serde_json::{Value, json};

use super::parts;
use super::support::{Heard, Options, Scene, TABLE, body, counted, function, put, texts};

/// The template: a function that nothing invokes by itself.
fn template() -> String {
    parts::function("Plain", "")
}

async fn plain(start: Start) -> Scene {
    Scene::new(&template(), &[("plain", start)]).await
}

/// A function that answers with the number of its environment.
fn numbered() -> Start {
    let count = Arc::new(AtomicU32::new(0));
    Arc::new(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move { Ok(Function::new(move |_, _| async move { Ok(json!(number)) })) })
    })
}

#[tokio::test]
async fn invocations_go_round_all_environments_or_stay_with_one() {
    for (spreads, expected) in [(true, [0, 1, 0, 1]), (false, [1, 1, 1, 1])] {
        let options = Options {
            spreads,
            ..Options::default()
        };
        let scene = Scene::with(&template(), &[("plain", numbered())], options).await;
        scene.platform.pools().warm_up("plain", 2).await.unwrap();
        let mut answers = Vec::new();
        for _ in 0..4 {
            answers.push(scene.platform.invoke("plain", json!({})).await.unwrap());
        }
        assert_eq!(answers, expected, "{spreads}");
    }
}

/// A function of which each invocation waits for another one.
fn meeting() -> Start {
    let meeting = Arc::new(tokio::sync::Barrier::new(2));
    function(move |_, _| {
        let meeting = Arc::clone(&meeting);
        async move {
            meeting.wait().await;
            Ok(Value::Null)
        }
    })
}

#[tokio::test]
async fn invocations_may_share_one_environment() {
    let (waits, starts) = counted(&meeting());
    let scene = plain(waits).await;
    scene.platform.pools().share();
    for _ in 0..2 {
        let both = tokio::join!(
            scene.platform.invoke("plain", json!({})),
            scene.platform.invoke("plain", json!({})),
        );
        assert!(both.0.is_ok() && both.1.is_ok());
    }
    assert_eq!(starts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_copy_holds_what_there_was_and_goes_its_own_way() {
    let template = parts::queue("Queue", "") + &template();
    let scene = Scene::new(&template, &[("plain", numbered())]).await;
    scene.put("before", "thing").await;
    scene.send("Queue", "waits").await;
    let clock = ManualClock::at(scene.clock.now());
    let copy = scene.platform.copy(
        Time::Virtual(clock.clone()),
        Arc::new(SeededEntropy::new(10)),
        Arc::new(NoFaults),
    );
    let copy = Scene {
        platform: copy.unwrap(),
        clock,
    };
    scene.put("here", "thing").await;
    copy.put("there", "thing").await;
    copy.put("there too", "thing").await;
    assert_eq!(copy.left("Queue").await, ["waits"]);
    let count = async |scene: &Scene| {
        let table = scene.platform.services().table();
        table.item_count(TABLE).await.unwrap()
    };
    assert_eq!((count(&scene).await, count(&copy).await), (2, 3));
}

#[tokio::test]
async fn an_environment_does_one_thing_at_a_time() {
    let (waits, starts) = counted(&meeting());
    let scene = plain(waits).await;
    for _ in 0..2 {
        let both = tokio::join!(
            scene.platform.invoke("plain", json!({})),
            scene.platform.invoke("plain", json!({})),
        );
        assert!(both.0.is_ok() && both.1.is_ok());
    }
    assert_eq!(
        starts.load(Ordering::SeqCst),
        2,
        "the second round finds both idle"
    );
    scene.platform.pools().cool_down();
    let both = tokio::join!(
        scene.platform.invoke("plain", json!({})),
        scene.platform.invoke("plain", json!({})),
    );
    assert!(both.0.is_ok() && both.1.is_ok());
    assert_eq!(starts.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_function_has_the_variables_of_the_template() {
    let tells = function(|environment, _| async move { Ok(json!(environment.variables)) });
    let variables = "TABLE_NAME: !Ref Table, NOTE: !Sub '${Table}/${AWS::Region}'";
    let variables = format!("Environment: {{ Variables: {{ {variables} }} }}");
    let template = parts::function("Plain", &variables);
    let scene = Scene::new(&template, &[("plain", tells)]).await;
    let variables = scene.platform.invoke("plain", json!({})).await.unwrap();
    let expected = json!({
        "TABLE_NAME": "hotswap-Table",
        "NOTE": "hotswap-Table/eu-central-1",
        "AWS_LAMBDA_FUNCTION_NAME": "plain",
        "AWS_REGION": "eu-central-1",
        "PLATFORM_ORIGIN": "http://localhost:3000",
        "PORTAL_ORIGIN": "http://localhost:3000",
        "SITE_ORIGIN_TEMPLATE": "http://{site}.{tenant}.localhost:3000",
    });
    assert_eq!(variables, expected);
}

#[tokio::test]
async fn an_environment_that_does_not_start_is_an_error_and_another_one_is_tried() {
    let tries = Arc::new(AtomicU32::new(0));
    let starts: Start = Arc::new(move |_| {
        let number = tries.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            match number {
                0 => Err(StartError::MissingVariable("NAME")),
                1 => panic!("on purpose"),
                _ => Ok(Function::new(|_, _| async { Ok(json!("fine")) })),
            }
        })
    });
    let scene = plain(starts).await;
    for _ in 0..2 {
        let refused = scene.platform.invoke("plain", json!({})).await;
        assert!(matches!(refused, Err(InvokeError::NotStarted(name, _)) if name == "plain"));
    }
    let answer = scene.platform.invoke("plain", json!({})).await;
    assert_eq!(answer.unwrap(), "fine");
    let unknown = scene.platform.invoke("other", json!({})).await;
    assert!(matches!(unknown, Err(InvokeError::Unknown(_))));
}

/// Messages of the crash test, each of which is one call.
const MESSAGES: u64 = 3;

#[tokio::test]
async fn wherever_an_environment_dies_the_work_is_done() {
    let template = [
        parts::queue("JobsQueue", "VisibilityTimeout: 30"),
        parts::worker("Worker", "JobsQueue", parts::REPORTS_FAILURES),
    ]
    .concat();
    for place in 0..MESSAGES {
        for stop in [Stop::Before, Stop::After] {
            let heard = Heard::default();
            let worker = {
                let heard = heard.clone();
                function(move |environment, payload| {
                    heard.note(&payload);
                    async move {
                        for body in texts(&payload, body) {
                            put(&environment.sdk, &body, "job").await?;
                        }
                        Ok(json!({ "batchItemFailures": [] }))
                    }
                })
            };
            let (worker, starts) = counted(&worker);
            let options = Options {
                faults: Arc::new(StopAt::new(place, stop)),
                ..Options::default()
            };
            let scene = Scene::with(&template, &[("worker", worker)], options).await;
            for number in 0..MESSAGES {
                scene.send("JobsQueue", &number.to_string()).await;
            }
            let mark = scene.platform.history().mark();
            scene.advance(60).await;
            let context = format!("{stop:?} call {place}");
            assert_eq!(starts.load(Ordering::SeqCst), 2, "{context}");
            assert_eq!(heard.batches(body), [["0", "1", "2"]; 2], "{context}");
            let calls = scene.platform.history().since(mark);
            // All up to the one at which it died, then all again.
            assert_eq!(calls.len() as u64, place + 1 + MESSAGES, "{context}");
            let done = calls
                .iter()
                .filter(|call| call.outcome == Outcome::Succeeded);
            let done: Vec<_> = done.collect();
            assert_eq!(done.len() as u64, place + MESSAGES, "{context}");
            assert!(calls.iter().all(|call| call.service == Service::DynamoDb));
            let environments: BTreeSet<u32> = calls.iter().map(|call| call.environment).collect();
            assert_eq!(environments, BTreeSet::from([0, 1]), "{context}");
            let items = scene.platform.services().table();
            let items = items.item_count("hotswap-Table").await.unwrap();
            assert_eq!(items, MESSAGES, "{context}");
            assert_eq!(scene.left("JobsQueue").await, Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn a_platform_that_is_gone_leaves_nothing_behind() {
    let scene = plain(numbered()).await;
    scene.visit("/").await;
    scene.platform.invoke("plain", json!({})).await.unwrap();
    let folder = scene.platform.services().buckets().folder().to_owned();
    assert!(folder.exists());
    drop(scene);
    assert!(!folder.exists());
}
