//! SQS through the SDK, and as event-source mappings see it.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use local::services::sqs::{QueueSpec, Redrive};

use super::support::Machine;

pub(crate) const QUEUE: &str = "provisioning";
const DEAD: &str = "provisioning-dead";

pub(crate) async fn make_queues(machine: &Machine) -> String {
    let queues = machine.services.queues();
    queues.ensure(QueueSpec::named(DEAD)).await.unwrap();
    let redrive = Redrive {
        dead_letter_queue: DEAD.to_owned(),
        max_receive_count: 2,
    };
    let spec = QueueSpec {
        redrive: Some(redrive),
        ..QueueSpec::named(QUEUE)
    };
    queues.ensure(spec).await.unwrap();
    queues.url(QUEUE)
}

pub(crate) async fn send(client: &Client, url: &str, body: &str) {
    client
        .send_message()
        .queue_url(url)
        .message_body(body)
        .send()
        .await
        .unwrap();
}

/// Returns the bodies of all messages in the queue, whoever may see them.
pub(crate) async fn left(machine: &Machine) -> Vec<String> {
    let messages = machine.services.queues().list(QUEUE).await.unwrap();
    messages.into_iter().map(|message| message.body).collect()
}

async fn bodies(client: &Client, url: &str) -> Vec<String> {
    let received = client
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .send()
        .await
        .unwrap();
    received
        .messages()
        .iter()
        .map(|message| message.body().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_message_is_sent_received_and_deleted() {
    let machine = Machine::memory().await;
    let url = make_queues(&machine).await;
    let client = Client::new(&machine.sdk());
    let attribute = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("v")
        .build()
        .unwrap();
    let sent = client
        .send_message()
        .queue_url(&url)
        .message_body("hello")
        .message_group_id("tenant-1")
        .message_attributes("kind", attribute)
        .send()
        .await
        .unwrap();
    assert_eq!(
        sent.md5_of_message_body(),
        Some("5d41402abc4b2a76b9719d911017c592")
    );
    let received = client
        .receive_message()
        .queue_url(&url)
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .message_attribute_names("All")
        .send()
        .await
        .unwrap();
    let message = &received.messages()[0];
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(
        message.md5_of_message_attributes(),
        sent.md5_of_message_attributes()
    );
    assert_eq!(
        message.message_attributes().unwrap()["kind"].string_value(),
        Some("v")
    );
    let known = message.attributes().unwrap();
    assert_eq!(
        known[&MessageSystemAttributeName::ApproximateReceiveCount],
        "1"
    );
    assert_eq!(
        known[&MessageSystemAttributeName::MessageGroupId],
        "tenant-1"
    );
    assert!(
        bodies(&client, &url).await.is_empty(),
        "hidden while in flight"
    );
    let handle = message.receipt_handle().unwrap();
    client
        .delete_message()
        .queue_url(&url)
        .receipt_handle(handle)
        .send()
        .await
        .unwrap();
    assert!(left(&machine).await.is_empty());
}

#[tokio::test]
async fn delay_and_visibility_follow_the_clock() {
    let machine = Machine::memory().await;
    let url = make_queues(&machine).await;
    let client = Client::new(&machine.sdk());
    let queues = machine.services.queues();
    client
        .send_message()
        .queue_url(&url)
        .message_body("later")
        .delay_seconds(900)
        .send()
        .await
        .unwrap();
    assert!(bodies(&client, &url).await.is_empty());
    let due = queues.next_due(QUEUE).await.unwrap().unwrap();
    assert_eq!(
        due.duration_since(machine.services.clock().now()).as_secs(),
        900
    );
    machine.pass(899);
    assert!(bodies(&client, &url).await.is_empty());
    machine.pass(1);
    assert_eq!(bodies(&client, &url).await, ["later"]);
    machine.pass(29);
    assert!(bodies(&client, &url).await.is_empty());
    machine.pass(1);
    let received = queues.receive(QUEUE, 10, Some(60)).await.unwrap();
    assert_eq!(received[0].receive_count, 2);
    queues
        .change_visibility(QUEUE, &received[0].receipt_handle, 0)
        .await
        .unwrap();
    assert_eq!(
        queues.next_due(QUEUE).await.unwrap(),
        Some(machine.services.clock().now())
    );
}

#[tokio::test]
async fn a_message_received_too_often_goes_to_the_dead_letters() {
    let machine = Machine::memory().await;
    let url = make_queues(&machine).await;
    let client = Client::new(&machine.sdk());
    send(&client, &url, "poison").await;
    for _ in 0..2 {
        assert_eq!(bodies(&client, &url).await, ["poison"]);
        machine.pass(30);
    }
    assert!(bodies(&client, &url).await.is_empty());
    let queues = machine.services.queues();
    assert!(left(&machine).await.is_empty());
    let dead = queues.list(DEAD).await.unwrap();
    assert_eq!(dead[0].body, "poison");
    assert_eq!(dead[0].dead_letter_source_arn, Some(queues.arn(QUEUE)));
}

#[tokio::test]
async fn only_the_latest_receipt_deletes() {
    let machine = Machine::memory().await;
    let url = make_queues(&machine).await;
    send(&Client::new(&machine.sdk()), &url, "twice").await;
    let queues = machine.services.queues();
    let first = queues.receive(QUEUE, 1, None).await.unwrap();
    machine.pass(30);
    let second = queues.receive(QUEUE, 1, None).await.unwrap();
    queues
        .delete(QUEUE, &first[0].receipt_handle)
        .await
        .unwrap();
    assert_eq!(left(&machine).await.len(), 1);
    queues
        .delete(QUEUE, &second[0].receipt_handle)
        .await
        .unwrap();
    assert!(left(&machine).await.is_empty());
    assert!(queues.delete(QUEUE, "nonsense").await.is_err());
}

#[tokio::test]
async fn one_bad_entry_does_not_stop_a_batch() {
    let machine = Machine::memory().await;
    let url = make_queues(&machine).await;
    let client = Client::new(&machine.sdk());
    let entry = |id: &str, body: &str| {
        SendMessageBatchRequestEntry::builder()
            .id(id)
            .message_body(body)
            .build()
            .unwrap()
    };
    let sent = client
        .send_message_batch()
        .queue_url(&url)
        .entries(entry("good", "fine"))
        .entries(entry("bad", "\u{1}"))
        .send()
        .await
        .unwrap();
    assert_eq!(sent.successful()[0].id(), "good");
    assert_eq!(sent.failed()[0].id(), "bad");
    assert!(sent.failed()[0].sender_fault());
    let many = (0..11).map(|n| entry(&format!("e{n}"), "x")).collect();
    let refused = client
        .send_message_batch()
        .queue_url(&url)
        .set_entries(Some(many))
        .send()
        .await;
    let refused = refused.unwrap_err().into_service_error();
    assert!(
        refused.is_too_many_entries_in_batch_request(),
        "{refused:?}"
    );
}

#[tokio::test]
async fn limits_are_those_of_aws() {
    let machine = Machine::memory().await;
    let url = make_queues(&machine).await;
    let client = Client::new(&machine.sdk());
    let send = |body: String| {
        client
            .send_message()
            .queue_url(&url)
            .message_body(body)
            .send()
    };
    send("x".repeat(1024 * 1024)).await.unwrap();
    let large = send("x".repeat(1024 * 1024 + 1))
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(large.code(), Some("InvalidParameterValue"));
    let late = client
        .send_message()
        .queue_url(&url)
        .message_body("x")
        .delay_seconds(901);
    assert!(late.send().await.is_err());
    let nowhere = client
        .send_message()
        .queue_url("https://sqs/0/none")
        .message_body("x");
    let nowhere = nowhere.send().await.unwrap_err().into_service_error();
    assert!(nowhere.is_queue_does_not_exist());
}

#[tokio::test]
async fn messages_end_with_their_retention() {
    let machine = Machine::memory().await;
    let url = make_queues(&machine).await;
    let client = Client::new(&machine.sdk());
    send(&client, &url, "old").await;
    machine.pass(345_600);
    assert!(bodies(&client, &url).await.is_empty());
    assert_eq!(
        machine.services.queues().next_due(QUEUE).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_quiet_group_is_served_beside_a_loud_one() {
    let machine = Machine::memory().await;
    let url = make_queues(&machine).await;
    let client = Client::new(&machine.sdk());
    let send = |group: &'static str, body: String| {
        client
            .send_message()
            .queue_url(&url)
            .message_group_id(group)
            .message_body(body)
            .send()
    };
    for number in 0..40 {
        send("loud", format!("loud {number}")).await.unwrap();
    }
    send("quiet", "quiet".to_owned()).await.unwrap();
    let first = bodies(&client, &url).await;
    assert_eq!(first.len(), 10);
    assert!(first.contains(&"quiet".to_owned()), "{first:?}");
}

#[tokio::test]
async fn a_queue_tells_its_attributes_and_is_purged() {
    let machine = Machine::memory().await;
    let url = make_queues(&machine).await;
    let client = Client::new(&machine.sdk());
    send(&client, &url, "a").await;
    let found = client
        .get_queue_url()
        .queue_name(QUEUE)
        .send()
        .await
        .unwrap();
    assert_eq!(found.queue_url(), Some(url.as_str()));
    let told = client
        .get_queue_attributes()
        .queue_url(&url)
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .unwrap();
    let told = told.attributes().unwrap();
    assert_eq!(told[&QueueAttributeName::ApproximateNumberOfMessages], "1");
    assert!(told[&QueueAttributeName::RedrivePolicy].contains("\"maxReceiveCount\":2"));
    client.purge_queue().queue_url(&url).send().await.unwrap();
    assert!(left(&machine).await.is_empty());
}

#[tokio::test]
async fn a_message_becomes_a_record_that_lambda_reads() {
    let machine = Machine::memory().await;
    let url = make_queues(&machine).await;
    send(&Client::new(&machine.sdk()), &url, "hello").await;
    let queues = machine.services.queues();
    let received = queues.receive(QUEUE, 10, None).await.unwrap();
    let record = received[0].to_event_record(&queues.arn(QUEUE), machine.services.region());
    let event: aws_lambda_events::sqs::SqsEvent =
        serde_json::from_value(serde_json::json!({"Records": [record]})).unwrap();
    assert_eq!(event.records[0].body.as_deref(), Some("hello"));
    assert_eq!(event.records[0].event_source_arn, Some(queues.arn(QUEUE)));
}
