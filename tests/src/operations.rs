//! The operations of the API, as its description has them: a new one is here without anybody's
//! doing.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on has failed"
)]

pub mod samples;

use std::collections::BTreeSet;

use crate::documented::description;
use http::Method;
use serde_json::Value;

/// An operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its method.
    pub method: Method,
    /// Its path's template.
    pub path: String,
    /// Whether nobody is asked for a credential.
    pub is_open: bool,
    /// The schema of its body, if it takes one, with all that it refers to.
    pub body: Option<Value>,
    /// Whether the body may not be missing.
    pub needs_body: bool,
    /// The names of the parameters that its query takes.
    pub query: Vec<String>,
    /// Those of them that must be there.
    pub needed: Vec<String>,
    /// The names of the headers that it takes, with whether they must be there.
    headers: Vec<(String, bool)>,
}

impl Operation {
    /// Says which one it is, for a person.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Returns whether it is for operators.
    pub fn is_operators(&self) -> bool {
        self.path.starts_with("/api/v1/admin/")
    }

    /// Returns whether it needs the header.
    pub fn needs(&self, header: &str) -> bool {
        self.headers.contains(&(header.to_owned(), true))
    }

    /// Returns whether it looks at the header.
    pub fn takes(&self, header: &str) -> bool {
        self.headers.iter().any(|(name, _)| name == header)
    }

    /// Returns whether it is reading of which the audit trail tells, and which the next reading finds there.
    pub fn is_noted(&self) -> bool {
        let paths = [
            "/tenant/audit/export",
            "/admin/audit",
            "/admin/audit/export",
            "/admin/security-events",
        ];
        paths.iter().any(|path| self.path.ends_with(path))
    }

    /// Returns whether it lists something, page by page.
    pub fn is_list(&self) -> bool {
        let has = |wanted: &str| self.query.iter().any(|name| name == wanted);
        has("limit") && has("cursor")
    }
}

/// Returns every operation.
pub fn all() -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, methods) in description()["paths"].as_object().unwrap() {
        for (method, told) in methods.as_object().unwrap() {
            operations.push(operation(method, path, told));
        }
    }
    assert!(operations.len() >= 40, "the description was found");
    operations
}

/// Returns the names of all fields that anything of the API has.
pub fn field_names() -> BTreeSet<String> {
    let schemas = description()["components"]["schemas"].as_object().unwrap();
    let objects = schemas
        .values()
        .filter_map(|it| it["properties"].as_object());
    let names = objects.flat_map(|it| it.keys().cloned());
    let names: BTreeSet<String> = names.collect();
    assert!(names.len() >= 40, "{} fields", names.len());
    names
}

fn operation(method: &str, path: &str, told: &Value) -> Operation {
    let parameters = told["parameters"].as_array().unwrap();
    let of = |place: &'static str| {
        let found = parameters.iter().filter(move |it| it["in"] == place);
        found.map(|it| {
            let name = it["name"].as_str().unwrap().to_owned();
            (name, it["required"] == true)
        })
    };
    let body = told.get("requestBody");
    Operation {
        method: method.to_ascii_uppercase().parse().unwrap(),
        path: path.to_owned(),
        is_open: told["security"] == Value::Array(Vec::new()),
        body: body.map(|body| resolved(&body["content"]["application/json"]["schema"])),
        needs_body: body.is_some_and(|body| body["required"] == true),
        query: of("query").map(|(name, _)| name).collect(),
        needed: of("query")
            .filter(|(_, needed)| *needed)
            .map(|(name, _)| name)
            .collect(),
        headers: of("header").collect(),
    }
}

/// Writes what a schema refers to in its place.
fn resolved(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => match members.get("$ref").and_then(Value::as_str) {
            Some(place) => {
                let place = place.strip_prefix('#').unwrap();
                resolved(description().pointer(place).unwrap())
            }
            None => members
                .iter()
                .map(|(name, value)| (name.clone(), resolved(value)))
                .collect(),
        },
        Value::Array(list) => list.iter().map(resolved).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

/// What a schema says that a value must be.
#[derive(Debug, Clone, Copy)]
pub struct Shape<'a> {
    /// The schema, of the alternatives the one that is not null.
    pub schema: &'a Value,
    /// The kind of JSON, empty where any will do.
    pub kind: &'a str,
    /// Whether null will do.
    pub is_nullable: bool,
}

impl<'a> Shape<'a> {
    /// Reads a schema.
    pub fn of(schema: &'a Value) -> Self {
        if let Some(several) = schema.get("oneOf").and_then(Value::as_array) {
            let is_null = |it: &&Value| it["type"] == "null";
            // Of several forms, the first is the one that samples have.
            let inner = several.iter().find(|it| !is_null(it)).unwrap();
            return Self {
                is_nullable: several.iter().any(|it| is_null(&it)),
                ..Self::of(inner)
            };
        }
        let kinds: Vec<&str> = match schema.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(kind)) => vec![kind],
            _ => Vec::new(),
        };
        Self {
            schema,
            kind: kinds.iter().find(|kind| **kind != "null").unwrap_or(&""),
            is_nullable: kinds.is_empty() || kinds.contains(&"null"),
        }
    }

    /// Returns the schemas of an object's members.
    pub fn members(&self) -> Vec<(&'a String, &'a Value)> {
        let members = self.schema.get("properties").and_then(Value::as_object);
        members.into_iter().flatten().collect()
    }

    /// Returns whether a member may not be missing.
    pub fn needs(&self, name: &str) -> bool {
        let needed = self.schema.get("required").and_then(Value::as_array);
        needed.is_some_and(|names| names.iter().any(|it| it == name))
    }

    /// Returns whether the object takes no other members.
    pub fn is_closed(&self) -> bool {
        self.schema.get("additionalProperties") == Some(&Value::Bool(false))
    }
}
