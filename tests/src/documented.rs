//! Holds what the API answers against its description: a client that was made from the description
//! must not be surprised.

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{Method, Response, header};
use serde_json::Value;

/// The description, as it is published.
const DESCRIPTION: &str = include_str!("../../docs/openapi.json");

/// Refusals that every operation may answer with, and that its description leaves to the default.
const ANYWHERE: &[u16] = &[413, 500, 503];

/// Checks that the description has the answer; what is no operation of the API passes.
///
/// # Errors
///
/// If the operation's description does not have the answer's status, or not the kind of refusal.
pub fn check(method: &Method, path: &str, response: &Response<Bytes>) -> anyhow::Result<()> {
    let description: Value = serde_json::from_str(DESCRIPTION)?;
    let Some(operation) = operation(&description, method, path) else {
        return Ok(());
    };
    let status = response.status().as_u16();
    if ANYWHERE.contains(&status) {
        return Ok(());
    }
    let told = operation.pointer(&format!("/responses/{status}"));
    let told = told.with_context(|| {
        let body = String::from_utf8_lossy(response.body());
        format!("{method} {path}: the description has no {status}, but: {body}")
    })?;
    let media_type = response.headers().get(header::CONTENT_TYPE);
    if media_type.is_none_or(|it| it != "application/problem+json") {
        return Ok(());
    }
    let problem: Value = serde_json::from_slice(response.body())?;
    let title = problem.pointer("/title").and_then(Value::as_str);
    let title = title.context("a problem has a title")?;
    let causes = told.pointer("/description").and_then(Value::as_str);
    ensure!(
        causes.is_some_and(|causes| causes.contains(title)),
        "{method} {path}: the description of {status} does not have `{title}`"
    );
    Ok(())
}

/// Finds the operation of a request: of several paths that fit, the one with the fewest parameters.
fn operation<'a>(description: &'a Value, method: &Method, path: &str) -> Option<&'a Value> {
    let path = path.split('?').next().unwrap_or_default();
    let paths = description.pointer("/paths")?.as_object()?;
    let (_, operations) = paths
        .iter()
        .filter(|(template, _)| fits(template, path))
        .min_by_key(|(template, _)| template.matches('{').count())?;
    operations.get(method.as_str().to_ascii_lowercase())
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template
            .zip(path)
            .all(|(part, text)| part == text || (part.starts_with('{') && !text.is_empty()))
}
