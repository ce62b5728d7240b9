//! Queues: batches of messages, what comes again, and what is put aside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use local::fault::{Stop, StopAt};
use local::platform::Start;
use runtime::FunctionError;
use serde_json::{Value, json};

use super::parts;
use super::support::{
    Heard, Options, Scene, body, counted, failures, function, noting, put, seconds_at, texts,
};

const QUEUE: &str = "JobsQueue";
const DEAD_LETTERS: &str = "JobsDeadLetterQueue";

/// Writes the queues and who works at them.
fn template(workers: &str) -> String {
    let redrive = "RedrivePolicy: \
        { deadLetterTargetArn: !GetAtt JobsDeadLetterQueue.Arn, maxReceiveCount: 3 }";
    let jobs = parts::queue(QUEUE, &format!("VisibilityTimeout: 30, {redrive}"));
    [&jobs, &parts::queue(DEAD_LETTERS, ""), workers].concat()
}

/// Writes a worker that takes four messages at once and names those on which it failed.
fn naming() -> String {
    let mapping = format!("BatchSize: 4, {}", parts::REPORTS_FAILURES);
    parts::worker("Worker", QUEUE, &mapping)
}

async fn working(worker: Start) -> Scene {
    Scene::new(&template(&naming()), &[("worker", worker)]).await
}

