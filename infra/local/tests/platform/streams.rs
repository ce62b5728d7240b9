//! Streams: records in order, what comes again, and what is given up.

use local::platform::Start;
use runtime::FunctionError;
use serde_json::{Value, json};

use super::parts;
use super::support::{Heard, Options, Scene, failures, function, key, noting, texts};

/// Writes who follows the stream, with `more` about the mapping.
fn template(more: &str) -> String {
    let letters = "{ OnFailure: { Type: SQS, Destination: !GetAtt LettersQueue.Arn } }";
    let mapping = format!(
        "BatchSize: 4, MaximumRetryAttempts: 2, DestinationConfig: {letters}, {}, {more}",
        parts::REPORTS_FAILURES
    );
    parts::queue("LettersQueue", "") + &parts::follower("Follower", &mapping)
}

async fn followed(by: Start) -> Scene {
    Scene::new(&template(""), &[("follower", by)]).await
}

/// Returns the numbers of the records that have one of `keys`.
fn numbers_of(batch: &Value, keys: &[&str]) -> Vec<String> {
    let records = batch["Records"].as_array().unwrap();
    let meant = records
        .iter()
        .filter(|record| keys.contains(&&*key(record)));
    let number = |record: &Value| record["dynamodb"]["SequenceNumber"].clone();
    meant
        .map(|record| number(record).as_str().unwrap().to_owned())
        .collect()
}

async fn put_all(scene: &Scene, keys: &[&str]) {
    for key in keys {
        scene.put(key, "outbox").await;
    }
}

/// Reads the letters of what was given up: why, how many records, after how many tries.
async fn letters(scene: &Scene) -> Vec<(String, u64, u64)> {
    let letters = scene.left("LettersQueue").await;
    let read = letters.iter().map(|letter| {
        let letter: Value = serde_json::from_str(letter).unwrap();
        let context = &letter["requestContext"];
        let batch = &letter["DDBStreamBatchInfo"];
        assert!(batch["startSequenceNumber"].as_str() <= batch["endSequenceNumber"].as_str());
        assert!(
            batch["streamArn"]
                .as_str()
                .unwrap()
                .contains("hotswap-Table")
        );
        (
            context["condition"].as_str().unwrap().to_owned(),
            batch["batchSize"].as_u64().unwrap(),
            context["approximateInvokeCount"].as_u64().unwrap(),
        )
    });
    read.collect()
}

#[tokio::test]
async fn records_come_in_order_and_in_batches() {
    let heard = Heard::default();
    let scene = followed(noting(&heard, |_| json!({}))).await;
    put_all(&scene, &["e", "d", "c", "b", "a", "f", "e"]).await;
    scene.settle().await;
    let batches = heard.batches(key);
    assert_eq!(batches, [vec!["e", "d", "c", "b"], vec!["a", "f", "e"]]);
    scene.put("g", "outbox").await;
    scene.settle().await;
    assert_eq!(heard.batches(key), [["g"]]);
}

#[tokio::test]
async fn everything_comes_again_from_the_first_that_failed() {
    let heard = Heard::default();
    let follower = noting(&heard, |batch| {
        let is_first = texts(batch, key)[0] == "a";
        let failed: &[&str] = if is_first { &["d", "c"] } else { &[] };
        // In the wrong order: the first in the stream counts, not the first named.
        let mut numbers = numbers_of(batch, failed);
        numbers.reverse();
        failures(numbers)
    });
    let scene = followed(follower).await;
    put_all(&scene, &["a", "b", "c", "d", "e"]).await;
    scene.advance(10).await;
    let batches = heard.batches(key);
    assert_eq!(batches, [vec!["a", "b", "c", "d"], vec!["c", "d", "e"]]);
    assert_eq!(letters(&scene).await, []);
}

