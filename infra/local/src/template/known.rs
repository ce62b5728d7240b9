//! What may be said of each resource: what is played here, and what is about an account and
//! changes nothing here. Anything else is refused.

use serde_json::Value;

use crate::template::TemplateError;
use crate::template::kinds::Kind;

const RESOURCE: &[&str] = &[
    "Type",
    "Properties",
    "Metadata",
    "DependsOn",
    "DeletionPolicy",
    "UpdateReplacePolicy",
];

const FUNCTION: &[&str] = &[
    "Architectures",
    "CodeUri",
    "DeadLetterQueue",
    "Description",
    "Environment",
    "Events",
    "FunctionName",
    "FunctionUrlConfig",
    "Handler",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "Tags",
    "Timeout",
    "Tracing",
];

/// Places below a resource's properties with what may be said there.
type Places = &'static [(&'static str, &'static [&'static str])];

/// Returns what may be said of a kind; nothing for those of which nothing is played.
fn places(kind: Kind) -> Places {
    match kind {
        Kind::Function => &[
            ("", FUNCTION),
            ("/DeadLetterQueue", &["TargetArn", "Type"]),
            ("/Environment", &["Variables"]),
            ("/FunctionUrlConfig", &["AuthType"]),
        ],
        Kind::Table => TABLE,
        Kind::Bucket => BUCKET,
        Kind::BucketPolicy => &[("", &["Bucket", "PolicyDocument"])],
        Kind::Queue => QUEUE,
        Kind::Bus => &[("", &["Name", "Tags"])],
        Kind::Secret => SECRET,
        Kind::HttpApi => HTTP_API,
        Kind::Distribution => DISTRIBUTION,
        Kind::CachePolicy => CACHE_POLICY,
        Kind::MailIdentity => &[("", &["EmailIdentity", "Tags"])],
        Kind::Role => &[(
            "",
            &[
                "AssumeRolePolicyDocument",
                "ManagedPolicyArns",
                "Policies",
                "Tags",
            ],
        )],
        Kind::ManagedPolicy => &[("", &["Description", "PolicyDocument"])],
        Kind::LogGroup | Kind::Operational => &[],
    }
}

const TABLE: Places = &[
    (
        "",
        &[
            "AttributeDefinitions",
            "BillingMode",
            "GlobalSecondaryIndexes",
            "KeySchema",
            "PointInTimeRecoverySpecification",
            "SSESpecification",
            "StreamSpecification",
            "Tags",
            "TimeToLiveSpecification",
        ],
    ),
    ("/StreamSpecification", &["StreamViewType"]),
    ("/TimeToLiveSpecification", &["AttributeName", "Enabled"]),
];

const BUCKET: Places = &[(
    "",
    &[
        "BucketEncryption",
        "LifecycleConfiguration",
        "ObjectLockConfiguration",
        "ObjectLockEnabled",
        "OwnershipControls",
        "PublicAccessBlockConfiguration",
        "Tags",
        "VersioningConfiguration",
    ],
)];

const QUEUE: Places = &[
    (
        "",
        &[
            "DelaySeconds",
            "MessageRetentionPeriod",
            "RedrivePolicy",
            "SqsManagedSseEnabled",
            "Tags",
            "VisibilityTimeout",
        ],
    ),
    (
        "/RedrivePolicy",
        &["deadLetterTargetArn", "maxReceiveCount"],
    ),
];

const SECRET: Places = &[
    ("", &["Description", "GenerateSecretString", "Tags"]),
    (
        "/GenerateSecretString",
        &["ExcludePunctuation", "PasswordLength"],
    ),
];

const HTTP_API: Places = &[
    (
        "",
        &[
            "AccessLogSettings",
            "Auth",
            "DefaultRouteSettings",
            "Description",
            "FailOnWarnings",
            "Tags",
        ],
    ),
    ("/Auth", &["Authorizers", "DefaultAuthorizer"]),
    (
        "/DefaultRouteSettings",
        &["ThrottlingBurstLimit", "ThrottlingRateLimit"],
    ),
];

const CACHE_POLICY: Places = &[
    ("", &["CachePolicyConfig"]),
    (
        "/CachePolicyConfig",
        &[
            "Comment",
            "DefaultTTL",
            "MaxTTL",
            "MinTTL",
            "Name",
            "ParametersInCacheKeyAndForwardedToOrigin",
        ],
    ),
];

const DISTRIBUTION: Places = &[
    ("", &["DistributionConfig", "Tags"]),
    (
        "/DistributionConfig",
        &[
            "Aliases",
            "CacheTagConfig",
            "Comment",
            "CustomErrorResponses",
            "DefaultCacheBehavior",
            "Enabled",
            "HttpVersion",
            "IPV6Enabled",
            "Logging",
            "Origins",
            "ViewerCertificate",
        ],
    ),
    (
        "/DistributionConfig/DefaultCacheBehavior",
        &[
            "AllowedMethods",
            "CachePolicyId",
            "CachedMethods",
            "Compress",
            "FunctionAssociations",
            "OriginRequestPolicyId",
            "TargetOriginId",
            "ViewerProtocolPolicy",
        ],
    ),
];

