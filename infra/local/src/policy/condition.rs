//! Conditions: what a statement asks of a request's context. They must never know the action or the resource.
//!
//! Source: the IAM user guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued
//! context keys". The operators for numbers, dates, addresses and binary values are not known here, and a policy
//! that has one is refused.

use crate::policy::pattern::{Pattern, Syntax};
use crate::policy::request::Context;

/// Keys of which a request may have many values: they mean nothing without a set operator.
const MULTIVALUED: [&str; 3] = ["aws:tagkeys", "dynamodb:attributes", "dynamodb:leadingkeys"];

/// How a condition goes through the values of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    /// There is one.
    One,
    /// Each must do, and it is enough that there is none.
    All,
    /// One of them must do.
    Any,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Equals,
    EqualsIgnoringCase,
    Like,
    Arn,
}

/// What a condition asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    /// That a value is among these, or is not.
    Values {
        over: Over,
        compare: Compare,
        is_negated: bool,
        if_exists: bool,
        patterns: Vec<Pattern>,
    },
    /// That there is no value, or that there is one.
    IsNull(bool),
}

/// What is asked of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    key: String,
    test: Test,
}

impl Condition {
    /// Reads a condition. The error says what is wrong with it.
    pub(super) fn parse(
        operator: &str,
        key: &str,
        values: &[String],
        variables: bool,
    ) -> Result<Self, String> {
        let key = key.to_ascii_lowercase();
        if operator == "Null" {
            let [is_null] = values else {
                return Err("`Null` takes one value".to_owned());
            };
            let test = Test::IsNull(boolean(is_null)?);
            return Ok(Self { key, test });
        }
        let (over, name) = match operator.split_once(':') {
            None => (Over::One, operator),
            Some(("ForAllValues", name)) => (Over::All, name),
            Some(("ForAnyValue", name)) => (Over::Any, name),
            Some((other, _)) => {
                return Err(format!("the set operator `{other}` is not known here"));
            }
        };
        if over == Over::One && MULTIVALUED.contains(&&*key) {
            return Err(format!("`{key}` has many values and needs a set operator"));
        }
        let (name, if_exists) = match name.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (compare, is_negated) = comparison(name)?;
        let syntax = Syntax {
            wildcards: matches!(compare, Compare::Like | Compare::Arn),
            variables: variables && name != "Bool",
            ignores_case: compare == Compare::EqualsIgnoringCase,
        };
        let patterns = values.iter().map(|value| Pattern::parse(value, syntax));
        let test = Test::Values {
            over,
            compare,
            is_negated,
            if_exists,
            patterns: patterns.collect::<Result<_, _>>()?,
        };
        Ok(Self { key, test })
    }

    /// Returns whether a request meets the condition.
    pub(super) fn holds(&self, context: &Context) -> bool {
        let values = context.values(&self.key);
        match &self.test {
            Test::IsNull(is_null) => values.is_empty() == *is_null,
            Test::Values {
                over,
                compare,
                is_negated,
                if_exists,
                patterns,
            } => {
                let does = |value: &String| {
                    let is_among = patterns.iter().any(|pattern| match compare {
                        Compare::Arn => pattern.matches_arn(value, context),
                        Compare::Equals | Compare::EqualsIgnoringCase | Compare::Like => {
                            pattern.matches(value, context)
                        }
                    });
                    is_among != *is_negated
                };
                match over {
                    Over::One if values.is_empty() => *if_exists || *is_negated,
                    Over::One | Over::All => values.iter().all(does),
                    Over::Any => values.iter().any(does),
                }
            }
        }
    }
}

/// Reads the name of an operator: how it compares, and whether it asks for the opposite.
fn comparison(name: &str) -> Result<(Compare, bool), String> {
    Ok(match name {
        "StringEquals" => (Compare::Equals, false),
        "StringNotEquals" => (Compare::Equals, true),
        "StringEqualsIgnoreCase" | "Bool" => (Compare::EqualsIgnoringCase, false),
        "StringNotEqualsIgnoreCase" => (Compare::EqualsIgnoringCase, true),
        "StringLike" => (Compare::Like, false),
        "StringNotLike" => (Compare::Like, true),
        "ArnEquals" | "ArnLike" => (Compare::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Compare::Arn, true),
        other => return Err(format!("the operator `{other}` is not known here")),
    })
}

fn boolean(text: &str) -> Result<bool, String> {
    text.to_ascii_lowercase()
        .parse()
        .map_err(|_neither| format!("`{text}` is neither true nor false"))
}