#[tokio::test]
async fn a_batch_is_tried_again_and_then_given_up_as_a_whole() {
    let heard = Heard::default();
    let follower = noting(&heard, |batch| failures(numbers_of(batch, &["poison"])));
    let scene = followed(follower).await;
    put_all(&scene, &["a", "poison", "b", "c", "d", "e"]).await;
    scene.settle().await;
    let batches = heard.batches(key);
    assert_eq!(batches[0], ["a", "poison", "b", "c"]);
    // Everything before it is through; nothing after it overtakes it.
    assert_eq!(batches[1], ["poison", "b", "c", "d"]);
    assert_eq!(batches.len(), 2);
    scene.advance(1).await;
    assert_eq!(heard.count(), 1, "one second between two tries");
    assert_eq!(letters(&scene).await, []);
    scene.advance(60).await;
    let batches = heard.batches(key);
    assert_eq!(batches[1], ["poison", "b", "c", "d"]);
    assert_eq!(batches[2], ["e"]);
    assert_eq!(batches.len(), 3);
    let given_up = ("RetryAttemptsExhausted".to_owned(), 4, 3);
    assert_eq!(letters(&scene).await, [given_up]);
}

#[tokio::test]
async fn an_answer_of_another_form_means_that_nothing_is_through() {
    for answer in [
        json!("done"),
        json!({ "batchItemFailures": [{ "itemIdentifier": "7" }] }),
        json!({ "batchItemFailures": [{}] }),
    ] {
        let heard = Heard::default();
        let follower = {
            let answer = answer.clone();
            noting(&heard, move |_| answer.clone())
        };
        let scene = followed(follower).await;
        put_all(&scene, &["a", "b"]).await;
        scene.advance(60).await;
        let batches = heard.batches(key);
        assert_eq!(batches, [["a", "b"]; 3], "{answer}");
        let given_up = ("RetryAttemptsExhausted".to_owned(), 2, 3);
        assert_eq!(letters(&scene).await, [given_up], "{answer}");
    }
}

#[tokio::test]
async fn no_failures_named_means_that_all_is_through() {
    for answer in [json!(null), json!({}), json!({ "batchItemFailures": null })] {
        let heard = Heard::default();
        let follower = {
            let answer = answer.clone();
            noting(&heard, move |_| answer.clone())
        };
        let scene = followed(follower).await;
        put_all(&scene, &["a", "b"]).await;
        scene.advance(60).await;
        assert_eq!(heard.batches(key), [["a", "b"]], "{answer}");
    }
}

/// A follower that fails as a whole when a batch holds poison.
fn fails_on_poison(heard: &Heard) -> Start {
    let heard = heard.clone();
    function(move |_, payload| {
        heard.note(&payload);
        let is_poisoned = texts(&payload, key).contains(&"poison".to_owned());
        async move {
            if is_poisoned {
                Err(FunctionError::new("Poisoned", "it"))
            } else {
                Ok(json!({}))
            }
        }
    })
}

#[tokio::test]
async fn a_failing_batch_is_cut_in_halves_until_the_poison_is_alone() {
    let heard = Heard::default();
    let template = template("BisectBatchOnFunctionError: true");
    let scene = Scene::new(&template, &[("follower", fails_on_poison(&heard))]).await;
    put_all(&scene, &["a", "b", "poison", "c", "d"]).await;
    scene.advance(60).await;
    let batches = heard.batches(key);
    let (failed, through): (Vec<_>, Vec<_>) = batches
        .into_iter()
        .partition(|batch| batch.contains(&"poison".to_owned()));
    assert_eq!(
        through.concat(),
        ["a", "b", "c", "d"],
        "each once, in order"
    );
    let sizes: Vec<usize> = failed.iter().map(Vec::len).collect();
    assert_eq!(sizes, [4, 2, 1, 1, 1], "cutting is no retry");
    let given_up = ("RetryAttemptsExhausted".to_owned(), 1, 3);
    assert_eq!(letters(&scene).await, [given_up]);
}

#[tokio::test]
async fn a_failing_batch_stays_whole_if_the_template_does_not_say_otherwise() {
    let heard = Heard::default();
    let scene = followed(fails_on_poison(&heard)).await;
    put_all(&scene, &["a", "b", "poison", "c", "d"]).await;
    scene.advance(60).await;
    let sizes: Vec<usize> = heard.batches(key).iter().map(Vec::len).collect();
    assert_eq!(sizes, [4, 4, 4, 1]);
    let given_up = ("RetryAttemptsExhausted".to_owned(), 4, 3);
    assert_eq!(letters(&scene).await, [given_up]);
}

