//! What is read back from queues, the table, its stream, and the template.

use events::Envelope;
use std::collections::BTreeMap;

use local::platform::{ACCOUNT, REGION};
use local::template::{Account, Template};
use publication::{MoveRecord, PointerRecord, ReleaseRecord};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::Item;
use serde_json::Value;
use tenancy::records::{
    BootstrapRecord, DirectoryRecord, HostRecord, IdempotencyRecord, MembershipRecord,
    OperationRecord, PersonByEmailRecord, PersonRecord, PersonTenantRecord, RegistrationRecord,
    SessionRecord, SigningKeysRecord, SiteLabelRecord, SubdomainRecord, TenantRecord,
    WebsiteRecord,
};
use tenancy::relay::Relay;

/// Reads an envelope.
pub(crate) fn envelope(bytes: &[u8]) {
    let Ok(envelope) = serde_json::from_slice::<Envelope>(bytes) else {
        return;
    };
    let written = serde_json::to_string(&envelope).unwrap();
    let again: Envelope = serde_json::from_str(&written).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), written);
    let event = envelope.to_cloud_event();
    assert!(event.pointer("/data").is_some(), "{event}");
}

/// Reads an item as every kind of record.
pub(crate) fn records(bytes: &[u8]) {
    let Some(item) = item(bytes) else { return };
    record::<BootstrapRecord>(&item);
    record::<DirectoryRecord>(&item);
    record::<HostRecord>(&item);
    record::<IdempotencyRecord>(&item);
    record::<MembershipRecord>(&item);
    record::<MoveRecord>(&item);
    record::<OperationRecord>(&item);
    record::<PersonByEmailRecord>(&item);
    record::<PersonRecord>(&item);
    record::<PersonTenantRecord>(&item);
    record::<PointerRecord>(&item);
    record::<RegistrationRecord>(&item);
    record::<ReleaseRecord>(&item);
    record::<SessionRecord>(&item);
    record::<SigningKeysRecord>(&item);
    record::<SiteLabelRecord>(&item);
    record::<SubdomainRecord>(&item);
    record::<TenantRecord>(&item);
    record::<WebsiteRecord>(&item);
}

fn record<R: Serialize + DeserializeOwned>(item: &Item) {
    let Ok(record) = serde_dynamo::from_item::<_, R>(item.clone()) else {
        return;
    };
    let written: Item = serde_dynamo::to_item(&record).unwrap();
    let again: R = serde_dynamo::from_item(written.clone()).unwrap();
    let rewritten: Item = serde_dynamo::to_item(&again).unwrap();
    assert_eq!(rewritten, written);
}

/// Reads an event out of an item.
pub(crate) fn outbox_image(bytes: &[u8]) {
    let Some(item) = item(bytes) else { return };
    let Ok(envelope) = Relay::envelope(item) else {
        return;
    };
    let written = serde_json::to_vec(&envelope).unwrap();
    self::envelope(&written);
}

/// Reads an item in the form in which streams carry it: every value under its type.
fn item(bytes: &[u8]) -> Option<Item> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    serde_json::from_value(value).ok()
}

/// Reads a template.
pub(crate) fn template(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let account = Account {
        region: REGION.to_owned(),
        account: ACCOUNT.to_owned(),
        domain: "localhost".to_owned(),
        parameters: BTreeMap::new(),
    };
    if let Ok(template) = Template::parse(text, &account) {
        assert!(!format!("{template:?}").is_empty());
    }
}
