//! The checksums that SQS returns. It must never know what a message says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::text::to_hex;
use md5::{Digest, Md5};
use serde_json::Value;

/// Returns the checksum of a body.
pub(crate) fn of_body(body: &str) -> String {
    to_hex(&Md5::digest(body.as_bytes()))
}

/// Returns the checksum of a message's attributes, if it has any.
pub(crate) fn of_attributes(attributes: &Value) -> Option<String> {
    let attributes = attributes
        .as_object()
        .filter(|members| !members.is_empty())?;
    let mut sorted: Vec<_> = attributes.iter().collect();
    sorted.sort_by_key(|(name, _)| name.as_str());
    let mut bytes = Vec::new();
    for (name, attribute) in sorted {
        let text = |member: &str| attribute.get(member).and_then(Value::as_str);
        append(&mut bytes, name.as_bytes());
        append(&mut bytes, text("DataType").unwrap_or_default().as_bytes());
        if let Some(value) = text("StringValue") {
            bytes.push(1);
            append(&mut bytes, value.as_bytes());
        } else if let Some(value) = text("BinaryValue") {
            bytes.push(2);
            append(&mut bytes, &STANDARD.decode(value).unwrap_or_default());
        }
    }
    Some(to_hex(&Md5::digest(&bytes)))
}

fn append(bytes: &mut Vec<u8>, part: &[u8]) {
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(part);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn checksums_are_those_of_aws() {
        assert_eq!(super::of_body("hello"), "5d41402abc4b2a76b9719d911017c592");
        let attributes = json!({"my_attribute_name_1":
            {"DataType": "String", "StringValue": "my_attribute_value_1"}});
        // The value that the AWS documentation's example client computes for this attribute.
        assert_eq!(
            super::of_attributes(&attributes).as_deref(),
            Some("8ef4d60dbc8efda9f260e1dfd09d29f3"),
        );
        assert_eq!(super::of_attributes(&json!({})), None);
    }
}
