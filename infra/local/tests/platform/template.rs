//! Templates that cannot be played: each is refused by the logical id of what is wrong.

use std::collections::BTreeMap;

use local::template::{Account, Template};

use super::parts;
use super::support::BASE;

fn refusal(text: &str) -> String {
    let account = Account {
        region: "eu-central-1".to_owned(),
        account: "000000000000".to_owned(),
        domain: "localhost".to_owned(),
        parameters: BTreeMap::new(),
    };
    match Template::parse(text, &account) {
        Ok(_) => panic!("it is played:\n{text}"),
        Err(error) => error.to_string(),
    }
}

/// Refuses the base with a resource more.
fn added(resource: &str) -> String {
    refusal(&format!("{BASE}  {resource}\n"))
}

/// Refuses the base with a function that has one event more.
fn event(kind: &str, properties: &str) -> String {
    let worker = parts::function("Worker", &parts::event(kind, properties));
    refusal(&format!("{BASE}{worker}"))
}

#[test]
fn what_is_no_template_is_refused() {
    assert_eq!(refusal("a: ["), "the template is not YAML");
    assert_eq!(refusal("Parameters: {}"), "`Resources`: is missing");
    assert_eq!(refusal("Resources: []"), "`Resources`: is missing");
}

#[test]
fn an_unknown_resource_is_named() {
    assert_eq!(
        added("Db: { Type: AWS::RDS::DBInstance }"),
        "`Db`: the type `AWS::RDS::DBInstance` cannot be played here"
    );
    assert_eq!(added("Db: {}"), "`Db`: the type `` cannot be played here");
}

#[test]
fn an_unknown_property_is_named() {
    for (resource, place) in [
        (
            "Q: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }",
            "Q.FifoQueue",
        ),
        (
            "Q: { Type: AWS::SQS::Queue, Condition: IsProduction }",
            "Q.Condition",
        ),
        (
            "B: { Type: AWS::S3::Bucket, Properties: { NotificationConfiguration: {} } }",
            "B.NotificationConfiguration",
        ),
        (
            "F: { Type: AWS::Serverless::Function, Properties: { EventInvokeConfig: {} } }",
            "F.EventInvokeConfig",
        ),
        (
            "F: { Type: AWS::Serverless::Function, Properties: { FunctionUrlConfig: { Cors: {} } } }",
            "F.FunctionUrlConfig.Cors",
        ),
        (
            "T: { Type: AWS::DynamoDB::Table, Properties: { LocalSecondaryIndexes: [] } }",
            "T.LocalSecondaryIndexes",
        ),
        (
            "A: { Type: AWS::Serverless::HttpApi, Properties: { CorsConfiguration: {} } }",
            "A.CorsConfiguration",
        ),
        (
            "A: { Type: AWS::Serverless::HttpApi, Properties: { Auth: { EnableIamAuthorizer: true } } }",
            "A.Auth.EnableIamAuthorizer",
        ),
        (
            "D: { Type: AWS::CloudFront::Distribution, Properties: { DistributionConfig: { CacheBehaviors: [] } } }",
            "D.DistributionConfig.CacheBehaviors",
        ),
        (
            "S: { Type: AWS::SecretsManager::Secret, Properties: { SecretString: plain } }",
            "S.SecretString",
        ),
        (
            "D: { Type: AWS::CloudFront::Distribution, Properties: { DistributionConfig: { CustomErrorResponses: [{ ErrorCode: 404, ResponseCode: 200 }] } } }",
            "D.DistributionConfig.CustomErrorResponses.ResponseCode",
        ),
    ] {
        let expected = format!("`{place}`: cannot be played here");
        assert_eq!(added(resource), expected, "{resource}");
    }
    let globals = format!("{BASE}\nGlobals: {{ Function: {{ Timeout: 3, VpcConfig: {{}} }} }}\n");
    assert_eq!(
        refusal(&globals),
        "`Globals.Function.VpcConfig`: cannot be played here"
    );
    let globals = format!("{BASE}\nGlobals: {{ HttpApi: {{}} }}\n");
    assert_eq!(
        refusal(&globals),
        "`Globals.HttpApi`: cannot be played here"
    );
}

