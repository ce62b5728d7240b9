//! Bodies that would be taken: made of an operation's schema, and of what fields of these names
//! hold. One of a field that nobody here has heard of is of the kind that the schema asks for.

use serde_json::{Map, Value, json};

use super::{Operation, Shape};
use crate::reports::isolation_report;

/// The password of bodies, which is nobody's.
pub const PASSWORD: &str = "wrong horse battery";

/// The refresh token of bodies, which is none.
pub const REFRESH_TOKEN: &str = "rt_x.y.1.00";

/// Returns a body that the operation would take, as far as a description can tell. What would be
/// made with it is there already, so that nothing is made.
pub fn body(operation: &Operation) -> Option<Value> {
    let schema = operation.body.as_ref()?;
    let mut body = sample("", schema);
    // Of what is already: the page and the website of the caller.
    let of_tenant = operation.path.contains("/auth/") || operation.is_operators();
    if let Some(subdomain) = body.pointer_mut("/subdomain") {
        *subdomain = json!(if of_tenant { "other" } else { "main" });
        // Whoever is known would prove it by the password.
        for email in ["email", "adminEmail"] {
            if let Some(email) = body.get_mut(email) {
                *email = json!("nobody@other.example");
            }
        }
    }
    if operation.path.ends_with("/users") {
        body["email"] = json!("owner@acme.example");
    }
    if operation.path.contains("/api-keys") && body.get("scopes").is_some() {
        body = json!({ "name": "main", "scopes": ["content.read"] });
    }
    if operation.path.ends_with("/auth/mfa") {
        // There is no authenticator that would show one.
        body = json!({ "password": PASSWORD });
    }
    if let Some(overlap) = body.pointer_mut("/overlapSeconds") {
        *overlap = json!(60);
    }
    if operation.path.ends_with("/isolation-report") {
        body = isolation_report("another");
    }
    if operation.path.contains("/support-sessions") && body.get("minutes").is_some() {
        body["minutes"] = json!(60);
    }
    if operation.path.ends_with("/theme") {
        body["settings"] = json!({ "tagline": "Reading matters", "accent": "#1f6f50" });
    }
    Some(body)
}

/// Returns such a body with the page as the blocks of a document; nothing where it has no page.
pub fn body_of_blocks(operation: &Operation) -> Option<Value> {
    let mut body = body(operation)?;
    let content = body.pointer_mut("/content")?;
    *content = json!({ "format": "document", "value": document() });
    Some(body)
}

/// A document with every place in which an object may stand.
fn document() -> Value {
    let line = json!([
        { "type": "text", "text": "a", "marks": [{ "type": "bold" }] },
        { "type": "hardBreak" },
    ]);
    let row = json!({ "cells": [{ "content": line }] });
    json!({ "version": 1, "blocks": [
        { "type": "divider" },
        { "type": "paragraph", "content": line },
        { "type": "heading", "level": 2, "content": line },
        { "type": "quote", "blocks": [{ "type": "divider" }] },
        { "type": "code", "text": "a" },
        { "type": "list", "style": "task", "items": [{ "checked": true, "blocks": [] }] },
        { "type": "table", "header": row, "rows": [row] },
        { "type": "image", "src": "/a.png", "caption": line },
        { "type": "callout", "kind": "tip", "blocks": [{ "type": "divider" }] },
    ] })
}

/// What is agreed with a tenant by contract.
const OF_CONTRACTS: [&str; 4] = ["quota", "features", "rateLimits", "abuseLimits"];

/// Returns what a member of this name may hold, as far as its schema can tell.
pub fn sample(name: &str, schema: &Value) -> Value {
    let shape = Shape::of(schema);
    match shape.kind {
        "object" if name == "seo" => seo(),
        "object" if name == "metadata" => json!({ "contract": "2026-17" }),
        "object" => {
            let members = shape.members().into_iter();
            // Tenants of most tiers have none of their own.
            let members = members.filter(|(name, _)| !OF_CONTRACTS.contains(&&***name));
            members
                .map(|(name, schema)| (name.clone(), sample(name, schema)))
                .collect::<Map<_, _>>()
                .into()
        }
        "array" if name == "navigation" => json!([
            { "title": "Home", "href": "/" },
            { "title": "Guide", "children": [{ "title": "Start", "href": "/guide" }] },
        ]),
        "array" => json!([]),
        "integer" | "number" => json!(1),
        "boolean" => json!(true),
        _ => json!(text(name)),
    }
}

fn text(name: &str) -> &'static str {
    match name {
        "email" | "adminEmail" => "owner@other.example",
        "password" | "adminPassword" | "currentPassword" | "newPassword" => PASSWORD,
        "role" => "contentEditor",
        "tokensIn" => "body",
        "state" => "active",
        "contactEmail" => "hello@acme.example",
        "locale" => "de-AT",
        "timeZone" => "Europe/Vienna",
        "tier" => "Free",
        "ratePlan" => "default",
        "status" => "Active",
        "themeId" => "journal",
        "slug" => "about",
        "format" => "markdown",
        "refreshToken" => REFRESH_TOKEN,
        "token" => "lt_verification.x.1.00",
        "mfaToken" => "mt_x.1.-.1.00",
        "code" => "000000",
        "tenantId" => "01890a5d-ac96-774b-bcce-b302099a8057",
        _ => "main",
    }
}

fn seo() -> Value {
    json!({
        "title": "About us",
        "description": "Who we are.",
        "keywords": ["people"],
        "openGraph": { "title": "About us", "type": "article" },
        "twitterCard": { "card": "summary", "site": "@acme" },
    })
}
