//! The API's description: OpenAPI 3.1, made from the routes and the types of their handlers.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::problem::ProblemType;
use crate::rates;
use crate::routes::RouteDoc;

/// What is known of one operation, from the types of its handler.
#[derive(Debug, Clone, Default)]
pub struct OperationDoc {
    /// The handler's name.
    pub id: String,
    /// The permission it asks for, or `open`.
    pub permission: &'static str,
    /// The least role that has the permission; empty where none is asked for.
    pub least_role: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: BTreeMap<u16, Value>,
    problems: Vec<ProblemType>,
    schemas: BTreeMap<String, Value>,
}

impl OperationDoc {
    /// Returns the schemas that the operation refers to, by their names.
    pub fn schemas(&self) -> &BTreeMap<String, Value> {
        &self.schemas
    }

    /// Adds kinds of refusal.
    pub fn refuses(&mut self, problems: &[ProblemType]) {
        self.problems.extend_from_slice(problems);
    }

    pub(crate) fn body<T: ToSchema>(&mut self, is_required: bool) {
        let schema = self.schema::<T>();
        self.body = Some(json!({
            "required": is_required,
            "content": {"application/json": {"schema": schema}},
        }));
    }

    pub(crate) fn query<T: ToSchema>(&mut self) {
        let schema = json!(T::schema());
        let properties = schema.pointer("/properties").and_then(Value::as_object);
        let required = schema.pointer("/required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_some_and(|all| all.contains(&json!(name)));
        for (name, schema) in properties.into_iter().flatten() {
            let schema = without_null(schema);
            self.parameters.push(json!({
                "name": name, "in": "query", "required": is_required(name),
                "description": schema.get("description"), "schema": schema,
            }));
        }
        self.collect::<T>();
        self.schemas.remove(T::name().as_ref());
    }

    pub(crate) fn query_parameter(&mut self, name: &str, description: &str, schema: &Value) {
        self.parameters.push(json!({
            "name": name, "in": "query", "required": false,
            "description": description, "schema": schema,
        }));
    }

    /// Adds a header that must or may be sent, and what it must be.
    pub(crate) fn header(
        &mut self,
        name: &str,
        is_required: bool,
        description: &str,
        schema: &Value,
    ) {
        self.parameters.push(json!({
            "name": name, "in": "header", "required": is_required,
            "description": description, "schema": schema,
        }));
    }

    pub(crate) fn answers<T: ToSchema>(&mut self, status: StatusCode) {
        let schema = self.schema::<T>();
        self.answer(status, &schema);
    }

    pub(crate) fn answers_list<T: ToSchema>(&mut self) {
        let item = self.schema::<T>();
        let schema = json!({
            "type": "object",
            "required": ["items"],
            "properties": {
                "items": {"type": "array", "items": item},
                "nextCursor": {"type": "string"},
            },
        });
        self.answer(StatusCode::OK, &schema);
    }

    pub(crate) fn answers_file(&mut self, status: StatusCode) {
        self.answers.insert(
            status.as_u16(),
            json!({"description": reason(status), "content": {"*/*": {}}}),
        );
    }

    pub(crate) fn answers_nothing(&mut self, status: StatusCode) {
        self.answers
            .insert(status.as_u16(), json!({"description": reason(status)}));
    }

    /// Says that answers of `status` have a header.
    pub(crate) fn answers_with(&mut self, status: StatusCode, name: &str, description: &str) {
        let answer = self.answers.get_mut(&status.as_u16());
        let members = answer.and_then(Value::as_object_mut);
        let headers = members.map(|members| members.entry("headers").or_insert(json!({})));
        if let Some(headers) = headers.and_then(Value::as_object_mut) {
            let header = json!({"description": description, "schema": {"type": "string"}});
            headers.insert(name.to_owned(), header);
        }
    }

    /// Says that all answers, but refusals, may have a header.
    pub(crate) fn all_answer_with(&mut self, name: &str, description: &str) {
        let statuses: Vec<u16> = self.answers.keys().copied().collect();
        for status in statuses.into_iter().flat_map(StatusCode::from_u16) {
            self.answers_with(status, name, description);
        }
    }

    fn answer(&mut self, status: StatusCode, schema: &Value) {
        self.answers.insert(
            status.as_u16(),
            json!({
                "description": reason(status),
                "content": {"application/json": {"schema": schema}},
            }),
        );
    }

    /// Returns a reference to the schema of `T`, and keeps the schema with those it refers to.
    fn schema<T: ToSchema>(&mut self) -> Value {
        self.collect::<T>();
        json!({"$ref": format!("#/components/schemas/{}", T::name())})
    }

    fn collect<T: ToSchema>(&mut self) {
        let mut schemas = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut schemas);
        self.schemas.extend(
            schemas
                .into_iter()
                .map(|(name, schema)| (name, json!(schema))),
        );
    }

