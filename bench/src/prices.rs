//! The published prices that costs are reckoned with, each once, with its unit and its page. It
//! must never know how much of anything is used.
//!
//! They are those of us-east-1 (N. Virginia), on demand, in the first paid step and without any
//! free allowance, written down on 2026-11-21 from copies of the pages that are named and of pages
//! that quote them. The pages are where to look whether they still hold.

/// The region that the prices are of.
pub const REGION: &str = "us-east-1";

/// The day on which the prices were written down.
pub const DATE: &str = "2026-11-21";

/// A price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    /// What it is for.
    pub name: &'static str,
    /// Dollars for `per` units.
    pub dollars: f64,
    /// How many units that is for.
    pub per: f64,
    /// The unit.
    pub unit: &'static str,
    /// Where it is published.
    pub source: &'static str,
}

impl Price {
    /// Returns what a quantity costs, in dollars.
    pub fn of(&self, quantity: f64) -> f64 {
        quantity * self.dollars / self.per
    }
}

/// Bytes of a gigabyte as storage, logs and traffic are charged.
pub const GIGABYTE: f64 = 1_073_741_824.0;

macro_rules! prices {
    ($($(#[doc = $doc:literal])+ $constant:ident = $name:literal, $dollars:literal per $per:expr, $unit:literal, $source:literal;)+) => {
        $($(#[doc = $doc])+
        pub const $constant: Price = Price {
            name: $name,
            dollars: $dollars,
            per: $per,
            unit: $unit,
            source: $source,
        };)+

        /// Every price.
        pub const ALL: &[&Price] = &[$(&$constant),+];
    };
}

prices! {
    /// A read of up to 4 KB, strongly consistent; half a one where it need not be.
    READ_UNITS = "DynamoDB reads", 0.125 per 1e6, "read request unit", "https://aws.amazon.com/dynamodb/pricing/on-demand/";
    /// A write of up to 1 KB; two in a transaction.
    WRITE_UNITS = "DynamoDB writes", 0.625 per 1e6, "write request unit", "https://aws.amazon.com/dynamodb/pricing/on-demand/";
    /// Items at rest.
    TABLE_STORAGE = "DynamoDB storage", 0.25 per GIGABYTE, "byte and month", "https://aws.amazon.com/dynamodb/pricing/on-demand/";
    /// The last 35 days of the table, restorable to any second.
    TABLE_BACKUP = "DynamoDB point-in-time recovery", 0.20 per GIGABYTE, "byte and month", "https://aws.amazon.com/dynamodb/pricing/on-demand/";
    /// Objects put, copied or listed.
    OBJECT_PUTS = "S3 writes", 0.005 per 1e3, "request", "https://aws.amazon.com/s3/pricing/";
    /// Objects read.
    OBJECT_GETS = "S3 reads", 0.0004 per 1e3, "request", "https://aws.amazon.com/s3/pricing/";
    /// Functions' invocations.
    INVOCATIONS = "Lambda requests", 0.20 per 1e6, "invocation", "https://aws.amazon.com/lambda/pricing/";
    /// Functions' time by memory, on arm64.
    COMPUTE = "Lambda time", 0.000_013_333_4 per 1.0, "gigabyte-second", "https://aws.amazon.com/lambda/pricing/";
    /// Requests of the HTTP API, of up to 512 KB each.
    GATEWAY = "HTTP API requests", 1.00 per 1e6, "request", "https://aws.amazon.com/api-gateway/pricing/";
    /// What the HTTP API sends to the internet.
    GATEWAY_TRAFFIC = "HTTP API traffic", 0.09 per GIGABYTE, "byte", "https://aws.amazon.com/ec2/pricing/on-demand/";
    /// Requests of visitors over HTTPS, from North America.
    CDN = "CloudFront requests", 0.0100 per 1e4, "request", "https://aws.amazon.com/cloudfront/pricing/";
    /// What visitors in North America and Europe are sent.
    CDN_TRAFFIC = "CloudFront traffic", 0.085 per GIGABYTE, "byte", "https://aws.amazon.com/cloudfront/pricing/";
    /// Runs of the viewer function.
    CDN_FUNCTION = "CloudFront Functions", 0.10 per 1e6, "invocation", "https://aws.amazon.com/cloudfront/pricing/";
    /// Tags and paths purged; each tag counts as a path.
    PURGES = "CloudFront purges", 0.005 per 1.0, "tag or path", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PayingForInvalidation.html";
    /// Requests of queues: sent, received, deleted, up to ten messages each.
    QUEUE = "SQS requests", 0.40 per 1e6, "request", "https://aws.amazon.com/sqs/pricing/";
    /// Mails sent.
    MAILS = "SES mails", 0.10 per 1e3, "mail", "https://aws.amazon.com/ses/pricing/";
    /// Events put on the bus.
    BUS = "EventBridge events", 1.00 per 1e6, "event", "https://aws.amazon.com/eventbridge/pricing/";
    /// Runs of schedules.
    SCHEDULE = "EventBridge schedules", 1.00 per 1e6, "run", "https://aws.amazon.com/eventbridge/pricing/";
    /// Log text taken in.
    LOGS = "CloudWatch logs", 0.50 per GIGABYTE, "byte", "https://aws.amazon.com/cloudwatch/pricing/";
    /// Alarms of one metric.
    ALARMS = "CloudWatch alarms", 0.10 per 1.0, "alarm and month", "https://aws.amazon.com/cloudwatch/pricing/";
    /// Traces kept.
    TRACES = "X-Ray traces", 5.00 per 1e6, "trace", "https://aws.amazon.com/xray/pricing/";
    /// Secrets kept.
    SECRETS = "Secrets Manager secrets", 0.40 per 1.0, "secret and month", "https://aws.amazon.com/secrets-manager/pricing/";
    /// Secrets read.
    SECRET_READS = "Secrets Manager calls", 0.05 per 1e4, "call", "https://aws.amazon.com/secrets-manager/pricing/";
}

#[cfg(test)]
mod tests {
    use super::{ALL, CDN, GIGABYTE, TABLE_STORAGE, WRITE_UNITS};

    #[test]
    fn a_price_is_for_so_many_units() {
        assert!((WRITE_UNITS.of(16e6) - 10.0).abs() < 1e-9);
        assert!((CDN.of(1e6) - 1.0).abs() < 1e-9);
        assert!((TABLE_STORAGE.of(GIGABYTE / 2.0) - 0.125).abs() < 1e-9);
    }

    #[test]
    fn every_price_has_its_name_and_its_page() {
        let names: std::collections::BTreeSet<_> = ALL.iter().map(|price| price.name).collect();
        assert_eq!(names.len(), ALL.len());
        let published =
            |source: &str| source.starts_with("https://") && source.contains(".amazon.com/");
        assert!(
            ALL.iter()
                .all(|price| published(price.source) && price.dollars > 0.0)
        );
    }
}
