//! How what a stack makes is listed, by its type.

/// The type of a stack.
pub(super) const STACKS: &str = "AWS::CloudFormation::Stack";

/// The type of an event bus, and the one that every account has.
pub(super) const BUSES: &str = "AWS::Events::EventBus";
pub(super) const OWN_BUS: &str = "default";

/// How what is of one type is listed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Listing {
    /// Under a target: service, target, where the list stands, and the field that names each.
    Target(&'static str, &'static str, &'static str, &'static str),
    /// Under a path: service, path, where the list stands, and the field that names each.
    Path(&'static str, &'static str, &'static str, &'static str),
    /// In XML under a path: service, path, the element of each, and the field that names it.
    Xml(&'static str, &'static str, &'static str, &'static str),
    /// In XML by an action: service, what is asked, and the field that names each member.
    Query(
        &'static str,
        &'static [(&'static str, &'static str)],
        &'static str,
    ),
    /// Nowhere: it is a part of what is of this type, and goes with it.
    PartOf(&'static str),
}

/// How each type is listed.
pub(super) const TYPES: [(&str, Listing); 27] = [
    (
        STACKS,
        Listing::Query("cloudformation", &[("Action", "ListStacks")], "StackName"),
    ),
    (
        "AWS::DynamoDB::Table",
        Listing::Target(
            "dynamodb",
            "DynamoDB_20120810.ListTables",
            "/TableNames",
            "",
        ),
    ),
    (
        "AWS::SecretsManager::Secret",
        Listing::Target(
            "secretsmanager",
            "secretsmanager.ListSecrets",
            "/SecretList",
            "/Name",
        ),
    ),
    (
        "AWS::SQS::Queue",
        Listing::Target("sqs", "AmazonSQS.ListQueues", "/QueueUrls", ""),
    ),
    (
        "AWS::Logs::LogGroup",
        Listing::Target(
            "logs",
            "Logs_20140328.DescribeLogGroups",
            "/logGroups",
            "/logGroupName",
        ),
    ),
    (
        BUSES,
        Listing::Target("events", "AWSEvents.ListEventBuses", "/EventBuses", "/Name"),
    ),
    (
        "AWS::Events::Rule",
        Listing::Target("events", "AWSEvents.ListRules", "/Rules", "/Name"),
    ),
    (
        "AWS::CloudWatch::Alarm",
        Listing::Target(
            "monitoring",
            "GraniteServiceVersion20100801.DescribeAlarms",
            "/MetricAlarms",
            "/AlarmName",
        ),
    ),
    (
        "AWS::Lambda::Function",
        Listing::Path(
            "lambda",
            "/2015-03-31/functions/",
            "/Functions",
            "/FunctionName",
        ),
    ),
    (
        "AWS::Lambda::EventSourceMapping",
        Listing::Path(
            "lambda",
            "/2015-03-31/event-source-mappings/",
            "/EventSourceMappings",
            "/UUID",
        ),
    ),
    (
        "AWS::ApiGatewayV2::Api",
        Listing::Path("apigateway", "/v2/apis", "/items", "/apiId"),
    ),
    (
        "AWS::Scheduler::Schedule",
        Listing::Path("scheduler", "/schedules", "/Schedules", "/Name"),
    ),
    (
        "AWS::SES::EmailIdentity",
        Listing::Path(
            "ses",
            "/v2/email/identities",
            "/EmailIdentities",
            "/IdentityName",
        ),
    ),
    ("AWS::S3::Bucket", Listing::Xml("s3", "/", "Bucket", "Name")),
    (
        "AWS::CloudFront::Distribution",
        Listing::Xml(
            "cloudfront",
            "/2020-05-31/distribution",
            "DistributionSummary",
            "Id",
        ),
    ),
    (
        "AWS::CloudFront::Function",
        Listing::Xml(
            "cloudfront",
            "/2020-05-31/function",
            "FunctionSummary",
            "Name",
        ),
    ),
    (
        "AWS::CloudFront::CachePolicy",
        Listing::Xml(
            "cloudfront",
            "/2020-05-31/cache-policy?Type=custom",
            "CachePolicy",
            "Id",
        ),
    ),
    (
        "AWS::CloudFront::OriginRequestPolicy",
        Listing::Xml(
            "cloudfront",
            "/2020-05-31/origin-request-policy?Type=custom",
            "OriginRequestPolicy",
            "Id",
        ),
    ),
    (
        "AWS::CloudFront::OriginAccessControl",
        Listing::Xml(
            "cloudfront",
            "/2020-05-31/origin-access-control",
            "OriginAccessControlSummary",
            "Id",
        ),
    ),
    (
        "AWS::SNS::Topic",
        Listing::Query("sns", &[("Action", "ListTopics")], "TopicArn"),
    ),
    (
        "AWS::IAM::Role",
        Listing::Query("iam", &[("Action", "ListRoles")], "Arn"),
    ),
    (
        "AWS::IAM::ManagedPolicy",
        Listing::Query(
            "iam",
            &[("Action", "ListPolicies"), ("Scope", "Local")],
            "Arn",
        ),
    ),
    (
        "AWS::ApiGatewayV2::Stage",
        Listing::PartOf("AWS::ApiGatewayV2::Api"),
    ),
    (
        "AWS::Lambda::Permission",
        Listing::PartOf("AWS::Lambda::Function"),
    ),
    (
        "AWS::Logs::MetricFilter",
        Listing::PartOf("AWS::Logs::LogGroup"),
    ),
    ("AWS::Lambda::Url", Listing::PartOf("AWS::Lambda::Function")),
    ("AWS::S3::BucketPolicy", Listing::PartOf("AWS::S3::Bucket")),
];
