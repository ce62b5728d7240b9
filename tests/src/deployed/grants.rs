//! The roles of a stack: their statements, and taking one action away. It must never know which
//! step needs which grant.

use anyhow::{Context, ensure};
use http::Method;
use serde_json::{Value, json};

use super::account::Account;
use super::stack::{Stack, texts};

/// One action that a statement of a role grants.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The role's logical name.
    pub role: String,
    /// The statement's name.
    pub sid: String,
    /// The action.
    pub action: String,
}

/// How a role holds a policy.
#[derive(Debug, Clone)]
enum Held {
    /// As its own, under a name.
    Own(String),
    /// Together with others: the policy has this resource name.
    Attached(String),
}

/// A role's policy with and without something.
#[derive(Debug, Clone)]
pub struct Swap {
    role: String,
    held: Held,
    whole: Value,
    less: Value,
}

impl Swap {
    /// Puts the policy in force that lacks something.
    pub async fn take(&self, account: &Account) -> anyhow::Result<()> {
        self.put(account, &self.less).await
    }

    /// Puts the whole policy in force again.
    pub async fn give_back(&self, account: &Account) -> anyhow::Result<()> {
        self.put(account, &self.whole).await
    }

    async fn put(&self, account: &Account, document: &Value) -> anyhow::Result<()> {
        let statements = document.get("Statement").and_then(Value::as_array);
        // A policy without statements is none.
        let is_none = statements.is_some_and(Vec::is_empty);
        let text = document.to_string();
        let role = ("RoleName", self.role.as_str());
        let fields = match &self.held {
            Held::Own(name) if is_none => {
                vec![("Action", "DeleteRolePolicy"), role, ("PolicyName", name)]
            }
            Held::Own(name) => vec![
                ("Action", "PutRolePolicy"),
                role,
                ("PolicyName", name),
                ("PolicyDocument", &text),
            ],
            Held::Attached(arn) if is_none => {
                vec![("Action", "DetachRolePolicy"), role, ("PolicyArn", arn)]
            }
            Held::Attached(arn) => {
                ensure!(*document == self.whole, "{arn} belongs to others as well");
                vec![("Action", "AttachRolePolicy"), role, ("PolicyArn", arn)]
            }
        };
        account.iam(&fields).await?;
        Ok(())
    }
}

/// A policy of a role as it is in force.
#[derive(Debug, Clone)]
pub struct Role {
    /// The role's logical name.
    pub logical: String,
    /// The role's name.
    pub name: String,
    held: Held,
    /// What it says.
    document: Value,
}

impl Role {
    /// Reads the policies, own and attached, of all roles that the stack made.
    pub async fn all(stack: &Stack) -> anyhow::Result<Vec<Self>> {
        let account = &stack.account;
        let mut roles = Vec::new();
        for (logical, name) in stack.all("AWS::IAM::Role") {
            let mut policies = Vec::new();
            let fields = [("Action", "ListRolePolicies"), ("RoleName", name)];
            for policy in texts(&account.iam(&fields).await?, "member")? {
                let document = own(account, name, &policy).await?;
                policies.push((Held::Own(policy), document));
            }
            let fields = [("Action", "ListAttachedRolePolicies"), ("RoleName", name)];
            for arn in texts(&account.iam(&fields).await?, "PolicyArn")? {
                let document = attached(account, &arn).await?;
                policies.push((Held::Attached(arn), document));
            }
            ensure!(!policies.is_empty(), "{logical} has no policy");
            roles.extend(policies.into_iter().map(|(held, document)| Self {
                logical: logical.to_owned(),
                name: name.to_owned(),
                held,
                document,
            }));
        }
        ensure!(!roles.is_empty(), "the stack has no roles");
        Ok(roles)
    }

    /// Returns every action of every statement.
    pub fn grants(&self) -> Vec<Grant> {
        let statements = self.document.get("Statement").and_then(Value::as_array);
        let mut grants = Vec::new();
        for (number, statement) in statements.into_iter().flatten().enumerate() {
            for action in actions(statement) {
                grants.push(Grant {
                    role: self.logical.clone(),
                    sid: sid(statement, number),
                    action,
                });
            }
        }
        grants
    }

