//! Resources: what is read of each kind.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::services::dynamodb::{IndexSpec, Projection, TableSpec};
use crate::services::s3::BucketSpec;
use crate::services::sqs::{QueueSpec, Redrive};
use crate::template::TemplateError;
use crate::template::function::function;
use crate::template::kinds::Kind;
use crate::template::known;
use crate::template::model::{DistributionSpec, Template};
use crate::template::roles::{bucket_policies, roles};
use crate::template::values::Resolver;

/// Reads every resource.
pub(super) fn template(
    document: &Value,
    resources: &Map<String, Value>,
    resolver: &Resolver<'_>,
) -> Result<Template, TemplateError> {
    known::check_globals(document)?;
    let globals = document
        .pointer("/Globals/Function")
        .cloned()
        .unwrap_or_default();
    let mut template = Template {
        functions: Vec::new(),
        authorizer: None,
        tables: Vec::new(),
        queues: Vec::new(),
        buckets: Vec::new(),
        buses: Vec::new(),
        secrets: Vec::new(),
        distribution: None,
        mail_identities: Vec::new(),
        roles: Vec::new(),
        bucket_policies: Vec::new(),
    };
    for (id, resource) in resources {
        let Some(kind) = resolver.kind(id) else {
            continue;
        };
        known::check(id, kind, resource)?;
        let properties = resource.get("Properties").cloned().unwrap_or_default();
        match kind {
            Kind::Function => template.functions.push(function(
                &kind.name(id),
                id,
                &properties,
                &globals,
                resolver,
            )?),
            Kind::Table => template.tables.push(table(kind.name(id), id, &properties)?),
            Kind::Queue => {
                template
                    .queues
                    .push(queue(&kind.name(id), id, &properties, resolver)?);
            }
            Kind::Bucket => template.buckets.push(BucketSpec {
                name: kind.name(id),
                is_locked: properties.get("ObjectLockEnabled") == Some(&Value::Bool(true)),
            }),
            Kind::Bus => template.buses.push(kind.name(id)),
            Kind::Secret => template
                .secrets
                .push(secret(kind.name(id), id, &properties)?),
            Kind::HttpApi => template.authorizer = authorizer(id, &properties)?,
            Kind::Distribution => {
                template.distribution =
                    Some(distribution(kind.name(id), id, &properties, resources)?);
            }
            Kind::MailIdentity => {
                let domain = properties.get("EmailIdentity").unwrap_or(&Value::Null);
                let domain = resolver.text(domain, &format!("{id}.EmailIdentity"))?;
                template.mail_identities.push(domain);
            }
            Kind::CachePolicy
            | Kind::Role
            | Kind::BucketPolicy
            | Kind::ManagedPolicy
            | Kind::LogGroup
            | Kind::Operational => {}
        }
    }
    template.roles = roles(resources, resolver)?;
    template.bucket_policies = bucket_policies(resources, resolver)?;
    template
        .functions
        .sort_by(|first, second| first.name.cmp(&second.name));
    Ok(template)
}

pub(super) fn number(value: Option<&Value>, place: &str) -> Result<Option<u32>, TemplateError> {
    value
        .map(|value| {
            value
                .as_u64()
                .and_then(|number| u32::try_from(number).ok())
                .ok_or_else(|| TemplateError::at(place, format!("`{value}` is no number")))
        })
        .transpose()
}

fn table(name: String, id: &str, properties: &Value) -> Result<TableSpec, TemplateError> {
    let schema = |value: &Value, place: &str| {
        let attribute = |kind: &str| {
            value
                .get("KeySchema")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .find(|key| key.get("KeyType").and_then(Value::as_str) == Some(kind))
                .and_then(|key| key.get("AttributeName")?.as_str().map(str::to_owned))
        };
        let partition_key =
            attribute("HASH").ok_or_else(|| TemplateError::at(place, "has no partition key"))?;
        Ok::<_, TemplateError>((partition_key, attribute("RANGE")))
    };
    let (partition_key, sort_key) = schema(properties, id)?;
    let mut indexes = Vec::new();
    let declared = properties
        .get("GlobalSecondaryIndexes")
        .and_then(Value::as_array);
    for index in declared.into_iter().flatten() {
        let name = index
            .get("IndexName")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let (partition_key, sort_key) = schema(index, &format!("{id}.{name}"))?;
        let projection = match index
            .pointer("/Projection/ProjectionType")
            .and_then(Value::as_str)
        {
            Some("ALL") => Projection::All,
            Some("KEYS_ONLY") => Projection::KeysOnly,
            other => {
                let what = format!("the projection {other:?} cannot be played here");
                return Err(TemplateError::at(format!("{id}.{name}"), what));
            }
        };
        indexes.push(IndexSpec {
            name,
            partition_key,
            sort_key,
            projection,
        });
    }
    let ttl = properties
        .pointer("/TimeToLiveSpecification/AttributeName")
        .and_then(Value::as_str)
        .filter(|_| {
            properties.pointer("/TimeToLiveSpecification/Enabled") == Some(&Value::Bool(true))
        });
    let view = properties.pointer("/StreamSpecification/StreamViewType");
    if let Some(other) = view.filter(|view| *view != "NEW_AND_OLD_IMAGES") {
        let what = format!("the view `{other}` cannot be played here");
        return Err(TemplateError::at(format!("{id}.StreamSpecification"), what));
    }
    Ok(TableSpec {
        name,
        partition_key,
        sort_key,
        indexes,
        stream: properties.get("StreamSpecification").is_some(),
        ttl_attribute: ttl.map(str::to_owned),
    })
}

