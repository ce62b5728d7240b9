//! Shapes of what callers send, for the API's description: what the parsers of these things take,
//! as far as JSON Schema can say it. It must never know what any function does with them.

/// Declares shapes: types that stand in the API's description for what is parsed elsewhere, each
/// with its JSON Schema.
#[macro_export]
macro_rules! shapes {
    ($($(#[doc = $doc:literal])+ $visibility:vis $name:ident = $schema:expr;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy)]
        $visibility enum $name {}

        impl $crate::shapes::utoipa::PartialSchema for $name {
            fn schema() -> $crate::shapes::Shape {
                $crate::shapes::shape($schema, concat!($($doc),+))
            }
        }

        impl $crate::shapes::utoipa::ToSchema for $name {}
    )+};
}

#[doc(hidden)]
pub use utoipa;

use kernel::limits::{
    EMAIL_BYTES_MAX, METADATA_CHARS_MAX, METADATA_ENTRIES_MAX, PASSWORD_BYTES_MAX,
    PASSWORD_CHARS_MIN, SUBDOMAIN_BYTES_MAX, SUBDOMAIN_BYTES_MIN,
};
use serde_json::{Value, json};

/// A schema as `utoipa` has it.
pub type Shape = utoipa::openapi::RefOr<utoipa::openapi::Schema>;

/// Makes a schema of its JSON.
#[doc(hidden)]
pub fn shape(mut schema: Value, description: &str) -> Shape {
    if let Some(members) = schema.as_object_mut() {
        members.insert("description".to_owned(), json!(description.trim()));
    }
    serde_json::from_value(schema).unwrap_or_default()
}

/// A text without control characters.
pub const LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// A text without control characters that is not white space alone.
pub const LINE_WITH_TEXT: &str = r"^[^\u0000-\u001f\u007f-\u009f]*[^\u0000- \u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000][^\u0000-\u001f\u007f-\u009f]*$";

/// An id: a UUID of version 7, in lower case.
pub const ID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

const SUBDOMAIN: &str = "^[a-z](-?[a-z0-9])*$";

/// White space, as a class of a pattern has it.
pub const SPACE: &str = r"\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";

/// Control characters and marks of direction, as a class of a pattern has them.
const UNSEEN: &str = r"\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069";

shapes! {
    /// A name that people read: 1 to 255 characters between white space that is dropped, none of
    /// them a control character or a mark of direction.
    pub DisplayName = json!({
        "type": "string",
        "pattern": format!(
            "^[{SPACE}]*[^{SPACE}{UNSEEN}]([^{UNSEEN}]{{0,253}}[^{SPACE}{UNSEEN}])?[{SPACE}]*$"
        ),
    });
    /// An e-mail address.
    pub EmailText = json!({
        "type": "string",
        "pattern": "^[A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~]+(\\.[A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~]+)*\
            @([A-Za-z0-9]([A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?\\.)+\
            [A-Za-z0-9]([A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?$",
        "maxLength": EMAIL_BYTES_MAX,
        "example": "ada@example.com",
    });
    /// A password, of at most 256 bytes.
    pub NewPassword = json!({
        "type": "string",
        "minLength": PASSWORD_CHARS_MIN,
        "maxLength": PASSWORD_BYTES_MAX,
        "example": "correct horse battery",
    });
    /// A tenant's name in host names.
    pub TenantSubdomain = json!({
        "type": "string",
        "pattern": SUBDOMAIN,
        "minLength": SUBDOMAIN_BYTES_MIN,
        "maxLength": SUBDOMAIN_BYTES_MAX,
        "example": "acme",
    });
    /// A website's name in host names, under its tenant's.
    pub WebsiteSubdomain = json!({
        "type": "string",
        "pattern": SUBDOMAIN,
        "minLength": 1,
        "maxLength": SUBDOMAIN_BYTES_MAX,
        "example": "handbook",
    });
    /// An id: a UUID of version 7, in lower case.
    pub IdText = json!({
        "type": "string",
        "pattern": ID,
    });
    /// What operators note about a tenant: names with values.
    pub Notes = json!({
        "type": "object",
        "propertyNames": {"type": "string", "minLength": 1, "maxLength": METADATA_CHARS_MAX},
        "additionalProperties": {"type": "string", "maxLength": METADATA_CHARS_MAX},
        "maxProperties": METADATA_ENTRIES_MAX,
    });
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use utoipa::{PartialSchema, ToSchema};

    use super::{
        DisplayName, EmailText, IdText, NewPassword, Notes, TenantSubdomain, WebsiteSubdomain,
        shape,
    };

    fn schema<T: ToSchema>() -> Value {
        json!(<T as PartialSchema>::schema())
    }

    #[test]
    fn what_is_written_is_what_is_said() {
        let all = [
            schema::<DisplayName>(),
            schema::<EmailText>(),
            schema::<IdText>(),
            schema::<NewPassword>(),
            schema::<Notes>(),
            schema::<TenantSubdomain>(),
            schema::<WebsiteSubdomain>(),
        ];
        for schema in all {
            assert!(schema["type"].is_string(), "{schema}");
            let members = schema.as_object().unwrap();
            assert!(members.len() > 2, "{schema}");
            let again = shape(schema.clone(), schema["description"].as_str().unwrap());
            assert_eq!(json!(again), schema);
        }
        assert_eq!(schema::<Notes>()["propertyNames"]["minLength"], 1);
    }
}
