//! What a role may not do reaches no service.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, Put, TransactWriteItem};
use aws_sdk_sts::types::Tag;
use local::connector::{Connector, EnvironmentLabel, SdkTime, sdk_config};
use local::fault::NoFaults;
use local::history::{Mark, Outcome};
use local::policy::{Document, Names, Permissions, Role};
use serde_json::{Value, json};

use super::support::{BUCKET, Machine, TABLE, table_spec};

const ROLE: &str = "arn:aws:iam::000000000000:role/content";
const TENANT_ROLE: &str = "arn:aws:iam::000000000000:role/content-tenant";

/// A function that may read what is published, send itself messages, and take on a role for one tenant at a time.
fn permissions() -> Permissions {
    let table = format!("arn:aws:dynamodb:eu-central-1:000000000000:table/{TABLE}");
    let document = |statements: Value| {
        let policy = json!({ "Version": "2012-10-17", "Statement": statements });
        Document::parse(&policy).unwrap()
    };
    let keys = |pattern: &str| {
        json!({
            "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [pattern] },
            "Null": { "dynamodb:LeadingKeys": "false" },
        })
    };
    let nobody = document(json!([]));
    let own = document(json!([
        {
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:Query"],
            "Resource": [&table],
            "Condition": keys("PUBLIC#*"),
        },
    ]));
    let tenant = document(json!([
        {
            "Effect": "Allow",
            "Action": [
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
            ],
            "Resource": [&table, format!("{table}/index/due")],
            "Condition": keys("T#${aws:PrincipalTag/tenant}#*"),
        },
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": format!("arn:aws:s3:::{BUCKET}/tenant-${{aws:PrincipalTag/tenant}}/*"),
        },
    ]));
    let trust = document(json!({
        "Effect": "Allow",
        "Principal": { "AWS": ROLE },
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": { "StringLike": { "aws:RequestTag/tenant": "?*" } },
    }));
    let role = |arn: &str, trust: Document, policy: Document| Role {
        arn: arn.to_owned(),
        trust,
        policies: vec![policy],
    };
    Permissions::new(
        Names::new("eu-central-1", "000000000000", &[table_spec()]),
        [role(ROLE, nobody, own), role(TENANT_ROLE, trust, tenant)],
        BTreeMap::from([("content".to_owned(), ROLE.to_owned())]),
    )
}

fn sdk(machine: &Machine, function: &str) -> SdkConfig {
    let label = EnvironmentLabel {
        function: function.to_owned(),
        number: 0,
    };
    let connector = Connector::new(
        Arc::clone(&machine.services),
        label,
        Arc::new(NoFaults),
        machine.history.clone(),
        Some(Arc::new(permissions())),
    );
    let time = SdkTime::Virtual(Arc::new(machine.clock.clone()));
    sdk_config(&connector, time)
}

/// Takes on the tenant's role, and returns the configuration of who has done so.
async fn session(sdk: &SdkConfig, tenant: &str, policy: Option<Value>) -> Option<SdkConfig> {
    let assumed = aws_sdk_sts::Client::new(sdk)
        .assume_role()
        .role_arn(TENANT_ROLE)
        .role_session_name("content")
        .set_policy(policy.map(|policy| policy.to_string()))
        .tags(Tag::builder().key("tenant").value(tenant).build().unwrap())
        .send()
        .await
        .ok()?;
    let given = assumed.credentials().unwrap();
    let credentials = Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        Some(given.session_token().to_owned()),
        None,
        "test",
    );
    let provider = SharedCredentialsProvider::new(credentials);
    Some(sdk.to_builder().credentials_provider(provider).build())
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn item(pk: &str) -> std::collections::HashMap<String, AttributeValue> {
    [("pk", pk), ("sk", "a")]
        .map(|(name, value)| (name.to_owned(), text(value)))
        .into()
}

/// Returns what the last call came to: `None` where it was allowed.
fn refusal(machine: &Machine) -> Option<String> {
    match machine
        .history
        .since(Mark::default())
        .pop()
        .unwrap()
        .outcome
    {
        Outcome::Failed { code, .. } if code.starts_with("AccessDenied") => Some(code),
        Outcome::Failed { code, .. } if code.starts_with("ExpiredToken") => Some(code),
        Outcome::Succeeded | Outcome::Failed { .. } | Outcome::Faulted(_) => None,
    }
}

async fn get(sdk: &SdkConfig, machine: &Machine, pk: &str) -> Option<String> {
    let client = aws_sdk_dynamodb::Client::new(sdk);
    let get = client.get_item().table_name(TABLE).set_key(Some(item(pk)));
    let _answer = get.send().await;
    refusal(machine)
}

#[tokio::test]
async fn a_function_may_do_what_its_role_says_and_nothing_else() {
    let machine = Machine::memory().await;
    let content = sdk(&machine, "content");
    let denied = Some("AccessDeniedException".to_owned());
    assert_eq!(get(&content, &machine, "PUBLIC#1").await, None);
    assert_eq!(get(&content, &machine, "T#1#SITES").await, denied);
    assert_eq!(
        get(&sdk(&machine, "stranger"), &machine, "PUBLIC#1").await,
        denied
    );
    let client = aws_sdk_dynamodb::Client::new(&content);
    let scan = client.scan().table_name(TABLE).send().await;
    assert!(scan.is_err());
    assert_eq!(refusal(&machine), denied);
    let s3 = aws_sdk_s3::Client::new(&content);
    let read = s3
        .get_object()
        .bucket(BUCKET)
        .key("tenant-1/a")
        .send()
        .await;
    assert!(read.is_err());
    assert_eq!(refusal(&machine).as_deref(), Some("AccessDenied"));
    assert_eq!(machine.services.table().item_count(TABLE).await.unwrap(), 0);
}

#[tokio::test]
async fn a_session_reaches_its_own_tenant_alone() {
    let machine = Machine::memory().await;
    let one = session(&sdk(&machine, "content"), "1", None).await.unwrap();
    let denied = Some("AccessDeniedException".to_owned());
    for (pk, expected) in [
        ("T#1#SITES", None),
        ("T#2#SITES", denied.clone()),
        ("T#12#SITES", denied.clone()),
        ("T#1", denied.clone()),
        ("PUBLIC#1", denied.clone()),
    ] {
        assert_eq!(get(&one, &machine, pk).await, expected, "{pk}");
    }
    let client = aws_sdk_dynamodb::Client::new(&one);
    for (index, key, value, expected) in [
        (None, "pk", "T#1#SITES", None),
        (None, "pk", "T#2#SITES", denied.clone()),
        (Some("due"), "duePk", "T#1#DUE", None),
        (Some("due"), "duePk", "T#2#DUE", denied.clone()),
    ] {
        let query = client
            .query()
            .table_name(TABLE)
            .set_index_name(index.map(str::to_owned))
            .key_condition_expression("#k = :v")
            .expression_attribute_names("#k", key)
            .expression_attribute_values(":v", text(value));
        let _answer = query.send().await;
        assert_eq!(refusal(&machine), expected, "{index:?} {value}");
    }
    let keys = KeysAndAttributes::builder()
        .keys(item("T#1#SITES"))
        .keys(item("T#2#SITES"));
    let batch = client
        .batch_get_item()
        .request_items(TABLE, keys.build().unwrap());
    assert!(batch.send().await.is_err(), "one key of two is another's");
    let put = |pk: &str| {
        let put = Put::builder().table_name(TABLE).set_item(Some(item(pk)));
        TransactWriteItem::builder()
            .put(put.build().unwrap())
            .build()
    };
    let write = client
        .transact_write_items()
        .transact_items(put("T#1#SITES"))
        .transact_items(put("T#2#SITES"));
    assert!(write.send().await.is_err(), "one item of two is another's");
    assert_eq!(machine.services.table().item_count(TABLE).await.unwrap(), 0);
    let s3 = aws_sdk_s3::Client::new(&one);
    for (key, is_denied) in [
        ("tenant-1/a", false),
        ("tenant-2/a", true),
        ("tenant-12/a", true),
    ] {
        let _answer = s3.get_object().bucket(BUCKET).key(key).send().await;
        assert_eq!(refusal(&machine).is_some(), is_denied, "{key}");
    }
}

/// A key with dots is a key of S3's like all others; here, where objects are files, there are none.
#[tokio::test]
async fn no_key_leads_out_of_what_a_policy_says() {
    let machine = Machine::memory().await;
    let all = aws_sdk_s3::Client::new(&machine.sdk());
    for key in ["tenant-1/a", "tenant-2/a"] {
        let put = all.put_object().bucket(BUCKET).key(key);
        put.body(b"x".to_vec().into()).send().await.unwrap();
    }
    let one = session(&sdk(&machine, "content"), "1", None).await.unwrap();
    let s3 = aws_sdk_s3::Client::new(&one);
    let read = async |key: &str| s3.get_object().bucket(BUCKET).key(key).send().await.is_ok();
    assert!(read("tenant-1/a").await);
    for key in [
        "tenant-1/../tenant-2/a",
        "tenant-1/b/../../tenant-2/a",
        "tenant-1/./a",
        "tenant-1/../../../etc/hostname",
        "tenant-1/..",
    ] {
        assert!(!read(key).await, "{key}");
        let source = format!("{BUCKET}/{key}");
        for source in [source.replace('.', "%2e"), source] {
            let copy = all.copy_object().bucket(BUCKET).key("tenant-1/copy");
            let copied = copy.copy_source(&source).send().await;
            assert!(copied.is_err(), "{source}");
        }
    }
}

#[tokio::test]
async fn a_session_is_given_to_whom_its_role_trusts() {
    let machine = Machine::memory().await;
    assert!(
        session(&sdk(&machine, "content"), "1", None)
            .await
            .is_some()
    );
    assert!(
        session(&sdk(&machine, "stranger"), "1", None)
            .await
            .is_none()
    );
    assert!(session(&sdk(&machine, "content"), "", None).await.is_none());
    // Who has taken on a role has no right to take on another one.
    let one = session(&sdk(&machine, "content"), "1", None).await.unwrap();
    assert!(session(&one, "2", None).await.is_none());
}

#[tokio::test]
async fn a_session_with_a_policy_may_do_what_both_allow() {
    let machine = Machine::memory().await;
    let narrow = json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": "dynamodb:Get*", "Resource": "*" },
    });
    let one = session(&sdk(&machine, "content"), "1", Some(narrow))
        .await
        .unwrap();
    let denied = Some("AccessDeniedException".to_owned());
    assert_eq!(get(&one, &machine, "T#1#SITES").await, None);
    assert_eq!(get(&one, &machine, "T#2#SITES").await, denied);
    let put = aws_sdk_dynamodb::Client::new(&one)
        .put_item()
        .table_name(TABLE)
        .set_item(Some(item("T#1#SITES")));
    assert!(put.send().await.is_err());
    assert_eq!(refusal(&machine), denied);
}

#[tokio::test]
async fn a_session_that_is_over_may_do_nothing() {
    let machine = Machine::memory().await;
    let one = session(&sdk(&machine, "content"), "1", None).await.unwrap();
    machine.pass(3_599);
    assert_eq!(get(&one, &machine, "T#1#SITES").await, None);
    machine.pass(1);
    let expired = Some("ExpiredTokenException".to_owned());
    assert_eq!(get(&one, &machine, "T#1#SITES").await, expired);
}
