//! A folder that is opened again holds everything that was acknowledged.

use std::collections::BTreeSet;

use local::services::ServicesError;

use super::control::entry;
use super::dynamodb::{item, put_item};
use super::s3;
use super::sqs::{QUEUE, left, make_queues, send};
use super::support::{Machine, TABLE};
use crate::kill::{self, Killed};

async fn fill(machine: &Machine) {
    let sdk = machine.sdk();
    let url = make_queues(machine).await;
    put_item(&aws_sdk_dynamodb::Client::new(&sdk), "T#1", "a").await;
    s3::put(&aws_sdk_s3::Client::new(&sdk), "a/b", "hello").await;
    let queues = aws_sdk_sqs::Client::new(&sdk);
    for body in ["first", "second"] {
        send(&queues, &url, body).await;
    }
    machine
        .services
        .queues()
        .receive(QUEUE, 1, None)
        .await
        .unwrap();
    machine.services.bus().ensure("platform").await.unwrap();
    let events = aws_sdk_eventbridge::Client::new(&sdk);
    let put = events.put_events().entries(entry("platform", "{}"));
    put.send().await.unwrap();
    machine.services.set_position("relay", "42").await.unwrap();
}

#[tokio::test]
async fn everything_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::folder(folder.path()).await;
    fill(&machine).await;
    let secrets = machine.services.secrets();
    secrets.ensure_secret("s", 64).await.unwrap();
    let secret = secrets.value("s").await.unwrap();
    let records = machine.records().await;
    drop(machine);

    let machine = Machine::folder(folder.path()).await;
    let services = &machine.services;
    assert_eq!(services.table().item_count(TABLE).await.unwrap(), 1);
    assert_eq!(machine.records().await, records);
    let objects = aws_sdk_s3::Client::new(&machine.sdk());
    assert_eq!(s3::read(&objects, "a/b").await, "hello");
    let messages = services.queues().list(QUEUE).await.unwrap();
    let counts: Vec<_> = messages
        .iter()
        .map(|message| (message.body.as_str(), message.receive_count))
        .collect();
    assert_eq!(counts, [("first", 1), ("second", 0)]);
    assert_eq!(services.bus().bus_events(0, 10).await.unwrap().len(), 1);
    assert_eq!(
        services.position("relay").await.unwrap().as_deref(),
        Some("42")
    );
    services.secrets().ensure_secret("s", 64).await.unwrap();
    assert_eq!(services.secrets().value("s").await.unwrap(), secret);
}

/// What the process writes that the next test kills; nothing in any other process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_until_killed() {
    let Some(folder) = kill::state() else {
        return;
    };
    let machine = Machine::folder(&folder).await;
    let url = make_queues(&machine).await;
    futures_util::future::join_all((0..WRITERS).map(|writer| write(&machine, &url, writer))).await;
}

const WRITERS: u32 = 4;

async fn write(machine: &Machine, url: &str, writer: u32) {
    let sdk = machine.sdk();
    let table = aws_sdk_dynamodb::Client::new(&sdk);
    let objects = aws_sdk_s3::Client::new(&sdk);
    let queues = aws_sdk_sqs::Client::new(&sdk);
    for number in 0_u32.. {
        let name = format!("{writer}-{number}");
        put_item(&table, "T#1", &name).await;
        s3::put(&objects, &name, &name).await;
        send(&queues, url, &name).await;
        kill::acknowledge(&name);
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing_acknowledged() {
    let killed = Killed::after(200, "services::durability::writes_until_killed");
    let machine = Machine::folder(&killed.state()).await;
    let sdk = machine.sdk();
    let table = aws_sdk_dynamodb::Client::new(&sdk);
    let objects = aws_sdk_s3::Client::new(&sdk);
    let messages = BTreeSet::from_iter(left(&machine).await);
    for name in &killed.acknowledged {
        let get = table
            .get_item()
            .table_name(TABLE)
            .set_key(Some(item("T#1", name)));
        assert!(
            get.send().await.unwrap().item.is_some(),
            "the item {name} is lost"
        );
        assert_eq!(s3::read(&objects, name).await, *name);
        assert!(messages.contains(name), "the message {name} is lost");
    }
}

#[tokio::test]
async fn a_folder_has_one_user() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::folder(folder.path()).await;
    let clock = std::sync::Arc::new(machine.clock.clone());
    let entropy = std::sync::Arc::new(kernel::SeededEntropy::new(1));
    let mut config = local::services::ServicesConfig::memory(clock, entropy);
    config.data = local::storage::Storage::Folder(folder.path().to_owned());
    let second = local::services::Services::open(config.clone());
    assert!(matches!(second, Err(ServicesError::InUse(_))));
    drop(machine);
    local::services::Services::open(config).expect("the folder is free again");
}

#[tokio::test]
async fn what_is_in_memory_leaves_nothing_behind() {
    let machine = Machine::memory().await;
    let folder = machine.services.buckets().folder().to_owned();
    assert!(folder.exists());
    drop(machine);
    assert!(!folder.exists());
}
