//! S3 through the SDK.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use local::services::s3::BucketSpec;

use super::support::{BUCKET, Machine};

const KEY: &str = "tenant-018f3c4e-0000-7000-8000-000000000001/objects/\
                   0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

pub(crate) async fn put(client: &Client, key: &str, body: &str) {
    client
        .put_object()
        .bucket(BUCKET)
        .key(key)
        .content_type("text/plain")
        .body(ByteStream::from(body.as_bytes().to_vec()))
        .send()
        .await
        .unwrap();
}

/// Reads what an object holds.
pub(crate) async fn read(client: &Client, key: &str) -> Bytes {
    let get = client.get_object().bucket(BUCKET).key(key);
    let object = get.send().await.unwrap();
    object.body.collect().await.unwrap().into_bytes()
}

#[tokio::test]
async fn objects_are_put_read_listed_and_deleted() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    put(&client, KEY, "hello").await;
    put(&client, "tenant-2/a", "other").await;
    let read = client
        .get_object()
        .bucket(BUCKET)
        .key(KEY)
        .send()
        .await
        .unwrap();
    assert_eq!(read.content_type(), Some("text/plain"));
    assert_eq!(read.body.collect().await.unwrap().into_bytes(), "hello");
    let listed = client
        .list_objects_v2()
        .bucket(BUCKET)
        .prefix("tenant-0")
        .send()
        .await
        .unwrap();
    let keys: Vec<_> = listed
        .contents()
        .iter()
        .map(|object| object.key().unwrap())
        .collect();
    assert_eq!(keys, [KEY]);
    client
        .delete_object()
        .bucket(BUCKET)
        .key(KEY)
        .send()
        .await
        .unwrap();
    let gone = client
        .get_object()
        .bucket(BUCKET)
        .key(KEY)
        .send()
        .await
        .unwrap_err();
    assert!(gone.into_service_error().is_no_such_key());
    let head = client
        .head_object()
        .bucket(BUCKET)
        .key(KEY)
        .send()
        .await
        .unwrap_err();
    assert!(head.into_service_error().is_not_found());
}

#[tokio::test]
async fn both_styles_of_address_reach_a_bucket() {
    let machine = Machine::memory().await;
    let mark = machine.history.mark();
    let by_host = Client::new(&machine.sdk());
    put(&by_host, "a", "hello").await;
    let config = aws_sdk_s3::config::Builder::from(&machine.sdk())
        .force_path_style(true)
        .build();
    let by_path = Client::from_conf(config);
    assert_eq!(read(&by_path, "a").await, "hello");
    let calls = machine.history.since(mark);
    assert!(
        calls.iter().all(|call| call.keys == ["objects/a"]),
        "{calls:?}"
    );
}

#[tokio::test]
async fn a_write_once_put_happens_once() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    let put = || {
        let body = ByteStream::from_static(b"x");
        client
            .put_object()
            .bucket(BUCKET)
            .key("once")
            .if_none_match("*")
            .body(body)
            .send()
    };
    put().await.unwrap();
    let second = put().await.unwrap_err().into_service_error();
    assert_eq!(second.code(), Some("PreconditionFailed"));
}

/// Where objects are locked, what is there stays as it is, whoever asks.
#[tokio::test]
async fn what_is_locked_is_neither_replaced_nor_deleted() {
    let machine = Machine::memory().await;
    let locked = BucketSpec {
        name: "seals".to_owned(),
        is_locked: true,
    };
    machine.services.buckets().ensure(&locked).await.unwrap();
    let client = Client::new(&machine.sdk());
    let put = |body: &'static [u8]| {
        let put = client.put_object().bucket("seals").key("one");
        put.body(ByteStream::from_static(body)).send()
    };
    put(b"first").await.unwrap();
    let again = put(b"second").await.unwrap_err().into_service_error();
    assert_eq!(again.code(), Some("PreconditionFailed"));
    let delete = client.delete_object().bucket("seals").key("one");
    let refused = delete.send().await.unwrap_err().into_service_error();
    assert_eq!(refused.code(), Some("AccessDenied"));
    let several = client.create_multipart_upload().bucket("seals").key("one");
    several.send().await.unwrap_err();
    let get = client.get_object().bucket("seals").key("one");
    let object = get.send().await.unwrap().body.collect().await.unwrap();
    assert_eq!(object.into_bytes(), "first");
}