/// Events that cannot be played, with what is said of each after its place.
const EVENTS: &[(&str, &str, &str)] = &[
    (
        "Kinesis",
        "",
        "`: events of type `Kinesis` cannot be played here",
    ),
    (
        "SQS",
        "Queue: q, MaximumBatchingWindowInSeconds: 5",
        ".MaximumBatchingWindowInSeconds`: cannot be played here",
    ),
    (
        "SQS",
        "Queue: q, FilterCriteria: {}",
        ".FilterCriteria`: cannot be played here",
    ),
    ("SQS", "BatchSize: 1", ".Queue`: `null` is no text"),
    (
        "SQS",
        "Queue: q, BatchSize: 11",
        "`: batches of 11 cannot be played here, only 1 to 10",
    ),
    (
        "SQS",
        "Queue: q, BatchSize: 0",
        "`: batches of 0 cannot be played here, only 1 to 10",
    ),
    (
        "SQS",
        "Queue: q, BatchSize: many",
        "`: `\"many\"` is no number",
    ),
    (
        "DynamoDB",
        "StartingPosition: TRIM_HORIZON, Stream: s",
        "`: `s` is no stream of a table",
    ),
    (
        "DynamoDB",
        "Stream: a/b/c, ParallelizationFactor: 2",
        ".ParallelizationFactor`: cannot be played here",
    ),
    (
        "DynamoDB",
        "StartingPosition: TRIM_HORIZON, Stream: a/b/c, FilterCriteria: { Filters: [{ Pattern: '{\"a\":[{\"prefix\":\"x\"}]}' }] }",
        "`: the pattern `{\"a\":[{\"prefix\":\"x\"}]}` holds more than exact values",
    ),
    (
        "DynamoDB",
        "Stream: a/b/c, StartingPosition: LATEST",
        "`: only the position `TRIM_HORIZON` can be played here",
    ),
    ("HttpApi", "Path: /x", ".Method`: `null` is no text"),
    (
        "HttpApi",
        "Path: /x, Method: GET, Auth: { Authorizer: NONE }",
        ".Auth`: cannot be played here",
    ),
    (
        "ScheduleV2",
        "ScheduleExpression: cron(0 0 * * ? *)",
        "`: the schedule `cron(0 0 * * ? *)` cannot be played here",
    ),
    (
        "ScheduleV2",
        "ScheduleExpression: rate(0 minutes)",
        "`: the schedule `rate(0 minutes)` cannot be played here",
    ),
    (
        "ScheduleV2",
        "ScheduleExpression: rate(1 minute), State: DISABLED",
        ".State`: cannot be played here",
    ),
];

#[test]
fn an_unknown_event_or_property_of_one_is_named() {
    let place = "WorkerFunction.Work";
    for (kind, properties, what) in EVENTS {
        let said = event(kind, properties);
        assert_eq!(said, format!("`{place}{what}"), "{kind} {properties}");
    }
}

#[test]
fn a_source_is_named_that_a_function_has_twice() {
    let said = added(
        "WorkerFunction: { Type: AWS::Serverless::Function, Properties: { Events: {
          One: { Type: SQS, Properties: { Queue: q } }, Two: { Type: SQS, Properties: { Queue: q } } } } }",
    );
    assert_eq!(
        said,
        "`WorkerFunction.Two`: the function has this source already"
    );
}

/// Refuses the base with a function that has this variable.
fn variable(value: &str) -> String {
    added(&format!(
        "F: {{ Type: AWS::Serverless::Function, Properties: {{ Environment: {{ Variables: {{ NAME: {value} }} }} }} }}"
    ))
}

#[test]
fn a_reference_to_nothing_is_named() {
    for (value, what) in [
        ("!Ref Missing", "there is no `Missing`"),
        ("!GetAtt Missing.Arn", "there is no `Missing`"),
        ("!Sub 'x-${Missing}'", "there is no `Missing`"),
        ("!Sub 'x-${Missing.Arn}'", "there is no `Missing`"),
        ("!Join ['', [a, !Ref Missing]]", "there is no `Missing`"),
        (
            "!ImportValue x",
            "the function `ImportValue` is not known here",
        ),
        (
            "!FindInMap [a, b, c]",
            "the function `FindInMap` is not known here",
        ),
        ("!GetAtt Table", "`\"Table\"` is no attribute of a resource"),
    ] {
        let said = variable(value);
        assert_eq!(
            said,
            format!("`F.Environment.Variables.NAME`: {what}"),
            "{value}"
        );
        // Where nothing is played, a reference must be one too.
        let said = added(&format!(
            "L: {{ Type: AWS::Logs::LogGroup, Properties: {{ LogGroupName: {value} }} }}"
        ));
        assert_eq!(said, format!("`L.LogGroupName`: {what}"), "{value}");
    }
}

#[test]
fn a_reference_that_has_no_value_here_is_named() {
    for value in [
        "!GetAtt Table.Name",
        "!GetAtt SiteFunctionUrl.FunctionUrl",
        "!If [a, b, c]",
    ] {
        let said = variable(value);
        assert!(said.starts_with("`F.Environment.NAME`: "), "{said}");
        assert!(said.ends_with("cannot be resolved"), "{said}");
    }
}

