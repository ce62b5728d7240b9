//! The small services through the SDK: events, secrets, sessions, invalidations.

use std::sync::{Arc, Mutex};

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use aws_sdk_sts::types::Tag;

use super::support::Machine;

pub(crate) fn entry(bus: &str, detail: &str) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .event_bus_name(bus)
        .source("hotswap")
        .detail_type("PagePublished")
        .detail(detail)
        .build()
}

#[tokio::test]
async fn events_are_kept_in_order_and_bad_ones_named() {
    let machine = Machine::memory().await;
    let bus = machine.services.bus();
    bus.ensure("platform").await.unwrap();
    let client = aws_sdk_eventbridge::Client::new(&machine.sdk());
    let put = client
        .put_events()
        .entries(entry("platform", r#"{"n":1}"#))
        .entries(entry("platform", "no json"))
        .entries(entry("unknown", r#"{"n":2}"#))
        .entries(entry("platform", r#"{"n":3}"#))
        .send()
        .await
        .unwrap();
    assert_eq!(put.failed_entry_count(), 2);
    let codes: Vec<_> = put
        .entries()
        .iter()
        .map(|entry| entry.error_code())
        .collect();
    let expected = [
        None,
        Some("MalformedDetail"),
        Some("ResourceNotFoundException"),
        None,
    ];
    assert_eq!(codes, expected);
    let kept = bus.bus_events(0, 10).await.unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].event["id"].as_str(), put.entries()[0].event_id());
    assert_eq!(kept[0].event["time"], "2031-05-01T10:00:00Z");
    let rest = bus.bus_events(kept[0].sequence, 10).await.unwrap();
    assert_eq!(rest[0].event["detail"]["n"], 3);
}

#[tokio::test]
async fn a_secret_is_made_once() {
    let machine = Machine::memory().await;
    let secrets = machine.services.secrets();
    let arn = secrets.ensure_secret("SigningSecret", 64).await.unwrap();
    assert_eq!(
        secrets.ensure_secret("SigningSecret", 64).await.unwrap(),
        arn
    );
    let client = aws_sdk_secretsmanager::Client::new(&machine.sdk());
    let by_name = client
        .get_secret_value()
        .secret_id("SigningSecret")
        .send()
        .await
        .unwrap();
    let by_arn = client
        .get_secret_value()
        .secret_id(&arn)
        .send()
        .await
        .unwrap();
    let value = by_name.secret_string().unwrap();
    assert_eq!(value.len(), 64);
    assert!(value.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(Some(value), by_arn.secret_string());
    let missing = client.get_secret_value().secret_id("none").send().await;
    assert!(
        missing
            .unwrap_err()
            .into_service_error()
            .is_resource_not_found_exception()
    );
    let unknown = client
        .list_secrets()
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(unknown.code(), Some("UnknownOperationException"));
}

#[tokio::test]
async fn a_session_carries_its_role_and_tags_and_opens_s3() {
    let machine = Machine::memory().await;
    let client = aws_sdk_sts::Client::new(&machine.sdk());
    let assumed = client
        .assume_role()
        .role_arn("arn:aws:iam::000000000000:role/content-tenant")
        .role_session_name("content")
        .tags(Tag::builder().key("tenant").value("t-1").build().unwrap())
        .send()
        .await
        .unwrap();
    let given = assumed.credentials().unwrap();
    let session = machine
        .services
        .sessions()
        .session(given.session_token())
        .unwrap();
    assert_eq!(session.tags["tenant"], "t-1");
    assert!(session.role.ends_with("role/content-tenant"));
    assert_eq!(machine.services.sessions().session("e30.forged"), None);
    let credentials = aws_credential_types::Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        Some(given.session_token().to_owned()),
        None,
        "test",
    );
    let credentials = aws_credential_types::provider::SharedCredentialsProvider::new(credentials);
    let sdk = machine
        .sdk()
        .to_builder()
        .credentials_provider(credentials)
        .build();
    let told = aws_sdk_sts::Client::new(&sdk)
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    assert_eq!(
        told.arn(),
        Some("arn:aws:sts::000000000000:assumed-role/content-tenant/content")
    );
    let s3 = aws_sdk_s3::Client::new(&sdk);
    s3.list_objects_v2()
        .bucket(super::support::BUCKET)
        .send()
        .await
        .unwrap();
    machine.pass(3_600);
    assert_eq!(
        machine.services.sessions().session(given.session_token()),
        None
    );
}

fn batch(reference: &str, items: &[&str]) -> aws_sdk_cloudfront::types::InvalidationBatch {
    let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
    let quantity = i32::try_from(items.len()).unwrap();
    let paths = aws_sdk_cloudfront::types::Paths::builder()
        .quantity(quantity)
        .set_items(Some(items))
        .build()
        .unwrap();
    aws_sdk_cloudfront::types::InvalidationBatch::builder()
        .caller_reference(reference)
        .paths(paths)
        .build()
        .unwrap()
}

#[tokio::test]
async fn an_invalidation_reaches_the_edge_once() {
    let machine = Machine::memory().await;
    let distributions = machine.services.distributions();
    distributions.ensure("ELOCAL").await.unwrap();
    let mut told = distributions.subscribe();
    let seen = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&seen);
    distributions.set_edge(Arc::new(move |_| *counter.lock().unwrap() += 1));
    let client = aws_sdk_cloudfront::Client::new(&machine.sdk());
    let create = |batch| {
        client
            .create_invalidation()
            .distribution_id("ELOCAL")
            .invalidation_batch(batch)
            .send()
    };
    let items = ["#p:018f & <x>", "/news/*"];
    let made = create(batch("version-1", &items)).await.unwrap();
    let made = made.invalidation().unwrap();
    assert_eq!(told.try_recv().unwrap().items, items);
    let again = create(batch("version-1", &items)).await.unwrap();
    assert_eq!(again.invalidation().unwrap().id(), made.id());
    assert_eq!(*seen.lock().unwrap(), 1);
    assert!(create(batch("version-1", &["/other"])).await.is_err());
    let read = client
        .get_invalidation()
        .distribution_id("ELOCAL")
        .id(made.id())
        .send()
        .await;
    let read = read.unwrap();
    let read = read.invalidation().unwrap();
    assert_eq!(
        read.invalidation_batch().unwrap().paths().unwrap().items(),
        items
    );
    let missing = client
        .get_invalidation()
        .distribution_id("ELOCAL")
        .id("I0")
        .send()
        .await;
    assert!(
        missing
            .unwrap_err()
            .into_service_error()
            .is_no_such_invalidation()
    );
    let elsewhere = client
        .create_invalidation()
        .distribution_id("ENONE")
        .invalidation_batch(batch("x", &["/a"]))
        .send()
        .await;
    assert!(
        elsewhere
            .unwrap_err()
            .into_service_error()
            .is_no_such_distribution()
    );
}
