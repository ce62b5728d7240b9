//! The roles of a stack: their statements, and taking one action away. It must never know which
//! step needs which grant.

use anyhow::{Context, ensure};
use http::Method;
use serde_json::{Value, json};

use super::account::Account;
use super::stack::{Stack, elements};

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

/// A role's policy with and without something.
#[derive(Debug, Clone)]
pub struct Swap {
    role: String,
    policy: String,
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
        let document_text = document.to_string();
        let mut fields = vec![
            ("RoleName", self.role.as_str()),
            ("PolicyName", self.policy.as_str()),
        ];
        // A policy without statements is none.
        if statements.is_some_and(Vec::is_empty) {
            fields.push(("Action", "DeleteRolePolicy"));
        } else {
            fields.push(("Action", "PutRolePolicy"));
            fields.push(("PolicyDocument", &document_text));
        }
        account.iam(&fields).await?;
        Ok(())
    }
}

/// A role's own policy as it is in force.
#[derive(Debug, Clone)]
pub struct Role {
    /// Its logical name.
    pub logical: String,
    /// The role's name.
    name: String,
    /// The policy's name.
    policy: String,
    /// What it says.
    document: Value,
}

impl Role {
    /// Reads the policies of all roles that the stack made for functions and for the gateway.
    pub async fn all(stack: &Stack) -> anyhow::Result<Vec<Self>> {
        let mut roles = Vec::new();
        for (logical, name) in stack.all("AWS::IAM::Role") {
            let fields = [("Action", "ListRolePolicies"), ("RoleName", name)];
            let xml = stack.account.iam(&fields).await?;
            for names in elements(&xml, "PolicyNames")? {
                let policy = names.get("member").context("a policy without name")?;
                roles.push(Self::read(&stack.account, logical, name, policy).await?);
            }
        }
        Ok(roles)
    }

    async fn read(
        account: &Account,
        logical: &str,
        name: &str,
        policy: &str,
    ) -> anyhow::Result<Self> {
        let fields = [
            ("Action", "GetRolePolicy"),
            ("RoleName", name),
            ("PolicyName", policy),
        ];
        let xml = account.iam(&fields).await?;
        let found = elements(&xml, "GetRolePolicyResult")?;
        let document = found.first().and_then(|found| found.get("PolicyDocument"));
        let document = document.context("a policy without document")?;
        // The service writes it as a part of an address.
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&format!("d={document}"))?;
        let (_, document) = pairs.first().context("an empty policy")?;
        Ok(Self {
            logical: logical.to_owned(),
            name: name.to_owned(),
            policy: policy.to_owned(),
            document: serde_json::from_str(document).context("a policy is JSON")?,
        })
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
            policy: self.policy.clone(),
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
