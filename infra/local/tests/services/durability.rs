//! A folder that is opened again holds everything that was acknowledged.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use aws_sdk_s3::primitives::ByteStream;
use local::services::ServicesError;

use super::dynamodb::item;
use super::sqs::{QUEUE, make_queues};
use super::support::{BUCKET, Folder, Machine, TABLE};

async fn fill(machine: &Machine) {
    let sdk = machine.sdk();
    let url = make_queues(machine).await;
    let table = aws_sdk_dynamodb::Client::new(&sdk);
    table
        .put_item()
        .table_name(TABLE)
        .set_item(Some(item("T#1", "a")))
        .send()
        .await
        .unwrap();
    let body = ByteStream::from_static(b"hello");
    let objects = aws_sdk_s3::Client::new(&sdk);
    objects
        .put_object()
        .bucket(BUCKET)
        .key("a/b")
        .body(body)
        .send()
        .await
        .unwrap();
    let queues = aws_sdk_sqs::Client::new(&sdk);
    for body in ["first", "second"] {
        queues
            .send_message()
            .queue_url(&url)
            .message_body(body)
            .send()
            .await
            .unwrap();
    }
    machine
        .services
        .queues()
        .receive(QUEUE, 1, None)
        .await
        .unwrap();
    machine.services.bus().ensure("platform").await.unwrap();
    let entry = aws_sdk_eventbridge::types::PutEventsRequestEntry::builder()
        .event_bus_name("platform")
        .source("s")
        .detail_type("t")
        .detail("{}")
        .build();
    let events = aws_sdk_eventbridge::Client::new(&sdk);
    events.put_events().entries(entry).send().await.unwrap();
    machine.services.set_position("relay", "42").await.unwrap();
}

#[tokio::test]
async fn everything_is_found_again() {
    let folder = Folder::new("reopen");
    let machine = Machine::folder(folder.path()).await;
    fill(&machine).await;
    let secrets = machine.services.secrets();
    secrets.ensure_secret("s", 64).await.unwrap();
    let secret = secrets.value("s").await.unwrap();
    let stream = machine
        .services
        .table()
        .stream_records(TABLE, None, 10)
        .await
        .unwrap();
    drop(machine);

    let machine = Machine::folder(folder.path()).await;
    let services = &machine.services;
    assert_eq!(services.table().item_count(TABLE).await.unwrap(), 1);
    assert_eq!(
        services
            .table()
            .stream_records(TABLE, None, 10)
            .await
            .unwrap(),
        stream
    );
    let objects = aws_sdk_s3::Client::new(&machine.sdk());
    let read = objects
        .get_object()
        .bucket(BUCKET)
        .key("a/b")
        .send()
        .await
        .unwrap();
    assert_eq!(read.body.collect().await.unwrap().into_bytes(), "hello");
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

/// What the process writes that the next test kills. It writes where its parent process made a
/// folder for it, and nothing where there is none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_until_killed() {
    let folder = Folder::path_of("killed", std::os::unix::process::parent_id());
    if !folder.exists() {
        return;
    }
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
        let put = table
            .put_item()
            .table_name(TABLE)
            .set_item(Some(item("T#1", &name)));
        put.send().await.unwrap();
        let body = ByteStream::from(name.clone().into_bytes());
        objects
            .put_object()
            .bucket(BUCKET)
            .key(&name)
            .body(body)
            .send()
            .await
            .unwrap();
        queues
            .send_message()
            .queue_url(url)
            .message_body(&name)
            .send()
            .await
            .unwrap();
        let line = format!("\nacknowledged {name}\n");
        let mut output = std::io::stdout().lock();
        output.write_all(line.as_bytes()).unwrap();
        output.flush().unwrap();
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing_acknowledged() {
    let folder = Folder::new("killed");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--nocapture",
            "services::durability::writes_until_killed",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let mut acknowledged = Vec::new();
    for line in output.lines() {
        if let Some(name) = line.unwrap().strip_prefix("acknowledged ") {
            acknowledged.push(name.to_owned());
        }
        if acknowledged.len() == 200 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= 200, "the writer ended by itself");

    let machine = Machine::folder(folder.path()).await;
    let sdk = machine.sdk();
    let table = aws_sdk_dynamodb::Client::new(&sdk);
    let objects = aws_sdk_s3::Client::new(&sdk);
    let messages = machine.services.queues().list(QUEUE).await.unwrap();
    let messages: BTreeSet<_> = messages.into_iter().map(|message| message.body).collect();
    for name in acknowledged {
        let get = table
            .get_item()
            .table_name(TABLE)
            .set_key(Some(item("T#1", &name)));
        assert!(
            get.send().await.unwrap().item.is_some(),
            "the item {name} is lost"
        );
        let read = objects
            .get_object()
            .bucket(BUCKET)
            .key(&name)
            .send()
            .await
            .unwrap();
        assert_eq!(
            read.body.collect().await.unwrap().into_bytes(),
            name.as_bytes()
        );
        assert!(messages.contains(&name), "the message {name} is lost");
    }
}

#[tokio::test]
async fn a_folder_has_one_user() {
    let folder = Folder::new("lock");
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
