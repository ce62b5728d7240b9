//! Gives an HTTP API the routes of its template, where the emulator made none.
//!
//! With them come the integrations that they lead to and the authorizers that guard them. It must never
//! add anything that the processed template does not say.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use http::Method;
use serde_json::{Value, json};

use super::stack::Stack;

/// The extension that names a route's function.
const INTEGRATION: &str = "x-amazon-apigateway-integration";

/// The extension that describes an authorizer.
const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";

/// How the description writes a route of any method.
const ANY_METHOD: &str = "x-amazon-apigateway-any-method";

/// Adds the routes that are missing; returns how many. The API then has those of the template, and no
/// other.
pub async fn import(stack: &Stack, api: &str) -> anyhow::Result<usize> {
    let processed = stack.processed().await?;
    let description = processed
        .pointer(&format!("/Resources/{api}/Properties/Body"))
        .context("the processed template has no description of the API")?;
    let described = described(description)?;
    ensure!(!described.is_empty(), "the description has no routes");
    let api = stack.physical(api)?.to_owned();
    let there = keys(stack, &api).await?;
    let missing = described.iter().filter(|(key, _)| !there.contains(*key));
    let missing: Vec<_> = missing.collect();
    if !missing.is_empty() {
        let authorizers = authorizers(stack, &api, description).await?;
        let mut integrations = BTreeMap::new();
        for (key, operation) in &missing {
            let function = operation.pointer(&format!("/{INTEGRATION}/uri"));
            let function = named(function.context("a route without function")?)?;
            let integration = match integrations.get(&function) {
                Some(integration) => String::clone(integration),
                None => integrate(stack, &api, &function).await?,
            };
            integrations.insert(function, integration.clone());
            let mut route = json!({
                "routeKey": key,
                "target": format!("integrations/{integration}"),
            });
            if let Some(authorizer) = guard(operation, &authorizers)
                && let Some(route) = route.as_object_mut()
            {
                route.insert("authorizationType".to_owned(), json!("CUSTOM"));
                route.insert("authorizerId".to_owned(), json!(authorizer));
            }
            create(stack, &format!("/v2/apis/{api}/routes"), &route).await?;
        }
    }
    let (there, wanted) = (
        keys(stack, &api).await?,
        described.keys().cloned().collect(),
    );
    ensure!(there == wanted, "the routes are {there:?}, not {wanted:?}");
    Ok(missing.len())
}

/// Returns the operations of a description by their routes' keys, such as `GET /api/v1/websites`.
fn described(description: &Value) -> anyhow::Result<BTreeMap<String, &Value>> {
    let paths = description.get("paths").and_then(Value::as_object);
    let mut found = BTreeMap::new();
    for (path, methods) in paths.context("the description has no paths")? {
        for (method, operation) in methods.as_object().context("a path without methods")? {
            let method = if method == ANY_METHOD { "ANY" } else { method };
            found.insert(format!("{} {path}", method.to_uppercase()), operation);
        }
    }
    Ok(found)
}

/// Returns the keys of the routes that an API has.
async fn keys(stack: &Stack, api: &str) -> anyhow::Result<BTreeSet<String>> {
    let path = format!("/v2/apis/{api}/routes?maxResults=500");
    let account = &stack.account;
    let answer = account.rest("apigateway", Method::GET, &path, None).await?;
    ensure!(
        answer.get("nextToken").is_none_or(Value::is_null),
        "more than 500 routes"
    );
    let routes = answer.get("items").and_then(Value::as_array);
    let keys = routes
        .context("a list of routes")?
        .iter()
        .map(|route| route.get("routeKey").and_then(Value::as_str));
    keys.map(|key| Ok(key.context("a route has a key")?.to_owned()))
        .collect()
}

/// Returns the authorizer that guards a route.
fn guard<'a>(operation: &Value, authorizers: &'a BTreeMap<String, String>) -> Option<&'a String> {
    let security = operation.get("security")?.as_array()?;
    let names = security.iter().filter_map(Value::as_object).flatten();
    names
        .map(|(name, _)| name)
        .find_map(|name| authorizers.get(name))
}

