//! Many at once.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;

use super::dynamodb::item;
use super::s3;
use super::sqs::{left, make_queues, send};
use super::support::{Machine, TABLE};

const TASKS: usize = 64;

async fn storm(machine: &Machine) {
    let url = make_queues(machine).await;
    let tasks = (0..TASKS).map(|number| {
        let (sdk, url) = (machine.sdk(), url.clone());
        tokio::task::spawn_local(async move {
            let table = aws_sdk_dynamodb::Client::new(&sdk);
            table
                .update_item()
                .table_name(TABLE)
                .set_key(Some(item("T#1", "counter")))
                .update_expression("ADD hits :one")
                .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
                .send()
                .await
                .unwrap();
            let objects = aws_sdk_s3::Client::new(&sdk);
            let key = format!("tenant/{number}");
            s3::put(&objects, &key, &key).await;
            assert_eq!(s3::read(&objects, &key).await, key);
            send(&aws_sdk_sqs::Client::new(&sdk), &url, &key).await;
        })
    });
    for task in join_all(tasks).await {
        task.unwrap();
    }
    let table = aws_sdk_dynamodb::Client::new(&machine.sdk());
    let counter = table
        .get_item()
        .table_name(TABLE)
        .set_key(Some(item("T#1", "counter")));
    let counter = counter.send().await.unwrap().item.unwrap();
    assert_eq!(counter["hits"], AttributeValue::N(TASKS.to_string()));
    assert_eq!(left(machine).await.len(), TASKS);
}

#[tokio::test]
async fn in_memory_on_one_thread() {
    let machine = Machine::memory().await;
    tokio::task::LocalSet::new()
        .run_until(storm(&machine))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_disk_on_several_threads() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::folder(folder.path()).await;
    tokio::task::LocalSet::new()
        .run_until(storm(&machine))
        .await;
}