/// Returns the ids of the messages whose bodies are in `bodies`.
fn ids_of(batch: &Value, bodies: &[&str]) -> Vec<String> {
    let records = batch["Records"].as_array().unwrap();
    let meant = records
        .iter()
        .filter(|record| bodies.contains(&record["body"].as_str().unwrap()));
    meant
        .map(|record| record["messageId"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_batch_holds_as_many_messages_as_the_template_says() {
    let heard = Heard::default();
    let scene = working(noting(&heard, |_| Value::Null)).await;
    for number in 0..10 {
        scene.send(QUEUE, &number.to_string()).await;
    }
    scene.settle().await;
    let batches = heard.batches(body);
    let sizes: Vec<usize> = batches.iter().map(Vec::len).collect();
    assert_eq!(sizes, [4, 4, 2]);
    let mut all = batches.concat();
    all.sort_unstable();
    let sent: Vec<String> = (0..10).map(|number: u32| number.to_string()).collect();
    assert_eq!(all, sent);
    assert_eq!(scene.left(QUEUE).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_record_is_as_lambda_makes_it() {
    let heard = Heard::default();
    let scene = working(noting(&heard, |_| Value::Null)).await;
    let id = scene.send(QUEUE, "hello").await;
    scene.settle().await;
    let record = &heard.take()[0]["Records"][0];
    assert_eq!(record["messageId"], *id);
    assert_eq!(record["eventSource"], "aws:sqs");
    let arn = "arn:aws:sqs:eu-central-1:000000000000:hotswap-JobsQueue";
    assert_eq!(record["eventSourceARN"], arn);
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(record["md5OfBody"], "5d41402abc4b2a76b9719d911017c592");
}

#[tokio::test]
async fn only_what_failed_comes_back_and_only_when_its_time_has_come() {
    let heard = Heard::default();
    let worker = noting(&heard, |batch| {
        let is_first = batch["Records"].as_array().unwrap().len() > 1;
        let failed: &[&str] = if is_first { &["b"] } else { &[] };
        failures(ids_of(batch, failed))
    });
    let scene = working(worker).await;
    for text in ["a", "b", "c"] {
        scene.send(QUEUE, text).await;
    }
    scene.settle().await;
    assert_eq!(heard.batches(body), [["a", "b", "c"]]);
    scene.advance(29).await;
    assert_eq!(heard.count(), 0, "it is hidden for 30 seconds");
    scene.advance(1).await;
    let again = heard.take();
    assert_eq!(texts(&again[0], body), ["b"]);
    let receives = &again[0]["Records"][0]["attributes"]["ApproximateReceiveCount"];
    assert_eq!(receives, "2");
    scene.advance(120).await;
    assert_eq!(heard.count(), 0, "it is through");
}

/// Sends two messages to a worker that gives `answer` first, and returns how many come again.
async fn come_again(answer: Value) -> usize {
    let heard = Heard::default();
    let calls = Arc::new(AtomicU32::new(0));
    let worker = noting(&heard, move |_| {
        match calls.fetch_add(1, Ordering::SeqCst) {
            0 => answer.clone(),
            _ => Value::Null,
        }
    });
    let scene = working(worker).await;
    scene.send(QUEUE, "a").await;
    scene.send(QUEUE, "b").await;
    scene.settle().await;
    heard.take();
    scene.advance(30).await;
    heard.batches(body).concat().len()
}

#[tokio::test]
async fn an_answer_that_names_no_failure_means_that_all_is_well() {
    for answer in [
        json!(null),
        json!({}),
        json!({ "batchItemFailures": null }),
        json!({ "batchItemFailures": [] }),
    ] {
        assert_eq!(come_again(answer.clone()).await, 0, "{answer}");
    }
}

#[tokio::test]
async fn an_answer_of_another_form_means_that_all_failed() {
    for answer in [
        json!("done"),
        json!(true),
        json!([]),
        json!({ "failures": [] }),
        json!({ "batchItemFailures": "none" }),
        json!({ "batchItemFailures": ["a"] }),
        json!({ "batchItemFailures": [{ "id": "a" }] }),
        json!({ "batchItemFailures": [{ "itemIdentifier": null }] }),
        json!({ "batchItemFailures": [{ "itemIdentifier": "" }] }),
        json!({ "batchItemFailures": [{ "itemIdentifier": "of no message in the batch" }] }),
    ] {
        assert_eq!(come_again(answer.clone()).await, 2, "{answer}");
    }
}

#[tokio::test]
async fn what_a_function_says_of_failures_counts_only_if_the_template_says_so() {
    let template = template(&parts::worker("Worker", QUEUE, "BatchSize: 4"));
    let heard = Heard::default();
    let worker = noting(&heard, |batch| failures(ids_of(batch, &["a"])));
    let scene = Scene::new(&template, &[("worker", worker)]).await;
    scene.send(QUEUE, "a").await;
    scene.advance(60).await;
    assert_eq!(heard.count(), 1);
}

#[tokio::test]
async fn a_poisoned_message_is_put_aside_and_the_others_are_not() {
    let heard = Heard::default();
    let worker = noting(&heard, |batch| failures(ids_of(batch, &["poison"])));
    let scene = working(worker).await;
    for text in ["a", "poison", "b"] {
        scene.send(QUEUE, text).await;
    }
    scene.advance(59).await;
    assert_eq!(scene.left(DEAD_LETTERS).await, Vec::<String>::new());
    scene.advance(61).await;
    let calls = heard.batches(body);
    assert_eq!(calls.len(), 3, "it is received three times: {calls:?}");
    assert_eq!(calls[1..], [["poison"], ["poison"]]);
    assert_eq!(scene.left(DEAD_LETTERS).await, ["poison"]);
    assert_eq!(scene.left(QUEUE).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_delayed_message_comes_at_its_second() {
    let heard = Heard::default();
    let worker = {
        let heard = heard.clone();
        function(move |environment, payload| {
            let at = seconds_at(environment.clock.now());
            heard.note(&json!([texts(&payload, body), at]));
            async { Ok(Value::Null) }
        })
    };
    let scene = working(worker).await;
    let client = aws_sdk_sqs::Client::new(&scene.sdk());
    let url = scene.platform.services().queues().url("hotswap-JobsQueue");
    for (text, delay_s) in [("late", 90), ("soon", 5), ("now", 0)] {
        let message = client.send_message().queue_url(&url).message_body(text);
        message.delay_seconds(delay_s).send().await.unwrap();
    }
    scene.advance(100).await;
    let expected = [("now", 0), ("soon", 5), ("late", 90)];
    assert_eq!(heard.take(), expected.map(|(text, at)| json!([[text], at])));
}

#[tokio::test]
async fn two_functions_at_one_queue_share_its_messages() {
    let helper = parts::worker("Helper", QUEUE, "BatchSize: 4");
    let template = template(&(naming() + &helper));
    let (first, second) = (Heard::default(), Heard::default());
    let functions = [
        ("worker", noting(&first, |_| Value::Null)),
        ("helper", noting(&second, |_| Value::Null)),
    ];
    let scene = Scene::new(&template, &functions).await;
    for number in 0..10 {
        scene.send(QUEUE, &number.to_string()).await;
    }
    scene.advance(60).await;
    let (first, second) = (first.batches(body), second.batches(body));
    assert!(!first.is_empty() && !second.is_empty());
    let mut all = [first, second].concat().concat();
    all.sort_unstable();
    let sent: Vec<String> = (0..10).map(|number: u32| number.to_string()).collect();
    assert_eq!(all, sent);
}

/// What happens to a worker with its first batch.
#[derive(Debug, Clone, Copy)]
enum Misfortune {
    Fails,
    Panics,
    Dies,
}

#[tokio::test]
async fn a_batch_that_its_function_did_not_survive_comes_again() {
    for (misfortune, environments) in [
        (Misfortune::Fails, 1),
        (Misfortune::Panics, 2),
        (Misfortune::Dies, 2),
    ] {
        let heard = Heard::default();
        let worker = {
            let heard = heard.clone();
            function(move |environment, payload| {
                let is_first = heard.count() == 0;
                heard.note(&payload);
                async move {
                    match (is_first, misfortune) {
                        (true, Misfortune::Fails) => Err(FunctionError::new("Failed", "it")),
                        (true, Misfortune::Panics) => panic!("on purpose"),
                        (_, _) => {
                            put(&environment.sdk, "done", "job").await?;
                            Ok(json!({}))
                        }
                    }
                }
            })
        };
        let (worker, starts) = counted(&worker);
        let mut options = Options::default();
        if matches!(misfortune, Misfortune::Dies) {
            options.faults = Arc::new(StopAt::new(0, Stop::Before));
        }
        let scene = Scene::with(&template(&naming()), &[("worker", worker)], options).await;
        scene.send(QUEUE, "a").await;
        scene.send(QUEUE, "b").await;
        scene.advance(29).await;
        assert_eq!(heard.batches(body), [["a", "b"]], "{misfortune:?}");
        // The first batch was taken away, so this one is no first one.
        heard.note(&json!({ "Records": [] }));
        scene.advance(1).await;
        assert_eq!(heard.batches(body).concat(), ["a", "b"], "{misfortune:?}");
        assert_eq!(scene.left(QUEUE).await, Vec::<String>::new());
        assert_eq!(
            starts.load(Ordering::SeqCst),
            environments,
            "{misfortune:?}"
        );
    }
}
