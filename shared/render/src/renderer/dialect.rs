//! The part of the template language that can be bounded. Templates are checked before they are
//! compiled, because the engine counts a template's steps but not what one step makes:
//!
//! - No operator makes text or lists grow: `~`, `+`, `*`, slices and maps are refused, and there
//!   are no filters. What a template holds is what it was given.
//! - Nothing is captured: no macros, no `set` blocks, no calls but the recursive loop that writes
//!   straight to the page. So every byte a template makes passes the writer that stops at the limit.
//! - Escaping cannot be turned off: there is no `autoescape` and no `safe`.

use crate::limits::TEMPLATE_BYTES_MAX;

/// Why a template is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialectError {
    /// The source is too long.
    #[error("the template has more than {TEMPLATE_BYTES_MAX} bytes")]
    TooLong,
    /// A tag, comment or text in it does not end.
    #[error("`{0}` does not end")]
    Unclosed(&'static str),
    /// A tag is not one of those allowed.
    #[error("the tag `{0}` is not allowed")]
    Tag(String),
    /// A character is not one of those allowed.
    #[error("`{0}` is not allowed in `{1}`")]
    Character(char, String),
    /// Something is called.
    #[error("the call in `{0}` is not allowed")]
    Call(String),
    /// A template is named by something other than text.
    #[error("`{0}` must name a template by its path")]
    Name(String),
}

/// What a tag may begin with.
const TAGS: [&str; 10] = [
    "block", "elif", "else", "endblock", "endfor", "endif", "extends", "for", "if", "include",
];

/// Says whether a template is written in the dialect.
pub(super) fn check(source: &str) -> Result<(), DialectError> {
    if source.len() > TEMPLATE_BYTES_MAX {
        return Err(DialectError::TooLong);
    }
    let mut rest = source;
    while let Some(at) = rest.find('{') {
        rest = rest.split_at(at).1;
        rest = if let Some(inner) = rest.strip_prefix("{#") {
            let end = inner.find("#}").ok_or(DialectError::Unclosed("{#"))?;
            inner.split_at(end).1
        } else if let Some(inner) = rest.strip_prefix("{{") {
            let (expression, rest) = until(inner, "}}").ok_or(DialectError::Unclosed("{{"))?;
            printed(trim(expression))?;
            rest
        } else if let Some(inner) = rest.strip_prefix("{%") {
            let (tag, rest) = until(inner, "%}").ok_or(DialectError::Unclosed("{%"))?;
            self::tag(trim(tag))?;
            rest
        } else {
            rest.split_at(1).1
        };
    }
    Ok(())
}

/// Splits at the first `end` that is not within quotes.
fn until<'s>(source: &'s str, end: &str) -> Option<(&'s str, &'s str)> {
    let mut quote = None;
    for (at, character) in source.char_indices() {
        match quote {
            None if source.get(at..)?.starts_with(end) => return Some(source.split_at(at)),
            None if matches!(character, '"' | '\'') => quote = Some(character),
            // An escaped quote would have to be understood just as the engine does.
            Some(_) if character == '\\' => return None,
            Some(open) if open == character => quote = None,
            None | Some(_) => {}
        }
    }
    None
}

/// Removes the signs that control white space.
fn trim(inner: &str) -> &str {
    inner
        .trim_start_matches(['-', '+'])
        .trim_end_matches(['-', '+'])
        .trim()
}

/// Checks what stands in `{{ }}`: an expression, or the call of a recursive loop.
fn printed(text: &str) -> Result<(), DialectError> {
    let argument = text
        .strip_prefix("loop(")
        .and_then(|inner| inner.strip_suffix(')'));
    match argument {
        Some(path) if is_path(path) => Ok(()),
        _ => expression(text),
    }
}

/// Checks what stands in `{% %}`.
fn tag(text: &str) -> Result<(), DialectError> {
    let (name, rest) = text
        .split_once(|character: char| character.is_whitespace())
        .unwrap_or((text, ""));
    if !TAGS.contains(&name) {
        return Err(DialectError::Tag(name.to_owned()));
    }
    if matches!(name, "include" | "extends") {
        let path = rest
            .trim()
            .strip_prefix('"')
            .and_then(|inner| inner.strip_suffix('"'));
        let is_name = |path: &str| {
            path.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
        };
        if !path.is_some_and(is_name) {
            return Err(DialectError::Name(text.to_owned()));
        }
    }
    expression(rest)
}

/// Checks an expression: names, members, comparisons, logic, text, numbers, `if … else …`.
fn expression(text: &str) -> Result<(), DialectError> {
    let mut quote = None;
    for character in text.chars() {
        match quote {
            Some(open) if open == character => quote = None,
            None if matches!(character, '"' | '\'') => quote = Some(character),
            None if character == '(' => return Err(DialectError::Call(text.to_owned())),
            None if !is_plain(character) => {
                return Err(DialectError::Character(character, text.to_owned()));
            }
            None | Some(_) => {}
        }
    }
    Ok(())
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || character.is_ascii_whitespace()
        || matches!(character, '_' | '.' | '=' | '!' | '<' | '>')
}

fn is_path(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_themes_need_is_allowed() {
        for source in [
            "<p>{{ page.title }}</p> { % } {",
            "{% if a and not b.c == 'x' %}{{ \"}}~\" }}{% elif a > 1 %}{% else %}{% endif %}",
            "{%- for item in items recursive -%}{{ loop(item.children) }}{%- endfor -%}",
            "{% extends \"templates/layout.html\" %}{% block body %}{% endblock %}",
            "{# {{ a ~ b }} {% set x %} #}{% include \"templates/head.html\" %}",
        ] {
            assert_eq!(check(source), Ok(()), "{source}");
        }
    }

    #[test]
    fn what_grows_or_escapes_is_refused() {
        for source in [
            "{{ a ~ a }}",
            "{{ a + a }}",
            "{{ a * 9 }}",
            "{{ a[:] }}",
            "{{ [a, a] }}",
            "{{ {\"a\": a} }}",
            "{{ a|safe }}",
            "{{ a|join }}",
            "{{ range(9) }}",
            "{{ super() }}",
            "{{ loop(loop(a)) }}",
            "{{ loop(a) ~ loop(b) }}",
            "{{ loop(a), loop(b) }}",
            "{{ 'a\\'' ~ b ~ '' }}",
            "{{ (a) }}",
            "{{ a, a }}",
            "{% set x = a %}",
            "{% set x %}{{ a }}{% endset %}",
            "{% macro m() %}{% endmacro %}",
            "{% call m() %}{% endcall %}",
            "{% filter upper %}{% endfilter %}",
            "{% autoescape false %}{% endautoescape %}",
            "{% import \"x\" as x %}",
            "{% from \"x\" import x %}",
            "{% include name %}",
            "{% include [\"a\", \"b\"] %}",
            "{% raw %}{{ a ~ a }}{% endraw %}",
            "{% do a() %}",
            "{% if a() %}{% endif %}",
            "{% for x in a|batch %}{% endfor %}",
            "{{ a",
            "{% if a",
            "{# a",
        ] {
            assert!(check(source).is_err(), "{source}");
        }
    }
}
