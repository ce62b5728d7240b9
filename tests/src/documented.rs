//! Holds what the API answers against its description: a client that was made from the description
//! must not be surprised.

use std::sync::LazyLock;

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, header};
use serde_json::Value;
use web::ProblemType;

/// The description, as it is published; nothing where it is no JSON.
static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../docs/openapi.json");
    serde_json::from_str(text).unwrap_or_default()
});

/// Returns the description, as it is published.
pub fn description() -> &'static Value {
    &DESCRIPTION
}

/// Refusals that every operation may answer with, and that its description leaves to the default.
const ANYWHERE: &[u16] = &[413, 500, 503];

/// What is answered where there is no operation: that there is nothing, or not by this method, or that it was asked too
/// often.
const NOWHERE: &[u16] = &[404, 405, 429];

/// Checks that the description has the answer. What is no operation of the API is not there: only
/// the gateway or a refusal says so.
///
/// # Errors
///
/// If the operation's description does not have the answer's status, or not the kind of refusal, or
/// if there is an answer where the description has no operation.
pub fn check(method: &Method, path: &str, response: &Response<Bytes>) -> anyhow::Result<()> {
    let status = response.status().as_u16();
    let said = || String::from_utf8_lossy(response.body());
    let Some(operation) = operation(&DESCRIPTION, method, path) else {
        let is_of_gateway = !response.headers().contains_key("x-request-id");
        let is_refusal = response.status().is_client_error();
        ensure!(
            NOWHERE.contains(&status) || is_of_gateway && is_refusal,
            "{method} {path}: the description has no such operation, but it answers {status}: {}",
            said()
        );
        return Ok(());
    };
    let exact = operation.pointer(&format!("/responses/{status}"));
    let default = operation.pointer("/responses/default");
    let default = default.filter(|_| ANYWHERE.contains(&status));
    let told = exact.or(default).with_context(|| {
        format!(
            "{method} {path}: the description has no {status}, but: {}",
            said()
        )
    })?;
    let sets_cookies = response.headers().contains_key(header::SET_COOKIE);
    ensure!(
        !sets_cookies || told.pointer("/headers/Set-Cookie").is_some(),
        "{method} {path}: the description has no cookies"
    );
    let media_type = response.headers().get(header::CONTENT_TYPE);
    if method == Method::HEAD || media_type.is_none_or(|it| it != "application/problem+json") {
        return Ok(());
    }
    let problem: Value = serde_json::from_slice(response.body())?;
    let title = problem.pointer("/title").and_then(Value::as_str);
    let title = title.context("a problem has a title")?;
    if exact.is_none() {
        let kind = ProblemType::ALL.iter().find(|kind| kind.title() == title);
        ensure!(
            kind.is_some_and(|kind| kind.status() == response.status()),
            "{method} {path}: no problem of {status} is called `{title}`"
        );
        return Ok(());
    }
    let causes = told.pointer("/description").and_then(Value::as_str);
    ensure!(
        causes.is_some_and(|causes| causes.contains(title)),
        "{method} {path}: the description of {status} does not have `{title}`"
    );
    Ok(())
}

/// Whether a cookie is one that its host alone gets back, from pages of the same site.
fn is_host_only(cookie: &str) -> bool {
    let mut attributes = cookie.split(';').map(str::trim).skip(1);
    cookie.starts_with("__Host-")
        && ["Path=/", "Secure", "SameSite=Strict"]
            .iter()
            .all(|needed| cookie.split(';').any(|one| one.trim() == *needed))
        && attributes.all(|one| !one.to_ascii_lowercase().starts_with("domain"))
}

/// Checks that cookies are set where people sign in and nowhere else, and kept by the API's host alone.
fn check_cookies(is_api: bool, path: &str, headers: &HeaderMap) -> anyhow::Result<()> {
    for cookie in headers.get_all(header::SET_COOKIE) {
        let is_of_sign_ins =
            path.starts_with("/api/v1/auth/") || path.ends_with("/change_password");
        ensure!(is_api && is_of_sign_ins, "{path}: an answer sets a cookie");
        ensure!(
            is_host_only(cookie.to_str()?),
            "{path}: others get a cookie of the API's"
        );
    }
    Ok(())
}

/// Checks that nobody keeps what is for one alone.
///
/// No answer sets a cookie but where people sign in, nobody keeps what the API answers but for the public keys, and
/// visitors' networks keep what is public and nothing else.
///
/// # Errors
///
/// If an answer could be given to somebody whom it is not for.
pub fn check_privacy(is_api: bool, path: &str, response: &Response<Bytes>) -> anyhow::Result<()> {
    let headers = response.headers();
    check_cookies(is_api, path, headers)?;
    let text = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_ascii_lowercase()
    };
    let control = text(header::CACHE_CONTROL.as_str());
    let is_ours = headers.contains_key("x-request-id");
    if is_api {
        let is_public = path.starts_with("/.well-known/") && response.status() == StatusCode::OK;
        // What the gateway itself refuses has no header of ours, and nothing in it is anybody's.
        ensure!(
            is_public || !is_ours || control == "no-store",
            "{path}: the API's answer may be kept: `{control}`"
        );
        ensure!(
            is_ours || !response.status().is_success(),
            "{path}: the gateway alone answered"
        );
        return Ok(());
    }
    let status = response.status();
    // At a host that is nobody's there are no previews, and what is said of it is no secret.
    let is_preview = path.starts_with("/_preview/") && status != StatusCode::NOT_FOUND;
    let is_passing = status.is_server_error() || status == StatusCode::METHOD_NOT_ALLOWED;
    if is_preview || is_passing {
        let is_hit = text("x-cache").starts_with("hit");
        ensure!(
            (control.is_empty() || control.contains("no-store")) && !is_hit,
            "{path}: {status} is kept: `{control}`"
        );
    }
    ensure!(
        control.is_empty() || control.contains("no-store") || control.starts_with("public, "),
        "{path}: it is not said who may keep the answer: `{control}`"
    );
    Ok(())
}

/// Finds the operation of a request: of several paths that fit, the one with the fewest parameters.
/// What takes `GET` takes `HEAD`, and answers the same without a body.
fn operation<'a>(description: &'a Value, method: &Method, path: &str) -> Option<&'a Value> {
    let path = path.split('?').next().unwrap_or_default();
    let paths = description.pointer("/paths")?.as_object()?;
    let (_, operations) = paths
        .iter()
        .filter(|(template, _)| fits(template, path))
        .min_by_key(|(template, _)| template.matches('{').count())?;
    // Methods are told apart by their case: `get` is none that anybody knows.
    let is_head = method == Method::HEAD;
    let method = if is_head { "GET" } else { method.as_str() };
    let name = method.to_ascii_lowercase();
    let is_known = name.to_ascii_uppercase() == method;
    operations.get(name).filter(|_| is_known)
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template
            .zip(path)
            .all(|(part, text)| part == text || (part.starts_with('{') && !text.is_empty()))
}
