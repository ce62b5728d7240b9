//! Recorded events, sent to one function under AWS's own emulator of the runtime interface. It must
//! never know what they ask for.

use std::path::Path;

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;

use super::account::Account;
use super::stack::Stack;

/// Where the runtime interface takes events.
const INVOKE: &str = "/2015-03-31/functions/function/invocations";

/// Returns the variables that a function has, a line for each.
pub async fn environment(stack: &Stack, function: &str) -> anyhow::Result<Vec<String>> {
    let path = format!(
        "/2015-03-31/functions/{}/configuration",
        stack.physical(function)?
    );
    let account = &stack.account;
    let found = account.rest("lambda", Method::GET, &path, None).await?;
    let variables = found
        .pointer("/Environment/Variables")
        .and_then(Value::as_object);
    let lines = variables.context("a function has variables")?.iter();
    let lines = lines.filter_map(|(name, value)| Some(format!("{name}={}", value.as_str()?)));
    Ok(lines.collect())
}

/// Sends every event in `folder` to the function; returns a line for each.
pub async fn replay(function: &Account, folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        files.push(entry?.path());
    }
    files.sort_unstable();
    let mut lines = Vec::new();
    for file in files {
        let event = Bytes::from(std::fs::read(&file)?);
        let request = Request::builder()
            .method(Method::POST)
            .uri(INVOKE)
            .body(event)?;
        let answer = function.plain(request).await?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let status = body.get("statusCode").and_then(Value::as_u64);
        let is_good = answer.status().is_success() && status.is_some_and(|status| status < 500);
        ensure!(
            is_good,
            "{name}: {}",
            String::from_utf8_lossy(answer.body())
        );
        lines.push(format!("{name:36} {}", status.unwrap_or_default()));
    }
    ensure!(
        !lines.is_empty(),
        "no event is recorded in {}",
        folder.display()
    );
    Ok(lines)
}
