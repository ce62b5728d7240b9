//! Kinds of resources, and what each is called on this machine. It must never know what a resource says of itself.

use crate::template::Account;

/// A kind of resource that is played here, or that has nothing to play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Function,
    Table,
    Bucket,
    BucketPolicy,
    Queue,
    Bus,
    Secret,
    HttpApi,
    Distribution,
    CachePolicy,
    MailIdentity,
    Role,
    ManagedPolicy,
    LogGroup,
    /// Alarms, filters and permissions: about an account, not about behaviour.
    Operational,
}

/// The id of the one distribution.
const DISTRIBUTION_ID: &str = "EHOTSWAPLOCAL1";

impl Kind {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "AWS::Serverless::Function" => Self::Function,
            "AWS::DynamoDB::Table" => Self::Table,
            "AWS::S3::Bucket" => Self::Bucket,
            "AWS::S3::BucketPolicy" => Self::BucketPolicy,
            "AWS::SQS::Queue" => Self::Queue,
            "AWS::Events::EventBus" => Self::Bus,
            "AWS::SecretsManager::Secret" => Self::Secret,
            "AWS::Serverless::HttpApi" => Self::HttpApi,
            "AWS::CloudFront::Distribution" => Self::Distribution,
            "AWS::CloudFront::CachePolicy" => Self::CachePolicy,
            "AWS::SES::EmailIdentity" => Self::MailIdentity,
            "AWS::IAM::Role" => Self::Role,
            "AWS::IAM::ManagedPolicy" => Self::ManagedPolicy,
            "AWS::Logs::LogGroup" => Self::LogGroup,
            "AWS::CloudWatch::Alarm"
            | "AWS::Logs::MetricFilter"
            | "AWS::SNS::Topic"
            | "AWS::Lambda::Permission"
            | "AWS::CloudFront::Function"
            | "AWS::CloudFront::OriginRequestPolicy"
            | "AWS::CloudFront::OriginAccessControl" => Self::Operational,
            _ => return None,
        })
    }

    /// Returns the resource's name on this machine.
    pub(super) fn name(self, id: &str) -> String {
        match self {
            Self::Function => id.strip_suffix("Function").unwrap_or(id).to_lowercase(),
            Self::Bucket => format!("hotswap-{}", id.to_lowercase()),
            Self::Distribution => DISTRIBUTION_ID.to_owned(),
            Self::Table
            | Self::Queue
            | Self::Bus
            | Self::Secret
            | Self::HttpApi
            | Self::CachePolicy
            | Self::MailIdentity
            | Self::Role
            | Self::ManagedPolicy
            | Self::BucketPolicy
            | Self::LogGroup
            | Self::Operational => format!("hotswap-{id}"),
        }
    }

    /// Returns what `!Ref` gives.
    pub(super) fn reference(self, id: &str, account: &Account) -> String {
        let name = self.name(id);
        let Account {
            region, account, ..
        } = account;
        match self {
            Self::Queue => format!("https://sqs.{region}.amazonaws.com/{account}/{name}"),
            Self::ManagedPolicy => format!("arn:aws:iam::{account}:policy/{name}"),
            Self::Function
            | Self::Table
            | Self::Bucket
            | Self::BucketPolicy
            | Self::Bus
            | Self::Secret
            | Self::HttpApi
            | Self::Distribution
            | Self::CachePolicy
            | Self::MailIdentity
            | Self::Role
            | Self::LogGroup
            | Self::Operational => name,
        }
    }

    /// Returns what `!GetAtt` gives.
    pub(super) fn attribute(self, id: &str, attribute: &str, account: &Account) -> Option<String> {
        let name = self.name(id);
        let Account {
            region, account, ..
        } = account;
        let arn = match self {
            Self::Function => format!("arn:aws:lambda:{region}:{account}:function:{name}"),
            Self::Table => format!("arn:aws:dynamodb:{region}:{account}:table/{name}"),
            Self::Bucket => format!("arn:aws:s3:::{name}"),
            Self::Queue => format!("arn:aws:sqs:{region}:{account}:{name}"),
            Self::Bus => format!("arn:aws:events:{region}:{account}:event-bus/{name}"),
            Self::Secret => format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}"),
            Self::Distribution => format!("arn:aws:cloudfront::{account}:distribution/{name}"),
            Self::Role => format!("arn:aws:iam::{account}:role/{name}"),
            Self::LogGroup => format!("arn:aws:logs:{region}:{account}:log-group:{name}:*"),
            Self::HttpApi
            | Self::CachePolicy
            | Self::MailIdentity
            | Self::ManagedPolicy
            | Self::BucketPolicy
            | Self::Operational => {
                return None;
            }
        };
        match (self, attribute) {
            // A secret's own name for its resource name.
            (Self::Secret, "Id") => Some(arn),
            (Self::Secret, _) => None,
            (_, "Arn") => Some(arn),
            (Self::Table, "StreamArn") => Some(format!("{arn}/stream/local")),
            (Self::Queue, "QueueName") => Some(name),
            _ => None,
        }
    }
}
