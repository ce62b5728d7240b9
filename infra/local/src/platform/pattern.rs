//! Event patterns, as rules of buses and filters of event-source mappings use them: every field of
//! the pattern must be in the event, with one of the values listed.

use serde_json::Value;

/// Returns whether `event` matches `pattern`. Only exact values are known: the template reader
/// refuses every other pattern.
pub(super) fn matches(pattern: &Value, event: &Value) -> bool {
    match pattern {
        Value::Object(fields) => fields
            .iter()
            .all(|(name, pattern)| event.get(name).is_some_and(|event| matches(pattern, event))),
        Value::Array(values) => values.contains(event),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::matches;

    #[test]
    fn every_field_must_have_one_of_its_values() {
        let pattern = json!({"eventName": ["INSERT"], "image": {"entity": {"S": ["a", "b"]}}});
        let event = |name: &str, entity: &str| json!({"eventName": name, "image": {"entity": {"S": entity}, "more": 1}});
        assert!(matches(&pattern, &event("INSERT", "a")));
        assert!(matches(&pattern, &event("INSERT", "b")));
        assert!(!matches(&pattern, &event("MODIFY", "a")));
        assert!(!matches(&pattern, &event("INSERT", "c")));
        assert!(!matches(&pattern, &json!({"eventName": "INSERT"})));
        assert!(!matches(&json!("INSERT"), &json!("INSERT")));
    }
}
