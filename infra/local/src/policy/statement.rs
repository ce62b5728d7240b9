//! Policy documents: statements that allow or deny. They must never know whose they are.
//!
//! Source: the IAM user guide, "IAM JSON policy element reference". `NotPrincipal` is not known here.

use serde_json::{Map, Value};

use crate::policy::condition::Condition;
use crate::policy::pattern::{Pattern, Syntax};
use crate::policy::request::{Access, Context};

/// The version of the language in which policies have variables.
const WITH_VARIABLES: &str = "2012-10-17";

/// The elements of a statement.
const ELEMENTS: [&str; 8] = [
    "Action",
    "Condition",
    "Effect",
    "NotAction",
    "NotResource",
    "Principal",
    "Resource",
    "Sid",
];

/// What a statement does where it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever else allows.
    Deny,
}

/// Some things, or all but these.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Among {
    patterns: Vec<Pattern>,
    is_negated: bool,
}

impl Among {
    fn has(&self, is: impl Fn(&Pattern) -> bool) -> bool {
        self.patterns.iter().any(is) != self.is_negated
    }
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    effect: Effect,
    /// Who it is about, where the policy belongs to a resource: services and ARNs.
    principals: Vec<String>,
    actions: Among,
    /// None where the policy belongs to the one resource that there is.
    resources: Option<Among>,
    conditions: Vec<Condition>,
}

impl Statement {
    fn parse(statement: &Map<String, Value>, variables: bool) -> Result<Self, String> {
        if let Some(name) = statement.keys().find(|name| !ELEMENTS.contains(&&***name)) {
            return Err(format!("`{name}` is not known here"));
        }
        let effect = match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err("`Effect` is neither `Allow` nor `Deny`".to_owned()),
        };
        let actions = Syntax {
            wildcards: true,
            variables: false,
            ignores_case: true,
        };
        let resources = Syntax {
            wildcards: true,
            variables,
            ignores_case: false,
        };
        let resources = among(statement, ["Resource", "NotResource"], resources)?;
        let patterns = resources.iter().flat_map(|resources| &resources.patterns);
        if patterns.clone().any(|pattern| !pattern.is_of_arns()) {
            return Err("a resource is no ARN".to_owned());
        }
        Ok(Self {
            effect,
            principals: principals(statement.get("Principal"))?,
            actions: among(statement, ["Action", "NotAction"], actions)?
                .ok_or("there is no `Action`")?,
            resources,
            conditions: conditions(statement.get("Condition"), variables)?,
        })
    }

    /// Returns whether the statement is about this.
    fn applies(&self, access: &Access, context: &Context) -> bool {
        let is_action = |pattern: &Pattern| pattern.matches(&access.action, context);
        let is_resource = |pattern: &Pattern| pattern.matches_arn(&access.resource, context);
        self.actions.has(is_action)
            && self
                .resources
                .as_ref()
                .is_none_or(|among| among.has(is_resource))
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(context))
    }
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    statements: Vec<Statement>,
    source: Value,
}

impl Document {
    /// Reads a policy whose values are plain text. The error says what is wrong with it.
    pub fn parse(document: &Value) -> Result<Self, String> {
        let variables = document.get("Version").and_then(Value::as_str) == Some(WITH_VARIABLES);
        let statements = match document.get("Statement") {
            Some(Value::Array(statements)) => statements.iter().collect(),
            Some(one @ Value::Object(_)) => vec![one],
            _ => return Err("there is no `Statement`".to_owned()),
        };
        let read = |statement: &Value| {
            let members = statement.as_object().ok_or("a statement is no object")?;
            Statement::parse(members, variables)
        };
        Ok(Self {
            statements: statements.into_iter().map(read).collect::<Result<_, _>>()?,
            source: document.clone(),
        })
    }

    /// Returns what the policy says of an access: what a statement denies is denied, whatever another one allows, and
    /// none is said where no statement applies.
    pub fn says(&self, access: &Access) -> Option<Effect> {
        let applying = self
            .statements
            .iter()
            .filter(|one| one.applies(access, &access.context));
        strongest(applying.map(|statement| statement.effect))
    }

    /// Returns whether the policy of a role or of another resource lets `principal` do something with it.
    pub fn lets(&self, principal: &str, access: &Access) -> bool {
        let about = self.statements.iter().filter(|one| {
            let is_named = one
                .principals
                .iter()
                .any(|name| name == "*" || name == principal);
            is_named && one.applies(access, &access.context)
        });
        strongest(about.map(|statement| statement.effect)) == Some(Effect::Allow)
    }

    /// Returns whether the policy of a resource denies it to everybody, whatever others allow.
    pub fn denies_everybody(&self, access: &Access) -> bool {
        let mut denying = self.statements.iter().filter(|one| {
            one.effect == Effect::Deny && one.principals.iter().any(|name| name == "*")
        });
        denying.any(|one| one.applies(access, &access.context))
    }

    /// Returns whether the policy of a role or of another resource speaks of `principal` by name.
    pub fn names(&self, principal: &str) -> bool {
        let mut all = self.statements.iter().flat_map(|one| &one.principals);
        all.any(|name| name == principal)
    }

    /// Returns the policy as it is written.
    pub fn source(&self) -> &Value {
        &self.source
    }
}

/// Returns what several policies of one principal say together.
pub fn strongest(effects: impl Iterator<Item = Effect>) -> Option<Effect> {
    effects.fold(None, |so_far, effect| match (so_far, effect) {
        (Some(Effect::Deny), _) | (_, Effect::Deny) => Some(Effect::Deny),
        (_, Effect::Allow) => Some(Effect::Allow),
    })
}

fn among(
    statement: &Map<String, Value>,
    [name, negated]: [&str; 2],
    syntax: Syntax,
) -> Result<Option<Among>, String> {
    let (values, is_negated) = match (statement.get(name), statement.get(negated)) {
        (Some(values), None) => (values, false),
        (None, Some(values)) => (values, true),
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(format!("there is `{name}` and `{negated}`")),
    };
    let patterns = texts(values)?;
    let patterns = patterns.iter().map(|text| Pattern::parse(text, syntax));
    Ok(Some(Among {
        patterns: patterns.collect::<Result<_, _>>()?,
        is_negated,
    }))
}

fn principals(declared: Option<&Value>) -> Result<Vec<String>, String> {
    match declared {
        None => Ok(Vec::new()),
        Some(Value::Object(kinds)) => {
            let named = kinds.values().map(texts);
            Ok(named.collect::<Result<Vec<_>, _>>()?.concat())
        }
        Some(value) => texts(value),
    }
}

fn conditions(declared: Option<&Value>, variables: bool) -> Result<Vec<Condition>, String> {
    let mut conditions = Vec::new();
    let declared = match declared {
        None => return Ok(conditions),
        Some(declared) => declared.as_object().ok_or("`Condition` is no object")?,
    };
    for (operator, keys) in declared {
        let keys = keys
            .as_object()
            .ok_or_else(|| format!("`{operator}` is no object"))?;
        for (key, values) in keys {
            let condition = Condition::parse(operator, key, &texts(values)?, variables)?;
            conditions.push(condition);
        }
    }
    Ok(conditions)
}

/// Reads one text, or a list of them. Numbers and booleans are what they are written as.
fn texts(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Array(values) => {
            let texts = values.iter().map(texts);
            Ok(texts.collect::<Result<Vec<_>, _>>()?.concat())
        }
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Bool(value) => Ok(vec![value.to_string()]),
        Value::Number(number) => Ok(vec![number.to_string()]),
        Value::Null | Value::Object(_) => Err(format!("`{value}` is no text")),
    }
}