#[tokio::test]
async fn a_wrong_signature_is_refused() {
    let machine = Machine::memory().await;
    let config = aws_sdk_s3::config::Builder::from(&machine.sdk())
        .credentials_provider(Credentials::from_keys(
            local::connector::ACCESS_KEY,
            "wrong",
            None,
        ))
        .build();
    let refused = Client::from_conf(config)
        .get_object()
        .bucket(BUCKET)
        .key("a")
        .send()
        .await;
    let refused = refused.unwrap_err().into_service_error();
    assert_eq!(refused.code(), Some("SignatureDoesNotMatch"));
}

async fn presigned(client: &Client, now: Timestamp) -> Request<Bytes> {
    let life = PresigningConfig::builder()
        .start_time(now.into())
        .expires_in(Duration::from_mins(5))
        .build()
        .unwrap();
    let signed = client
        .get_object()
        .bucket(BUCKET)
        .key("a b/ü")
        .presigned(life)
        .await
        .unwrap();
    Request::builder()
        .method("GET")
        .uri(signed.uri())
        .body(Bytes::new())
        .unwrap()
}

#[tokio::test]
async fn a_presigned_url_works_until_its_time_is_over() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    put(&client, "a b/ü", "hello").await;
    let request = presigned(&client, machine.services.clock().now()).await;
    let answered: Response<Bytes> = machine.services.call(request.clone()).await;
    assert_eq!(
        (answered.status().as_u16(), &answered.body()[..]),
        (200, &b"hello"[..])
    );
    let other = request.uri().to_string().replace("a%20b", "other");
    let forged = Request::builder().uri(other).body(Bytes::new()).unwrap();
    assert_eq!(machine.services.call(forged).await.status(), 403);
    machine.pass(301);
    let late = machine.services.call(request).await;
    assert_eq!(late.status(), 403);
    assert!(String::from_utf8_lossy(late.body()).contains("Request has expired"));
}

#[tokio::test]
async fn an_old_request_is_refused() {
    let machine = Machine::memory().await;
    let before = machine.sdk();
    let clock = kernel::ManualClock::at(kernel::Clock::now(&machine.clock));
    let behind = {
        let shared = std::sync::Arc::new(clock);
        let (connector, _) = machine.environment(std::sync::Arc::new(local::fault::NoFaults));
        local::connector::sdk_config(&connector, local::connector::SdkTime::Virtual(shared))
    };
    machine.pass(16 * 60);
    let refused = Client::new(&behind)
        .get_object()
        .bucket(BUCKET)
        .key("a")
        .send()
        .await;
    assert_eq!(
        refused.unwrap_err().into_service_error().code(),
        Some("RequestTimeTooSkewed")
    );
    let missing = Client::new(&before)
        .get_object()
        .bucket(BUCKET)
        .key("a")
        .send()
        .await;
    assert!(missing.unwrap_err().into_service_error().is_no_such_key());
}

#[tokio::test]
async fn a_large_object_travels_in_parts() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    let begun = client
        .create_multipart_upload()
        .bucket(BUCKET)
        .key("large")
        .send()
        .await
        .unwrap();
    let upload = begun.upload_id().unwrap();
    let part = client
        .upload_part()
        .bucket(BUCKET)
        .key("large")
        .upload_id(upload)
        .part_number(1)
        .body(ByteStream::from(vec![7; 100_000]))
        .send()
        .await
        .unwrap();
    let part = aws_sdk_s3::types::CompletedPart::builder()
        .part_number(1)
        .set_e_tag(part.e_tag)
        .build();
    let parts = aws_sdk_s3::types::CompletedMultipartUpload::builder()
        .parts(part)
        .build();
    client
        .complete_multipart_upload()
        .bucket(BUCKET)
        .key("large")
        .upload_id(upload)
        .multipart_upload(parts)
        .send()
        .await
        .unwrap();
    let read = client
        .get_object()
        .bucket(BUCKET)
        .key("large")
        .range("bytes=0-9")
        .send()
        .await;
    assert_eq!(
        read.unwrap().body.collect().await.unwrap().into_bytes(),
        vec![7; 10]
    );
}
