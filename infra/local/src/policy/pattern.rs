//! Patterns: text with wildcards and with variables that a request gives values. It must never know where a
//! pattern stands.
//!
//! Source: the IAM user guide, "IAM policy elements: Variables and tags" and "Using wildcards in resource ARNs".

use crate::policy::request::Context;

/// What separates the parts of an ARN; the last part may have it too.
const ARN_SEPARATOR: char = ':';
const ARN_PARTS: usize = 6;

/// Characters that stand for themselves as the name of a variable: `${*}`, `${?}`, `${$}`.
const LITERALS: [&str; 3] = ["*", "?", "$"];

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// This text.
    Text(String),
    /// One character, whichever.
    One,
    /// Any number of characters, none too.
    Many,
    /// What a request says of a key, or else the default value.
    Variable {
        key: String,
        otherwise: Option<String>,
    },
}

/// A character of a pattern whose variables have values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Char(char),
    One,
    Many,
}

/// A text with wildcards and variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Vec<Part>,
    ignores_case: bool,
}

/// What stands for more than itself in a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Syntax {
    /// Whether `*` and `?` are wildcards.
    pub(super) wildcards: bool,
    /// Whether `${…}` is a variable.
    pub(super) variables: bool,
    /// Whether small letters are the same as capital ones.
    pub(super) ignores_case: bool,
}

impl Pattern {
    /// Reads a pattern. The error says what is wrong with it.
    pub(super) fn parse(text: &str, syntax: Syntax) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let variable = rest.strip_prefix("${").filter(|_| syntax.variables);
            rest = if let Some(after) = variable {
                let (name, after) = after
                    .split_once('}')
                    .ok_or_else(|| format!("`{text}` has an open brace"))?;
                parts.push(variable_named(name));
                after
            } else {
                parts.push(match next {
                    '*' if syntax.wildcards => Part::Many,
                    '?' if syntax.wildcards => Part::One,
                    other => Part::Text(other.to_string()),
                });
                rest.get(next.len_utf8()..).unwrap_or_default()
            };
        }
        Ok(Self {
            parts: joined(parts),
            ignores_case: syntax.ignores_case,
        })
    }

    /// Returns whether `text` is as the pattern says. A pattern with a variable that has no value matches nothing.
    pub(super) fn matches(&self, text: &str, context: &Context) -> bool {
        let Some(signs) = self.signs(context) else {
            return false;
        };
        if self.ignores_case {
            is_like(&signs, &text.to_lowercase())
        } else {
            is_like(&signs, text)
        }
    }

    /// Returns whether an ARN is as the pattern says: part by part, so that no wildcard reaches over a colon of the
    /// first five. The pattern `*` is any ARN.
    pub(super) fn matches_arn(&self, arn: &str, context: &Context) -> bool {
        if self.parts == [Part::Many] {
            return true;
        }
        let Some(signs) = self.signs(context) else {
            return false;
        };
        let is_separator = |sign: &Sign| *sign == Sign::Char(ARN_SEPARATOR);
        let patterns: Vec<&[Sign]> = signs.splitn(ARN_PARTS, is_separator).collect();
        let parts: Vec<&str> = arn.splitn(ARN_PARTS, ARN_SEPARATOR).collect();
        patterns.len() == ARN_PARTS
            && parts.len() == ARN_PARTS
            && patterns
                .iter()
                .zip(parts)
                .all(|(pattern, part)| is_like(pattern, part))
    }

    /// Returns whether the pattern is for ARNs: it has all their parts, or is `*`.
    pub(super) fn is_of_arns(&self) -> bool {
        let texts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.matches(ARN_SEPARATOR).count(),
            Part::One | Part::Many | Part::Variable { .. } => 0,
        });
        self.parts == [Part::Many] || texts.sum::<usize>() >= ARN_PARTS - 1
    }

    /// Gives the variables their values; none where one has no value.
    fn signs(&self, context: &Context) -> Option<Vec<Sign>> {
        let chars = |text: &str| -> Vec<Sign> {
            if self.ignores_case {
                text.to_lowercase().chars().map(Sign::Char).collect()
            } else {
                text.chars().map(Sign::Char).collect()
            }
        };
        let mut signs = Vec::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => signs.extend(chars(text)),
                Part::One => signs.push(Sign::One),
                Part::Many => signs.push(Sign::Many),
                Part::Variable { key, otherwise } => {
                    let value = context.single(key).or(otherwise.as_deref())?;
                    signs.extend(chars(value));
                }
            }
        }
        Some(signs)
    }
}

/// Reads what stands between the braces: a literal, or a key, perhaps with a default value in quotes.
fn variable_named(name: &str) -> Part {
    if LITERALS.contains(&name) {
        return Part::Text(name.to_owned());
    }
    let (key, otherwise) = match name.split_once(',') {
        Some((key, value)) => (key, Some(value.trim().trim_matches('\'').to_owned())),
        None => (name, None),
    };
    Part::Variable {
        key: key.trim().to_owned(),
        otherwise,
    }
}

/// Joins texts that stand beside each other.
fn joined(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
            (_, part) => joined.push(part),
        }
    }
    joined
}

/// Matches from the left, and where that fails, lets the last `Many` take one character more: at most as many steps
/// as the pattern is long times the text.
fn is_like(pattern: &[Sign], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut read) = (0, 0);
    let mut last_many: Option<(usize, usize)> = None;
    while let Some(character) = text.get(read) {
        match pattern.get(at) {
            Some(Sign::Many) => {
                last_many = Some((at, read));
                at += 1;
            }
            Some(Sign::One) => (at, read) = (at + 1, read + 1),
            Some(Sign::Char(expected)) if expected == character => {
                (at, read) = (at + 1, read + 1);
            }
            Some(Sign::Char(_)) | None => {
                let Some((many, taken)) = last_many else {
                    return false;
                };
                last_many = Some((many, taken + 1));
                (at, read) = (many + 1, taken + 1);
            }
        }
    }
    pattern
        .get(at..)
        .is_some_and(|rest| rest.iter().all(|sign| *sign == Sign::Many))
}

#[cfg(test)]
mod tests {
    use super::{Pattern, Syntax};
    use crate::policy::request::Context;

    const FULL: Syntax = Syntax {
        wildcards: true,
        variables: true,
        ignores_case: false,
    };

    #[test]
    fn wildcards_stand_for_any_text() {
        for (pattern, text, is) in [
            ("T#*#SITE#*#POINTER", "T#1#SITE#2#POINTER", true),
            ("T#*#SITE#*#POINTER", "T#1#SITE#2#PAGES", false),
            ("a*b*c", "abbbxbc", true),
            ("a*b*c", "abbbxb", false),
            ("*", "", true),
            ("?", "", false),
            ("a?c", "aéc", true),
            ("**a", "bca", true),
            ("", "", true),
            ("", "a", false),
        ] {
            let parsed = Pattern::parse(pattern, FULL).unwrap();
            assert_eq!(
                parsed.matches(text, &Context::default()),
                is,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn what_a_variable_brings_is_no_wildcard() {
        let context = Context::default().with("aws:PrincipalTag/tenant", ["*"]);
        let pattern = Pattern::parse("T#${aws:principaltag/tenant}#*", FULL).unwrap();
        assert!(pattern.matches("T#*#SITES", &context));
        assert!(!pattern.matches("T#1#SITES", &context));
    }

    #[test]
    fn a_variable_that_is_never_closed_is_refused() {
        assert_eq!(
            Pattern::parse("T#${aws", FULL).unwrap_err(),
            "`T#${aws` has an open brace"
        );
    }
}
