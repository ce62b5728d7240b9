//! A session for one tenant and the names of all others: those that were drawn, and those that are nearly its own.

use jiff::Timestamp;
use kernel::{Entropy, IdMint, ManualClock, SeededEntropy, TenantId};
use local::platform::{ACCOUNT, REGION};
use local::policy::{Access, Caller, Context, LEADING_KEYS, Permissions};
use local::services::sts::Session;
use local::template::Template;
use serde_json::Value;
use tests::wiring::template;

/// Neighbours that are tried, each with one kind of record or object.
const NEIGHBOURS: usize = 100_000;

/// The session's tag, as policies name it.
const TENANT: &str = "${aws:PrincipalTag/tenant}";

/// One kind of record or object that a session reaches, with the tenant left open.
#[derive(Debug)]
struct Kind {
    role: String,
    action: String,
    resource: String,
    condition: Option<(&'static str, String)>,
}

impl Kind {
    /// Returns all kinds that sessions of the template's functions reach.
    fn all(template: &Template) -> Vec<Self> {
        let mut kinds = Vec::new();
        for function in &template.functions {
            let Some(arn) = function.variables.get("TENANT_ROLE_ARN") else {
                continue;
            };
            let role = template.roles.iter().find(|role| role.arn == *arn).unwrap();
            for statement in role
                .policies
                .iter()
                .flat_map(|policy| policy.source()["Statement"].as_array().unwrap())
            {
                kinds.extend(of_statement(arn, statement));
            }
        }
        kinds
    }

    /// Returns the access to what is `tenant`'s of this kind.
    fn of(&self, tenant: &str) -> Access {
        let whole = |pattern: &str| pattern.replace(TENANT, tenant).replace('*', "0b1c");
        let condition = self.condition.iter();
        // Objects are written where none is.
        let context = Context::default().with("s3:if-none-match", ["*"]);
        Access {
            action: self.action.clone(),
            resource: whole(&self.resource),
            context: condition.fold(context, |context, (key, pattern)| {
                context.with(key, [whole(pattern)])
            }),
        }
    }

    fn is_allowed(&self, permissions: &Permissions, own: &str, tenant: &str) -> bool {
        let session = Session {
            role: self.role.clone(),
            name: own.to_owned(),
            tags: [("tenant".to_owned(), own.to_owned())].into(),
            policy: None,
            access_key: String::new(),
            expires_at: Timestamp::MAX,
        };
        let access = self.of(tenant);
        permissions
            .check(Caller::Session(&session), &[access])
            .is_ok()
    }
}

fn of_statement(role: &str, statement: &Value) -> Vec<Kind> {
    let texts = |value: &Value| -> Vec<String> {
        let values = value.as_array().into_iter().flatten();
        values
            .map(|text| text.as_str().unwrap().to_owned())
            .collect()
    };
    let condition = &statement["Condition"];
    let keys = texts(&condition["ForAllValues:StringLike"][LEADING_KEYS]);
    let keys = keys.into_iter().map(|key| (LEADING_KEYS, key));
    let prefix = ["StringLike", "StringEquals"].map(|like| condition[like]["s3:prefix"].as_str());
    let prefix = prefix.into_iter().flatten().next();
    let prefix = prefix.map(|prefix| ("s3:prefix", prefix.to_owned()));
    let mut conditions: Vec<_> = keys.chain(prefix).map(Some).collect();
    if conditions.is_empty() {
        conditions.push(None);
    }
    let mut kinds = Vec::new();
    for action in texts(&statement["Action"]) {
        for resource in texts(&statement["Resource"]) {
            for condition in &conditions {
                kinds.push(Kind {
                    role: role.to_owned(),
                    action: action.clone(),
                    resource: resource.clone(),
                    condition: condition.clone(),
                });
            }
        }
    }
    let is_of_tenant = |kind: &Kind| {
        let condition = kind.condition.as_ref();
        kind.resource.contains(TENANT) || condition.is_some_and(|(_, text)| text.contains(TENANT))
    };
    kinds.retain(is_of_tenant);
    kinds
}

/// Returns names that a pattern for `own` could take for its own.
fn nearly(own: &str) -> Vec<String> {
    let last = if own.ends_with('0') { "1" } else { "0" };
    let (most, _) = own.split_at(own.len() - 1);
    vec![
        most.to_owned(),
        format!("{most}{last}"),
        format!("{own}0"),
        format!("0{own}"),
        own.to_uppercase(),
        format!("x#{own}"),
        "*".to_owned(),
        String::new(),
    ]
}

/// Threat A14: what a session may do for its own tenant it may do for no other one.
#[test]
fn no_session_reaches_a_neighbour() {
    let template = template().unwrap();
    let permissions = template.permissions(REGION, ACCOUNT);
    let kinds = Kind::all(&template);
    assert!(kinds.len() > 60, "{} kinds", kinds.len());
    let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
    let entropy = SeededEntropy::new(14);
    let mint = IdMint::new(&clock, &entropy as &dyn Entropy);
    let own = TenantId::mint(mint).to_string();
    for kind in &kinds {
        assert!(kind.is_allowed(&permissions, &own, &own), "{kind:?}");
        for other in nearly(&own) {
            assert!(
                !kind.is_allowed(&permissions, &own, &other),
                "{kind:?} of {other:?}"
            );
        }
    }
    for kind in kinds.iter().cycle().take(NEIGHBOURS) {
        let other = TenantId::mint(mint).to_string();
        assert!(
            !kind.is_allowed(&permissions, &own, &other),
            "{kind:?} of {other}"
        );
    }
}