async fn authorizers(
    stack: &Stack,
    api: &str,
    description: &Value,
) -> anyhow::Result<BTreeMap<String, String>> {
    let mut made = BTreeMap::new();
    let schemes = description.pointer("/components/securitySchemes");
    for (name, scheme) in schemes.and_then(Value::as_object).into_iter().flatten() {
        let wish = scheme
            .get(AUTHORIZER)
            .context("a scheme without authorizer")?;
        let function = named(wish.get("authorizerUri").context("no authorizer")?)?;
        let text = |key: &str| wish.get(key).cloned().unwrap_or_default();
        let mut authorizer = json!({
            "name": name,
            "authorizerType": "REQUEST",
            "authorizerUri": uri(stack, &function)?,
            "authorizerPayloadFormatVersion": text("authorizerPayloadFormatVersion"),
            "authorizerResultTtlInSeconds": text("authorizerResultTtlInSeconds"),
            "enableSimpleResponses": text("enableSimpleResponses"),
            "identitySource": [],
        });
        if let Some(role) = wish.get("authorizerCredentials").and_then(logical)
            && let Some(authorizer) = authorizer.as_object_mut()
        {
            let role = format!("arn:aws:iam::000000000000:role/{}", stack.physical(&role)?);
            authorizer.insert("authorizerCredentialsArn".to_owned(), json!(role));
        }
        let answer = create(stack, &format!("/v2/apis/{api}/authorizers"), &authorizer).await?;
        made.insert(name.clone(), id(&answer, "authorizerId")?);
    }
    Ok(made)
}

async fn integrate(stack: &Stack, api: &str, function: &str) -> anyhow::Result<String> {
    let integration = json!({
        "integrationType": "AWS_PROXY",
        "integrationMethod": "POST",
        "payloadFormatVersion": "2.0",
        "integrationUri": uri(stack, function)?,
    });
    let path = format!("/v2/apis/{api}/integrations");
    id(&create(stack, &path, &integration).await?, "integrationId")
}

async fn create(stack: &Stack, path: &str, body: &Value) -> anyhow::Result<Value> {
    let account = &stack.account;
    account
        .rest("apigateway", Method::POST, path, Some(body))
        .await
}

fn id(answer: &Value, name: &str) -> anyhow::Result<String> {
    let id = answer.get(name).and_then(Value::as_str);
    Ok(id.with_context(|| format!("no `{name}`"))?.to_owned())
}

/// Returns the address at which the gateway calls a function.
fn uri(stack: &Stack, function: &str) -> anyhow::Result<String> {
    let region = stack.account.region();
    let name = stack.physical(function)?;
    Ok(format!(
        "arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/\
         arn:aws:lambda:{region}:000000000000:function:{name}/invocations"
    ))
}

/// Returns the logical name in `…/functions/${NameFunction.Arn}/invocations`, or that of the one
/// variable which stands for it.
fn named(uri: &Value) -> anyhow::Result<String> {
    let text = uri.get("Fn::Sub").unwrap_or(uri);
    if let Some(variables) = text.pointer("/1").and_then(Value::as_object) {
        let name = variables.values().find_map(logical);
        return name.context("no variable names a function");
    }
    let text = text.as_str().context("the function's address is no text")?;
    let name = text
        .rsplit_once("${")
        .and_then(|(_, rest)| rest.split_once(".Arn}"));
    Ok(name
        .with_context(|| format!("no function in `{text}`"))?
        .0
        .to_owned())
}

/// Returns the logical name in `Fn::GetAtt`.
fn logical(value: &Value) -> Option<String> {
    let reference = value.get("Fn::GetAtt")?;
    let text = reference.pointer("/0").unwrap_or(reference).as_str()?;
    Some(text.split('.').next()?.to_owned())
}
