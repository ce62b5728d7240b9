//! Subdomains, site labels and host names (RFC 1035 §2.3.1, RFC 1123 §2.1).

use crate::limits::{HOST_BYTES_MAX, LABEL_BYTES_MAX, SUBDOMAIN_BYTES_MAX, SUBDOMAIN_BYTES_MIN};
use crate::names::{MalformedName, is_reserved, name_type};

/// A tenant's name in host names: 3 to 30 lower-case letters, digits and single hyphens, not
/// reserved, starting with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subdomain(String);

/// A website's name in host names, under its tenant's; same form as a [`Subdomain`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteLabel(String);

/// A host name in lower case without port and final dot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

impl Subdomain {
    /// Reads a subdomain; nothing is folded or trimmed, so that what was asked is what is given.
    pub fn parse(text: &str) -> Result<Self, MalformedName> {
        label(text, SUBDOMAIN_BYTES_MIN)?;
        if is_reserved(text) {
            return Err(MalformedName("this name is reserved"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl SiteLabel {
    /// Reads a site's label. `www` is fine here: it is the site of the tenant, not the platform.
    pub fn parse(text: &str) -> Result<Self, MalformedName> {
        label(text, 1)?;
        Ok(Self(text.to_owned()))
    }
}

impl HostName {
    /// Reads a host name from a `Host` header: a port and one final dot are dropped, upper case
    /// is folded, anything that is not a DNS name is refused.
    pub fn parse(text: &str) -> Result<Self, MalformedName> {
        let name = match text.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
            Some(_) => {
                return Err(MalformedName(
                    "a host name has no colon but before its port",
                ));
            }
            None => text,
        };
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        if name.len() > HOST_BYTES_MAX || !name.split('.').all(is_dns_label) {
            return Err(MalformedName(
                "a host name is labels of letters, digits and hyphens",
            ));
        }
        Ok(Self(name))
    }

    /// Returns the two platform hosts of a website: `<site>.<tenant>.<domain>` and the one that a
    /// single wildcard certificate covers, `<site>--<tenant>.<domain>`. Which of them is canonical,
    /// [`SiteAddresses`](crate::SiteAddresses) says.
    pub fn of_site(site: &SiteLabel, tenant: &Subdomain, domain: &str) -> [Self; 2] {
        [
            Self(format!("{site}.{tenant}.{domain}")),
            Self(format!("{site}--{tenant}.{domain}")),
        ]
    }
}

fn label(text: &str, bytes_min: usize) -> Result<(), MalformedName> {
    if text.len() < bytes_min || text.len() > SUBDOMAIN_BYTES_MAX {
        return Err(MalformedName(if bytes_min == 1 {
            "must have 1 to 30 characters"
        } else {
            "must have 3 to 30 characters"
        }));
    }
    if !text
        .bytes()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    {
        return Err(MalformedName(
            "must consist of lower-case letters, digits and hyphens",
        ));
    }
    if !text.starts_with(|first: char| first.is_ascii_lowercase()) || text.ends_with('-') {
        return Err(MalformedName(
            "must start with a letter and not end with a hyphen",
        ));
    }
    if text.contains("--") {
        // `<site>--<tenant>` is split at the double hyphen; this also keeps out `xn--` labels.
        return Err(MalformedName("must not contain two hyphens in a row"));
    }
    Ok(())
}

fn is_dns_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= LABEL_BYTES_MAX
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

name_type!(Subdomain);
name_type!(SiteLabel);
name_type!(HostName);