    fn to_json(&self, route: &RouteDoc) -> Value {
        let mut parameters = path_parameters(route.path);
        parameters.extend(self.parameters.iter().cloned());
        let mut responses: BTreeMap<String, Value> = self
            .answers
            .iter()
            .map(|(status, answer)| (status.to_string(), answer.clone()))
            .collect();
        let is_safe = browser::is_safe(route.method.as_str());
        // Whoever is known by a cookie shows for a change that it is a page of the portal that asks.
        let cross_site = (!is_safe && self.permission != "open").then_some(ProblemType::CrossSite);
        for problem in self.problems.iter().chain(&cross_site) {
            let answer = responses
                .entry(problem.status().as_str().to_owned())
                .or_insert_with(|| refusal(""));
            add_cause(answer, problem.title());
        }
        let rate_limited = responses.get_mut(StatusCode::TOO_MANY_REQUESTS.as_str());
        if let Some(Value::Object(answer)) = rate_limited {
            answer.insert("headers".to_owned(), rates::headers());
        }
        responses.insert("default".to_owned(), refusal("Any other refusal"));
        let suffix = if route.alias_of.is_some() {
            "_alias"
        } else {
            ""
        };
        let mut operation = json!({
            "operationId": format!("{}{suffix}", self.id),
            "summary": summary(&self.id),
            "parameters": parameters,
            "responses": responses,
            "x-permission": self.permission,
        });
        if let Some(members) = operation.as_object_mut() {
            let body = self.body.clone();
            members.extend(body.map(|body| ("requestBody".to_owned(), body)));
            if self.permission == "open" {
                members.insert("security".to_owned(), json!([]));
            } else if !is_safe {
                let security = json!([{"bearer": []}, {"cookie": [], "csrf": []}]);
                members.insert("security".to_owned(), security);
            }
            let alias = route.alias_of;
            let alias = alias.map(|path| json!(format!("An alias of `{path}`.")));
            members.extend(alias.map(|text| ("description".to_owned(), text)));
        }
        operation
    }
}

/// Returns what a parameter is where it is given: a query has no word for nothing.
fn without_null(schema: &Value) -> Value {
    let null = json!("null");
    let mut schema = schema.clone();
    if let Some(kinds) = schema.get_mut("type").filter(|kinds| kinds.is_array()) {
        let mut all = kinds.as_array().into_iter().flatten();
        *kinds = all.find(|kind| **kind != null).cloned().unwrap_or_default();
    }
    let one_of = schema.get("oneOf").and_then(Value::as_array);
    let given = one_of.and_then(|all| all.iter().find(|it| it.get("type") != Some(&null)));
    given.cloned().unwrap_or(schema)
}

fn refusal(description: &str) -> Value {
    json!({
        "description": description,
        "content": {"application/problem+json": {
            "schema": {"$ref": "#/components/schemas/Problem"},
        }},
    })
}

/// Adds what a status may also mean.
fn add_cause(answer: &mut Value, title: &str) {
    let Some(description) = answer.get_mut("description") else {
        return;
    };
    let known = description.as_str().unwrap_or_default();
    if !known.contains(title) {
        let joiner = if known.is_empty() { "" } else { "; or: " };
        *description = json!(format!("{known}{joiner}{title}"));
    }
}

/// Writes the description of all `routes`.
pub fn document(routes: &[RouteDoc]) -> Value {
    let mut paths: BTreeMap<&str, BTreeMap<String, Value>> = BTreeMap::new();
    let mut schemas = BTreeMap::from([("Problem".to_owned(), problem_schema())]);
    for route in routes {
        paths.entry(route.path).or_default().insert(
            route.method.as_str().to_ascii_lowercase(),
            route.operation.to_json(route),
        );
        schemas.extend(route.operation.schemas.clone());
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "HotSwap",
            "version": "1",
            "description": "Websites for many tenants: every change is a release, and going live \
                            is moving a pointer.",
        },
        // Of every operation that does not say otherwise.
        "security": [{"bearer": []}, {"cookie": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "An access token. A program sends its API key here, or as `X-API-Key`.",
                },
                "cookie": {
                    "type": "apiKey", "in": "cookie", "name": browser::ACCESS_COOKIE,
                    "description": "An access token that a browser keeps for the portal. Where there is a bearer token or an API key, cookies say nothing.",
                },
                "csrf": {
                    "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
                    "description": "What stands in the cookie `__Host-csrf`. With it goes the `Origin` of the portal, which the browser writes.",
                },
            },
        },
    })
}

fn problem_schema() -> Value {
    let slugs: Vec<&str> = ProblemType::ALL
        .iter()
        .map(|problem| problem.slug())
        .collect();
    json!({
        "type": "object",
        "description": format!("A refusal (RFC 9457). `type` ends in one of: {}.", slugs.join(", ")),
        "required": ["type", "title", "status", "instance"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string"},
            "errors": {"type": "array", "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            }},
        },
    })
}

fn path_parameters(path: &str) -> Vec<Value> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
        })
        .collect()
}

fn summary(id: &str) -> String {
    let text = id.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or_default()
}