#[tokio::test]
async fn a_record_that_fails_for_too_long_is_given_up() {
    let heard = Heard::default();
    let template = template("MaximumRecordAgeInSeconds: 60")
        .replace("MaximumRetryAttempts: 2", "MaximumRetryAttempts: 1000");
    let scene = Scene::new(&template, &[("follower", fails_on_poison(&heard))]).await;
    put_all(&scene, &["poison"]).await;
    scene.advance(60).await;
    assert_eq!(letters(&scene).await, []);
    scene.advance(2).await;
    let given_up = letters(&scene).await;
    assert_eq!(given_up[0].0, "RecordAgeExceeded");
    heard.take();
    scene.advance(10).await;
    assert_eq!(heard.count(), 0);
}

#[tokio::test]
async fn only_what_the_filters_let_through_arrives() {
    let heard = Heard::default();
    let filter = r#"FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"],"dynamodb":{"NewImage":{"entity":{"S":["outbox"]}}}}' }] }"#;
    let scene = Scene::new(
        &template(filter),
        &[("follower", noting(&heard, |_| json!({})))],
    )
    .await;
    for (key, entity) in [
        ("a", "page"),
        ("b", "outbox"),
        ("b", "page"),
        ("c", "page"),
        ("d", "page"),
        ("e", "outbox"),
    ] {
        scene.put(key, entity).await;
    }
    scene.settle().await;
    assert_eq!(heard.batches(key), [["b"], ["e"]]);
    for _ in 0..20 {
        scene.put("c", "page").await;
    }
    scene.settle().await;
    assert_eq!(heard.count(), 0, "nobody is asked about nothing");
    scene.put("f", "outbox").await;
    scene.settle().await;
    assert_eq!(heard.batches(key), [["f"]]);
}

#[tokio::test]
async fn a_failed_record_between_filtered_ones_comes_again_alone() {
    let heard = Heard::default();
    let filter = r#"FilterCriteria: { Filters: [{ Pattern: '{"dynamodb":{"NewImage":{"entity":{"S":["outbox"]}}}}' }] }"#;
    let follower = noting(&heard, |batch| failures(numbers_of(batch, &["b"])));
    let scene = Scene::new(&template(filter), &[("follower", follower)]).await;
    for (key, entity) in [("a", "page"), ("b", "outbox"), ("c", "page")] {
        scene.put(key, entity).await;
    }
    scene.advance(60).await;
    assert!(heard.batches(key).iter().all(|batch| *batch == ["b"]));
    assert_eq!(letters(&scene).await.len(), 1);
}

#[tokio::test]
async fn two_functions_follow_one_stream_each_at_its_own_pace() {
    let second = parts::follower("Second", "BatchSize: 1, MaximumRetryAttempts: 3");
    let (fast, slow) = (Heard::default(), Heard::default());
    let functions = [
        ("follower", noting(&fast, |_| json!({}))),
        ("second", fails_on_poison(&slow)),
    ];
    let scene = Scene::new(&(template("") + &second), &functions).await;
    put_all(&scene, &["poison", "a", "b", "c", "d"]).await;
    scene.settle().await;
    assert_eq!(fast.batches(key).concat(), ["poison", "a", "b", "c", "d"]);
    assert_eq!(slow.batches(key), [["poison"]]);
    scene.advance(60).await;
    let rest = [
        ["poison"],
        ["poison"],
        ["poison"],
        ["a"],
        ["b"],
        ["c"],
        ["d"],
    ];
    assert_eq!(slow.batches(key), rest);
    assert_eq!(fast.count(), 0);
}

#[tokio::test]
async fn a_stream_goes_on_where_it_was_when_the_platform_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let template = template("");
    let heard = Heard::default();
    let functions = [("follower", noting(&heard, |_| json!({})))];
    let scene = Scene::with(&template, &functions, Options::folder(folder.path())).await;
    put_all(&scene, &["a", "b"]).await;
    scene.settle().await;
    scene.put("c", "outbox").await;
    drop(scene);
    heard.take();
    let scene = Scene::with(&template, &functions, Options::folder(folder.path())).await;
    scene.settle().await;
    assert_eq!(heard.batches(key), [["c"]]);
}
