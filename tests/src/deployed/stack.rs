//! What a stack made, by the names that its template gives. It must never change anything.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use aws_smithy_xml::decode::{Document, ScopedDecoder, try_data};
use serde_json::Value;

use super::account::Account;

/// A stack that was deployed.
#[derive(Debug, Clone)]
pub struct Stack {
    /// The account that it stands in.
    pub account: Account,
    /// Its name.
    pub name: String,
    /// Physical names by logical ones.
    resources: BTreeMap<String, Resource>,
}

/// One thing that a stack made.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its type, such as `AWS::IAM::Role`.
    pub kind: String,
    /// Its name in the account.
    pub physical: String,
}

impl Stack {
    /// Looks at the stack called `name`.
    pub async fn read(account: &Account, name: &str) -> anyhow::Result<Self> {
        let fields = [("Action", "DescribeStackResources"), ("StackName", name)];
        let xml = account.cloudformation(&fields).await?;
        let mut resources = BTreeMap::new();
        for member in elements(&xml, "member")? {
            let (Some(logical), Some(kind), Some(physical)) = (
                member.get("LogicalResourceId"),
                member.get("ResourceType"),
                member.get("PhysicalResourceId"),
            ) else {
                continue;
            };
            let resource = Resource {
                kind: kind.clone(),
                physical: physical.clone(),
            };
            resources.insert(logical.clone(), resource);
        }
        Ok(Self {
            account: account.clone(),
            name: name.to_owned(),
            resources,
        })
    }

    /// Returns the physical name of a resource.
    pub fn physical(&self, logical: &str) -> anyhow::Result<&str> {
        let resource = self.resources.get(logical);
        resource
            .map(|resource| resource.physical.as_str())
            .with_context(|| format!("the stack made no `{logical}`"))
    }

    /// Returns the logical and physical names of all resources of a type.
    pub fn all(&self, kind: &str) -> impl Iterator<Item = (&str, &str)> {
        self.resources
            .iter()
            .filter(move |(_, resource)| resource.kind == kind)
            .map(|(logical, resource)| (logical.as_str(), resource.physical.as_str()))
    }

    /// Returns the types of all resources.
    pub fn kinds(&self) -> BTreeSet<&str> {
        let kinds = self.resources.values();
        kinds.map(|resource| resource.kind.as_str()).collect()
    }

    /// Returns the number of resources.
    pub fn len(&self) -> usize {
        self.resources.len()
    }

    /// Says whether the stack made nothing.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// Returns the template as the transform left it.
    pub async fn processed(&self) -> anyhow::Result<Value> {
        let fields = [
            ("Action", "GetTemplate"),
            ("StackName", self.name.as_str()),
            ("TemplateStage", "Processed"),
        ];
        let xml = self.account.cloudformation(&fields).await?;
        let answers = elements(&xml, "GetTemplateResult")?;
        let body = answers
            .first()
            .and_then(|answer| answer.get("TemplateBody"));
        Ok(serde_json::from_str(body.context("no template")?)?)
    }

    /// Returns a secret's text.
    pub async fn secret(&self, logical: &str) -> anyhow::Result<String> {
        let body = serde_json::json!({ "SecretId": self.physical(logical)? });
        let target = "secretsmanager.GetSecretValue";
        let secret = self.account.target("secretsmanager", target, &body).await?;
        match secret.pointer("/SecretString").and_then(Value::as_str) {
            Some(text) => Ok(text.to_owned()),
            None => bail!("`{logical}` is no text"),
        }
    }
}

/// Returns the texts of the children of each element of this name, wherever it stands.
pub fn elements(xml: &str, name: &str) -> anyhow::Result<Vec<BTreeMap<String, String>>> {
    let mut found = Vec::new();
    let mut document = Document::new(xml);
    let mut root = document.root_element()?;
    collect(&mut root, name, &mut found)?;
    Ok(found)
}

/// Returns the text of each element of this name, wherever it stands.
pub fn texts(xml: &str, name: &str) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut document = Document::new(xml);
    let mut root = document.root_element()?;
    collect_texts(&mut root, name, &mut found)?;
    Ok(found)
}

fn collect_texts(
    scope: &mut ScopedDecoder<'_, '_>,
    name: &str,
    found: &mut Vec<String>,
) -> anyhow::Result<()> {
    while let Some(mut child) = scope.next_tag() {
        if child.start_el().local() == name {
            found.push(try_data(&mut child)?.into_owned());
        } else {
            collect_texts(&mut child, name, found)?;
        }
    }
    Ok(())
}

fn collect(
    scope: &mut ScopedDecoder<'_, '_>,
    name: &str,
    found: &mut Vec<BTreeMap<String, String>>,
) -> anyhow::Result<()> {
    while let Some(mut child) = scope.next_tag() {
        if child.start_el().local() == name {
            let mut texts = BTreeMap::new();
            while let Some(mut part) = child.next_tag() {
                let part_name = part.start_el().local().to_owned();
                if let Ok(text) = try_data(&mut part) {
                    texts.insert(part_name, text.into_owned());
                }
            }
            found.push(texts);
        } else {
            collect(&mut child, name, found)?;
        }
    }
    Ok(())
}