fn queue(
    name: &str,
    id: &str,
    properties: &Value,
    resolver: &Resolver<'_>,
) -> Result<QueueSpec, TemplateError> {
    let mut spec = QueueSpec::named(name);
    let of = |property: &str| number(properties.get(property), &format!("{id}.{property}"));
    if let Some(seconds) = of("VisibilityTimeout")? {
        spec.visibility_timeout_seconds = seconds;
    }
    if let Some(seconds) = of("MessageRetentionPeriod")? {
        spec.retention_seconds = seconds;
    }
    if let Some(seconds) = of("DelaySeconds")? {
        spec.delay_seconds = seconds;
    }
    if let Some(redrive) = properties.get("RedrivePolicy") {
        let place = format!("{id}.RedrivePolicy");
        let target = redrive.get("deadLetterTargetArn").unwrap_or(&Value::Null);
        let arn = resolver.text(target, &place)?;
        spec.redrive = Some(Redrive {
            dead_letter_queue: last(&arn).to_owned(),
            max_receive_count: number(redrive.get("maxReceiveCount"), &place)?
                .ok_or_else(|| TemplateError::at(&place, "has no maxReceiveCount"))?,
        });
    }
    Ok(spec)
}

/// Returns the last part of an ARN: the resource's name.
pub(super) fn last(arn: &str) -> &str {
    arn.rsplit([':', '/']).next().unwrap_or(arn)
}

fn secret(name: String, id: &str, properties: &Value) -> Result<(String, usize), TemplateError> {
    let place = format!("{id}.GenerateSecretString.PasswordLength");
    let length = number(
        properties.pointer("/GenerateSecretString/PasswordLength"),
        &place,
    )?;
    let length = length.ok_or_else(|| TemplateError::at(place, "is missing"))?;
    Ok((name, usize::try_from(length).unwrap_or(usize::MAX)))
}

fn authorizer(id: &str, properties: &Value) -> Result<Option<String>, TemplateError> {
    let Some(name) = properties
        .pointer("/Auth/DefaultAuthorizer")
        .and_then(Value::as_str)
    else {
        return Ok(None);
    };
    let arn = properties.pointer(&format!(
        "/Auth/Authorizers/{name}/FunctionArn/Fn::GetAtt/0"
    ));
    let function = arn.and_then(Value::as_str).ok_or_else(|| {
        TemplateError::at(
            format!("{id}.Auth"),
            "the authorizer has no FunctionArn by !GetAtt",
        )
    })?;
    Ok(Some(Kind::Function.name(function)))
}

fn distribution(
    id: String,
    logical_id: &str,
    properties: &Value,
    resources: &Map<String, Value>,
) -> Result<DistributionSpec, TemplateError> {
    let missing = |what: &str| TemplateError::at(logical_id, format!("`{what}` is missing"));
    let config = properties
        .get("DistributionConfig")
        .ok_or_else(|| missing("DistributionConfig"))?;
    let behavior = config
        .get("DefaultCacheBehavior")
        .ok_or_else(|| missing("DefaultCacheBehavior"))?;
    let origin = config
        .pointer("/Origins/0")
        .map(Value::to_string)
        .unwrap_or_default();
    let function = resources
        .keys()
        .find(|id| origin.contains(&format!("\"{id}Url\"")))
        .ok_or_else(|| missing("an origin that is a function's URL"))?;
    let policy = behavior
        .pointer("/CachePolicyId/Ref")
        .and_then(Value::as_str)
        .and_then(|policy| resources.get(policy))
        .and_then(|policy| {
            policy.pointer("/Properties/CachePolicyConfig/ParametersInCacheKeyAndForwardedToOrigin")
        })
        .ok_or_else(|| missing("CachePolicyId"))?;
    let texts = |value: Option<&Value>| -> Vec<String> {
        let items = value.and_then(Value::as_array).into_iter().flatten();
        items
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    };
    let query = policy
        .pointer("/QueryStringsConfig/QueryStringBehavior")
        .and_then(Value::as_str);
    Ok(DistributionSpec {
        id,
        function: Kind::Function.name(function),
        tag_header: config
            .pointer("/CacheTagConfig/HeaderName")
            .and_then(Value::as_str)
            .ok_or_else(|| missing("CacheTagConfig"))?
            .to_lowercase(),
        key_headers: texts(policy.pointer("/HeadersConfig/Headers")),
        forwards_query: query == Some("all"),
        methods: texts(behavior.get("AllowedMethods")),
        error_lives: error_lives(logical_id, config)?,
    })
}

/// Reads how long each failure is kept, by its status.
fn error_lives(id: &str, config: &Value) -> Result<BTreeMap<u16, u32>, TemplateError> {
    let place = format!("{id}.CustomErrorResponses");
    let declared = config.get("CustomErrorResponses").and_then(Value::as_array);
    let mut lives = BTreeMap::new();
    for response in declared.into_iter().flatten() {
        let of = |name: &str| {
            number(response.get(name), &place)?
                .ok_or_else(|| TemplateError::at(&place, format!("`{name}` is missing")))
        };
        let status = u16::try_from(of("ErrorCode")?)
            .map_err(|_too_large| TemplateError::at(&place, "holds what is no status"))?;
        lives.insert(status, of("ErrorCachingMinTTL")?);
    }
    Ok(lives)
}
