//! Values: YAML with intrinsic functions, resolved to what they are on this machine.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::template::kinds::Kind;
use crate::template::{Account, TemplateError};

/// Turns YAML into JSON, with short intrinsic functions (`!Ref`) in their long form.
pub(super) fn plain(value: &yaml_serde::Value) -> Result<Value, TemplateError> {
    use yaml_serde::Value as Yaml;
    Ok(match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => json!(value),
        Yaml::Number(number) => serde_json::to_value(number)
            .map_err(|error| TemplateError::at("a number", error.to_string()))?,
        Yaml::String(text) => json!(text),
        Yaml::Sequence(items) => Value::Array(items.iter().map(plain).collect::<Result<_, _>>()?),
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (name, value) in entries {
                let name = name
                    .as_str()
                    .ok_or_else(|| TemplateError::at("a mapping", "has a key that is no text"))?;
                object.insert(name.to_owned(), plain(value)?);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let tag = tag.trim_start_matches('!');
            let name = if tag == "Ref" {
                tag.to_owned()
            } else {
                format!("Fn::{tag}")
            };
            let mut value = plain(&tagged.value)?;
            if let (true, Some((resource, attribute))) = (
                tag == "GetAtt",
                value.as_str().and_then(|text| text.split_once('.')),
            ) {
                value = json!([resource, attribute]);
            }
            json!({ name: value })
        }
    })
}

/// Knows what every name in the template is on this machine.
#[derive(Debug)]
pub(super) struct Resolver<'a> {
    parameters: BTreeMap<String, Value>,
    kinds: BTreeMap<String, Kind>,
    /// The domains of mail identities, which are their names, by logical id.
    domains: BTreeMap<String, Value>,
    account: &'a Account,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        document: &Value,
        kinds: BTreeMap<String, Kind>,
        account: &'a Account,
    ) -> Self {
        let declared = document.get("Parameters").and_then(Value::as_object);
        let mut parameters: BTreeMap<String, Value> = declared
            .into_iter()
            .flatten()
            .map(|(name, parameter)| {
                (
                    name.clone(),
                    parameter.get("Default").cloned().unwrap_or_default(),
                )
            })
            .collect();
        for (name, value) in &account.parameters {
            parameters.insert(name.clone(), json!(value));
        }
        parameters.insert("PlatformDomain".to_owned(), json!(account.domain));
        parameters.insert("AWS::Region".to_owned(), json!(account.region));
        parameters.insert("AWS::AccountId".to_owned(), json!(account.account));
        parameters.insert("AWS::Partition".to_owned(), json!("aws"));
        parameters.insert("AWS::URLSuffix".to_owned(), json!("amazonaws.com"));
        parameters.insert("AWS::StackName".to_owned(), json!("hotswap"));
        let domain = |(id, kind): (&String, &Kind)| {
            let domain = document.pointer(&format!("/Resources/{id}/Properties/EmailIdentity"))?;
            (*kind == Kind::MailIdentity).then(|| (id.clone(), domain.clone()))
        };
        Self {
            parameters,
            domains: kinds.iter().filter_map(domain).collect(),
            kinds,
            account,
        }
    }

    pub(super) fn account(&self) -> &Account {
        self.account
    }

    pub(super) fn kind(&self, id: &str) -> Option<Kind> {
        self.kinds.get(id).copied()
    }

    /// Returns the text that a value is on this machine. `place` is for the error.
    pub(super) fn text(&self, value: &Value, place: &str) -> Result<String, TemplateError> {
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(value) => Ok(value.to_string()),
            Value::Object(call) => self.call(call, place),
            Value::Null | Value::Array(_) => {
                Err(TemplateError::at(place, format!("`{value}` is no text")))
            }
        }
    }

    /// Returns a value in which every call of a function is what it is on this machine.
    pub(super) fn resolved(&self, value: &Value, place: &str) -> Result<Value, TemplateError> {
        match value {
            Value::Object(members) if is_call(members) => self.text(value, place).map(Value::from),
            Value::Object(members) => {
                let members = members.iter().map(|(name, member)| {
                    self.resolved(member, place)
                        .map(|member| (name.clone(), member))
                });
                Ok(Value::Object(members.collect::<Result<_, _>>()?))
            }
            Value::Array(items) => {
                let items = items.iter().map(|item| self.resolved(item, place));
                Ok(Value::Array(items.collect::<Result<_, _>>()?))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
        }
    }

    fn call(&self, call: &Map<String, Value>, place: &str) -> Result<String, TemplateError> {
        let unknown = || {
            TemplateError::at(
                place,
                format!("`{}` cannot be resolved", Value::Object(call.clone())),
            )
        };
        let (name, argument) = call.iter().next().ok_or_else(unknown)?;
        match (name.as_str(), argument) {
            ("Ref", Value::String(id)) => self.reference(id).ok_or_else(unknown),
            ("Fn::GetAtt", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(id), Value::String(attribute)] => {
                    self.attribute(id, attribute).ok_or_else(unknown)
                }
                _ => Err(unknown()),
            },
            ("Fn::Sub", Value::String(text)) => self.substitute(text, place),
            _ => Err(unknown()),
        }
    }

    fn reference(&self, id: &str) -> Option<String> {
        match self.parameters.get(id) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(value) => Some(value.to_string()),
            None => match self.domains.get(id) {
                Some(domain) => self.text(domain, id).ok(),
                None => Some(self.kind(id)?.reference(id, self.account)),
            },
        }
    }

    fn attribute(&self, id: &str, attribute: &str) -> Option<String> {
        self.kind(id)?.attribute(id, attribute, self.account)
    }

    fn substitute(&self, text: &str, place: &str) -> Result<String, TemplateError> {
        let mut parts = text.split("${");
        let mut result = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part
                .split_once('}')
                .ok_or_else(|| TemplateError::at(place, format!("`{text}` has an open brace")))?;
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str("${");
                result.push_str(literal);
                result.push('}');
                result.push_str(rest);
                continue;
            }
            let value = match name.split_once('.') {
                Some((id, attribute)) => self.attribute(id, attribute),
                None => self.reference(name),
            };
            let value =
                value.ok_or_else(|| TemplateError::at(place, format!("`{name}` is not known")))?;
            result.push_str(&value);
            result.push_str(rest);
        }
        Ok(result)
    }
}

/// Returns whether an object is the call of a function, and no object of the template's.
fn is_call(members: &Map<String, Value>) -> bool {
    let mut names = members.keys();
    let is_function = |name: &String| name == "Ref" || name.starts_with("Fn::");
    members.len() == 1 && names.all(is_function)
}