/// Returns what may be said of a function's event of a type.
fn event(name: &str) -> &'static [&'static str] {
    match name {
        "HttpApi" => &["ApiId", "Method", "Path"],
        "SQS" => &[
            "BatchSize",
            "FunctionResponseTypes",
            "Queue",
            "ScalingConfig",
        ],
        "DynamoDB" => &[
            "BatchSize",
            "BisectBatchOnFunctionError",
            "DestinationConfig",
            "FilterCriteria",
            "FunctionResponseTypes",
            "MaximumRecordAgeInSeconds",
            "MaximumRetryAttempts",
            "StartingPosition",
            "Stream",
        ],
        "EventBridgeRule" => &["DeadLetterConfig", "EventBusName", "Pattern", "RetryPolicy"],
        _ => &[
            "Description",
            "Input",
            "Name",
            "RetryPolicy",
            "Schedule",
            "ScheduleExpression",
        ],
    }
}

/// The one value that is played at each of these places of a cache policy.
const CACHE_POLICY_VALUES: &[(&str, &str)] = &[
    ("/MinTTL", "0"),
    ("/DefaultTTL", "0"),
    (
        "/ParametersInCacheKeyAndForwardedToOrigin/CookiesConfig/CookieBehavior",
        "\"none\"",
    ),
];

/// The one value that is played at each of these places of an authorizer.
const AUTHORIZER_VALUES: &[(&str, &str)] = &[
    ("/AuthorizerPayloadFormatVersion", "\"2.0\""),
    ("/EnableSimpleResponses", "true"),
    ("/Identity", "{\"ReauthorizeEvery\":0}"),
];

const AUTHORIZER_NAMES: &[&str] = &[
    "AuthorizerPayloadFormatVersion",
    "EnableSimpleResponses",
    "FunctionArn",
    "FunctionInvokeRole",
    "Identity",
];

/// Refuses a resource of which something is said that is not played.
pub(super) fn check(id: &str, kind: Kind, resource: &Value) -> Result<(), TemplateError> {
    if matches!(kind, Kind::LogGroup | Kind::Operational) {
        return Ok(());
    }
    names(id, Some(resource), RESOURCE)?;
    let properties = resource.get("Properties").unwrap_or(&Value::Null);
    for (place, known) in places(kind) {
        let path = format!("{id}{}", place.replace('/', "."));
        names(&path, properties.pointer(place), known)?;
    }
    if kind == Kind::Distribution {
        let behavior = properties.pointer("/DistributionConfig/DefaultCacheBehavior");
        let behavior = behavior.filter(|behavior| behavior.get("CachedMethods").is_some());
        let path = format!("{id}.DistributionConfig.DefaultCacheBehavior");
        if let Some(behavior) = behavior {
            values(&path, behavior, &[("/CachedMethods", "[\"GET\",\"HEAD\"]")])?;
        }
        let responses = properties.pointer("/DistributionConfig/CustomErrorResponses");
        for response in responses.and_then(Value::as_array).into_iter().flatten() {
            let path = format!("{id}.DistributionConfig.CustomErrorResponses");
            names(&path, Some(response), &["ErrorCachingMinTTL", "ErrorCode"])?;
        }
    }
    if kind == Kind::CachePolicy {
        let config = properties.get("CachePolicyConfig").unwrap_or(&Value::Null);
        values(
            &format!("{id}.CachePolicyConfig"),
            config,
            CACHE_POLICY_VALUES,
        )?;
    }
    let authorizers = properties.pointer("/Auth/Authorizers");
    let authorizers = authorizers.and_then(Value::as_object);
    for (name, authorizer) in authorizers.into_iter().flatten() {
        let path = format!("{id}.Auth.{name}");
        names(&path, Some(authorizer), AUTHORIZER_NAMES)?;
        values(&path, authorizer, AUTHORIZER_VALUES)?;
    }
    Ok(())
}

/// Refuses globals that are not played.
pub(super) fn check_globals(document: &Value) -> Result<(), TemplateError> {
    names("Globals", document.get("Globals"), &["Function"])?;
    let function = document.pointer("/Globals/Function");
    names("Globals.Function", function, FUNCTION)
}

/// Refuses a function's event of which something is said that is not played.
pub(super) fn check_event(place: &str, declared: &Value) -> Result<(), TemplateError> {
    names(place, Some(declared), &["Properties", "Type"])?;
    let kind = declared.get("Type").and_then(Value::as_str);
    let known = event(kind.unwrap_or_default());
    names(place, declared.get("Properties"), known)
}

fn names(place: &str, value: Option<&Value>, known: &[&str]) -> Result<(), TemplateError> {
    let members = value.and_then(Value::as_object);
    match members.and_then(|members| members.keys().find(|name| !known.contains(&name.as_str()))) {
        Some(name) => Err(TemplateError::at(
            format!("{place}.{name}"),
            "cannot be played here",
        )),
        None => Ok(()),
    }
}

fn values(place: &str, value: &Value, only: &[(&str, &str)]) -> Result<(), TemplateError> {
    for (pointer, only) in only {
        let said = value.pointer(pointer).unwrap_or(&Value::Null).to_string();
        if said != *only {
            let place = format!("{place}{}", pointer.replace('/', "."));
            let what = format!("`{said}` cannot be played here, only `{only}`");
            return Err(TemplateError::at(place, what));
        }
    }
    Ok(())
}