    /// Makes the policy without what `is_gone` says of a statement's name and an action.
    pub fn without(&self, is_gone: impl Fn(&str, &str) -> bool) -> anyhow::Result<Swap> {
        let swap = self.without_also(|_, _| false, is_gone)?;
        ensure!(
            swap.less != swap.whole,
            "nothing was taken from {}",
            self.logical
        );
        Ok(swap)
    }

    /// Makes the policy without what `is_also_gone` says, where what `is_gone` says is gone anyway.
    pub fn without_also(
        &self,
        is_gone: impl Fn(&str, &str) -> bool,
        is_also_gone: impl Fn(&str, &str) -> bool,
    ) -> anyhow::Result<Swap> {
        let either = |sid: &str, action: &str| is_gone(sid, action) || is_also_gone(sid, action);
        Ok(Swap {
            role: self.name.clone(),
            held: self.held.clone(),
            whole: self.less(&is_gone)?,
            less: self.less(either)?,
        })
    }

    fn less(&self, is_gone: impl Fn(&str, &str) -> bool) -> anyhow::Result<Value> {
        let statements = self.document.get("Statement").and_then(Value::as_array);
        let mut kept = Vec::new();
        for (number, statement) in statements.into_iter().flatten().enumerate() {
            let name = sid(statement, number);
            let mut left = actions(statement);
            left.retain(|action| !is_gone(&name, action));
            let mut statement = statement.clone();
            if !left.is_empty()
                && let Some(statement) = statement.as_object_mut()
            {
                statement.insert("Action".to_owned(), json!(left));
                kept.push(json!(statement));
            }
        }
        let mut less = self.document.clone();
        *less.pointer_mut("/Statement").context("no statements")? = json!(kept);
        Ok(less)
    }
}

async fn own(account: &Account, role: &str, policy: &str) -> anyhow::Result<Value> {
    let fields = [
        ("Action", "GetRolePolicy"),
        ("RoleName", role),
        ("PolicyName", policy),
    ];
    document(&account.iam(&fields).await?, "PolicyDocument")
}

async fn attached(account: &Account, arn: &str) -> anyhow::Result<Value> {
    let fields = [("Action", "GetPolicy"), ("PolicyArn", arn)];
    let versions = texts(&account.iam(&fields).await?, "DefaultVersionId")?;
    let fields = [
        ("Action", "GetPolicyVersion"),
        ("PolicyArn", arn),
        (
            "VersionId",
            versions.first().context("a policy without version")?,
        ),
    ];
    document(&account.iam(&fields).await?, "Document")
}

/// Reads a policy, which the service writes as a part of an address.
fn document(xml: &str, name: &str) -> anyhow::Result<Value> {
    let found = texts(xml, name)?;
    let found = found.first().context("a policy without document")?;
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&format!("d={found}"))?;
    let (_, document) = pairs.first().context("an empty policy")?;
    serde_json::from_str(document).context("a policy is JSON")
}

fn sid(statement: &Value, number: usize) -> String {
    let name = statement.get("Sid").and_then(Value::as_str);
    name.map_or_else(|| format!("#{number}"), str::to_owned)
}

fn actions(statement: &Value) -> Vec<String> {
    match statement.get("Action") {
        Some(Value::Array(actions)) => actions
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(Value::String(action)) => vec![action.clone()],
        _ => Vec::new(),
    }
}

/// Ends the running environments of all functions, so that the next ones know nothing.
pub async fn restart(stack: &Stack) -> anyhow::Result<()> {
    for (_, function) in stack.all("AWS::Lambda::Function") {
        let path = format!("/2015-03-31/functions/{function}/configuration");
        let account = &stack.account;
        let now = account.rest("lambda", Method::GET, &path, None).await?;
        let same = json!({ "MemorySize": now.get("MemorySize") });
        account
            .rest("lambda", Method::PUT, &path, Some(&same))
            .await?;
    }
    Ok(())
}
