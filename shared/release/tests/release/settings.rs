//! Settings: one encoding per object, exact numbers, bounds.

use proptest::prelude::*;
use release::limits::{SETTINGS_BYTES_MAX, SETTINGS_DEPTH_MAX};
use release::{Settings, SettingsError};
use serde_json::{Map, Value, json};

use super::samples::tree_with;
use super::support::config;

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |float| {
            serde_json::Number::from_f64(float).map(Value::Number)
        }),
    ]
}

pub(crate) fn object() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number(),
        "\\PC{0,12}".prop_map(Value::String),
    ];
    let value = leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::btree_map("\\PC{0,30}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("\\PC{0,30}", value, 0..6)
        .prop_map(|members| members.into_iter().collect())
}

fn settings(value: &Value) -> Result<Settings, SettingsError> {
    Settings::new(value.as_object().unwrap())
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn settings_read_back_exactly(object in object()) {
        let kept = Settings::new(&object).unwrap();
        prop_assert_eq!(kept.members(), &object);
        let tree = tree_with(kept);
        let read = release::Tree::decode(&tree.encode()).unwrap();
        prop_assert_eq!(read.config.members(), &object);
        prop_assert_eq!(read, tree);
    }

    #[test]
    fn the_order_of_members_leaves_no_trace(object in object()) {
        let reversed: Map<String, Value> = object.clone().into_iter().rev().collect();
        let [one, other] = [&object, &reversed].map(|object| Settings::new(object).unwrap());
        prop_assert_eq!(tree_with(one).id(), tree_with(other).id());
    }
}

#[test]
fn different_numbers_are_different_settings() {
    let values = [
        json!({"a": 1}),
        json!({"a": 1.0}),
        json!({"a": -1}),
        json!({"a": 0.1}),
    ];
    for (left, one) in values.iter().enumerate() {
        for (right, other) in values.iter().enumerate() {
            assert_eq!(settings(one) == settings(other), left == right);
        }
    }
}

#[test]
fn settings_have_bounds() {
    let nested = |levels: usize| {
        let deep = (1..levels).fold(json!({}), |inner, _| json!({"a": inner}));
        settings(&deep)
    };
    assert!(nested(SETTINGS_DEPTH_MAX).is_ok());
    assert_eq!(nested(SETTINGS_DEPTH_MAX + 1), Err(SettingsError::TooDeep));
    // The head of the object, the name, the head of the text.
    let fill = |bytes: usize| settings(&json!({"a": "x".repeat(bytes - 1 - 2 - 3)}));
    assert!(fill(SETTINGS_BYTES_MAX).is_ok());
    assert_eq!(fill(SETTINGS_BYTES_MAX + 1), Err(SettingsError::TooLarge));
}