#[test]
fn a_value_that_would_behave_in_another_way_is_named() {
    for (from, to, said) in [
        (
            "DefaultTTL: 0",
            "DefaultTTL: 60",
            "`SiteCachePolicy.CachePolicyConfig.DefaultTTL`: `60` cannot be played here, only `0`",
        ),
        (
            "CookieBehavior: none",
            "CookieBehavior: all",
            "`SiteCachePolicy.CachePolicyConfig.ParametersInCacheKeyAndForwardedToOrigin.CookiesConfig.CookieBehavior`: `\"all\"` cannot be played here, only `\"none\"`",
        ),
        (
            "NEW_AND_OLD_IMAGES",
            "KEYS_ONLY",
            "`Table.StreamSpecification`: the view `\"KEYS_ONLY\"` cannot be played here",
        ),
        (
            "AllowedMethods: [GET, HEAD, OPTIONS]",
            "CachedMethods: [GET, HEAD, OPTIONS]",
            "`Distribution.DistributionConfig.DefaultCacheBehavior.CachedMethods`: `[\"GET\",\"HEAD\",\"OPTIONS\"]` cannot be played here, only `[\"GET\",\"HEAD\"]`",
        ),
        (
            "!Ref SiteCachePolicy",
            "658327ea",
            "`Distribution`: `CachePolicyId` is missing",
        ),
        (
            "SiteFunctionUrl.FunctionUrl",
            "Table.Arn",
            "`Distribution`: `an origin that is a function's URL` is missing",
        ),
    ] {
        assert_eq!(refusal(&BASE.replace(from, to)), said);
    }
    let authorizer = |line: &str| {
        added(&format!(
            "A: {{ Type: AWS::Serverless::HttpApi, Properties: {{ Auth: {{ DefaultAuthorizer: X, Authorizers: {{ X: {{ FunctionArn: !GetAtt SiteFunction.Arn, {line} }} }} }} }} }}"
        ))
    };
    assert_eq!(
        authorizer("AuthorizerPayloadFormatVersion: '1.0'"),
        "`A.Auth.X.AuthorizerPayloadFormatVersion`: `\"1.0\"` cannot be played here, only `\"2.0\"`"
    );
    assert_eq!(
        authorizer(
            "AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true, Identity: { ReauthorizeEvery: 300 }"
        ),
        "`A.Auth.X.Identity`: `{\"ReauthorizeEvery\":300}` cannot be played here, only `{\"ReauthorizeEvery\":0}`"
    );
}

#[test]
fn numbers_dead_letters_and_roles_are_read_strictly() {
    for (resource, said) in [
        (
            "Q: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: soon } }",
            "`Q.VisibilityTimeout`: `\"soon\"` is no number",
        ),
        (
            "Q: { Type: AWS::SQS::Queue, Properties: { RedrivePolicy: { deadLetterTargetArn: x } } }",
            "`Q.RedrivePolicy`: has no maxReceiveCount",
        ),
        (
            "F: { Type: AWS::Serverless::Function, Properties: { Timeout: -1 } }",
            "`F.Timeout`: `-1` is no number",
        ),
        (
            "F: { Type: AWS::Serverless::Function, Properties: { DeadLetterQueue: { Type: SNS } } }",
            "`F.DeadLetterQueue`: only queues can be played here",
        ),
        (
            "S: { Type: AWS::SecretsManager::Secret }",
            "`S.GenerateSecretString.PasswordLength`: is missing",
        ),
        (
            "T: { Type: AWS::DynamoDB::Table }",
            "`T`: has no partition key",
        ),
        (
            "R: { Type: AWS::IAM::Role, Properties: { PermissionsBoundary: x } }",
            "`R.PermissionsBoundary`: cannot be played here",
        ),
        (
            "R: { Type: AWS::IAM::Role, Properties: {} }",
            "`R`: has no policy",
        ),
        (
            "R: { Type: AWS::IAM::Role, Properties: { AssumeRolePolicyDocument: { Statement: [] }, ManagedPolicyArns: [x] } }",
            "`R.ManagedPolicyArns`: the policy `x` cannot be played here",
        ),
        (
            "R: { Type: AWS::IAM::Role, Properties: { AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Action: a, Condition: { Odd: { k: v } } }] } } }",
            "`R`: the operator `Odd` is not known here",
        ),
    ] {
        assert_eq!(added(resource), said);
    }
}
