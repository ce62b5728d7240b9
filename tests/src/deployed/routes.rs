//! Gives an HTTP API the routes that its template describes, where the emulator made none. It must
//! never add anything that the processed template does not say.

use std::collections::BTreeMap;

use anyhow::Context;
use http::Method;
use serde_json::{Value, json};

use super::stack::Stack;

/// The extension that names a route's function.
const INTEGRATION: &str = "x-amazon-apigateway-integration";

/// The extension that describes an authorizer.
const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";

/// How the description writes a route of any method.
const ANY_METHOD: &str = "x-amazon-apigateway-any-method";

/// Adds what is missing; returns the number of routes that the API then has.
pub async fn import(stack: &Stack, api: &str) -> anyhow::Result<usize> {
    let processed = stack.processed().await?;
    let description = processed
        .pointer(&format!("/Resources/{api}/Properties/Body"))
        .context("the processed template has no description of the API")?;
    let api = stack.physical(api)?.to_owned();
    let authorizers = authorizers(stack, &api, description).await?;
    let mut integrations = BTreeMap::new();
    let mut count = 0;
    let paths = description.get("paths").and_then(Value::as_object);
    for (path, methods) in paths.context("the description has no paths")? {
        for (method, operation) in methods.as_object().context("a path without methods")? {
            let function = operation.pointer(&format!("/{INTEGRATION}/uri"));
            let function = named(function.context("a route without function")?)?;
            let integration = match integrations.get(&function) {
                Some(integration) => String::clone(integration),
                None => integrate(stack, &api, &function).await?,
            };
            integrations.insert(function, integration.clone());
            let method = if method == ANY_METHOD { "ANY" } else { method };
            let mut route = json!({
                "routeKey": format!("{} {path}", method.to_uppercase()),
                "target": format!("integrations/{integration}"),
            });
            if let Some(authorizer) = guard(operation, &authorizers)
                && let Some(route) = route.as_object_mut()
            {
                route.insert("authorizationType".to_owned(), json!("CUSTOM"));
                route.insert("authorizerId".to_owned(), json!(authorizer));
            }
            create(stack, &format!("/v2/apis/{api}/routes"), &route).await?;
            count += 1;
        }
    }
    Ok(count)
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
