//! Which bucket a host name means. It must never know which buckets there are.

use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};

/// AWS's host names and loopback's, with or without a bucket before them.
#[derive(Debug)]
pub(crate) struct Hosts;

impl S3Host for Hosts {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let virtual_host = VirtualHost::new(host);
        Ok(match bucket_of(name) {
            Some(bucket) => virtual_host.with_bucket(bucket),
            None => virtual_host,
        })
    }
}

/// Returns the bucket that stands before an endpoint's name.
pub(crate) fn bucket_of(name: &str) -> Option<&str> {
    if let Some(bucket) = name.strip_suffix(".localhost") {
        return Some(bucket);
    }
    let front = name.strip_suffix(".amazonaws.com")?;
    let (before, after) = match front.rfind(".s3") {
        Some(at) => front.split_at(at),
        None => return None,
    };
    let is_endpoint = after == ".s3" || after.starts_with(".s3.") || after.starts_with(".s3-");
    is_endpoint.then_some(before)
}

#[cfg(test)]
mod tests {
    use super::bucket_of;

    #[test]
    fn a_bucket_stands_before_the_endpoint() {
        assert_eq!(
            bucket_of("site.s3.eu-central-1.amazonaws.com"),
            Some("site")
        );
        assert_eq!(bucket_of("a.b.s3.amazonaws.com"), Some("a.b"));
        assert_eq!(bucket_of("s3.eu-central-1.amazonaws.com"), None);
        assert_eq!(bucket_of("site.localhost"), Some("site"));
        assert_eq!(bucket_of("localhost"), None);
        assert_eq!(bucket_of("127.0.0.1"), None);
    }
}
