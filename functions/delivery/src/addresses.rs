//! The one address of a website, whichever of its hosts was asked for. Must never read anything:
//! an address follows from the host and the configuration.

use kernel::{HostName, SiteLabel, Subdomain};

/// What stands for the host in the template of origins.
const HOST: &str = "{host}";

/// How the origins of websites are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addresses {
    domain: String,
    before: String,
    after: String,
}

/// A template of origins without `{host}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a template of origins has `{HOST}` in it")]
pub(crate) struct MalformedTemplate;

impl Addresses {
    /// Takes the platform's domain and a template of origins such as `https://{host}`.
    pub(crate) fn new(domain: &str, template: &str) -> Result<Self, MalformedTemplate> {
        let (before, after) = template.split_once(HOST).ok_or(MalformedTemplate)?;
        Ok(Self {
            domain: domain.to_owned(),
            before: before.to_owned(),
            after: after.trim_end_matches('/').to_owned(),
        })
    }

    /// Returns the canonical origin of the website that answers at `host`, without a slash at the
    /// end. Both platform hosts of a website have the same.
    pub(crate) fn origin(&self, host: &HostName) -> String {
        let canonical = self.canonical(host);
        let host = canonical.as_ref().unwrap_or(host);
        [&self.before, host.as_str(), &self.after].concat()
    }

    /// Returns `<site>.<tenant>.<domain>` for `<site>--<tenant>.<domain>`.
    fn canonical(&self, host: &HostName) -> Option<HostName> {
        let label = host
            .as_str()
            .strip_suffix(&self.domain)?
            .strip_suffix('.')?;
        let (site, tenant) = label.split_once("--")?;
        let site = SiteLabel::parse(site).ok()?;
        let tenant = Subdomain::parse(tenant).ok()?;
        let [canonical, _] = HostName::of_site(&site, &tenant, &self.domain);
        Some(canonical)
    }
}

#[cfg(test)]
mod tests {
    use kernel::HostName;

    use super::{Addresses, MalformedTemplate};

    #[test]
    fn both_hosts_of_a_website_have_one_origin() {
        let addresses = Addresses::new("localhost", "http://{host}:3000").unwrap();
        for (host, origin) in [
            ("docs.acme.localhost", "http://docs.acme.localhost:3000"),
            ("docs--acme.localhost", "http://docs.acme.localhost:3000"),
            (
                "docs--acme.localhost:3000",
                "http://docs.acme.localhost:3000",
            ),
            ("DOCS--ACME.localhost.", "http://docs.acme.localhost:3000"),
            (
                "docs--acme.example.com",
                "http://docs--acme.example.com:3000",
            ),
            (
                "a.docs--acme.localhost",
                "http://a.docs--acme.localhost:3000",
            ),
            ("docs--a--b.localhost", "http://docs--a--b.localhost:3000"),
            ("docs--acmelocalhost", "http://docs--acmelocalhost:3000"),
            ("www.example.com", "http://www.example.com:3000"),
            ("localhost", "http://localhost:3000"),
        ] {
            let host = HostName::parse(host).unwrap();
            assert_eq!(addresses.origin(&host), origin, "{host}");
        }
    }

    #[test]
    fn a_template_names_the_host() {
        let template = Addresses::new("hotswap.example", "https://{host}/").unwrap();
        let host = HostName::parse("a.acme.hotswap.example").unwrap();
        assert_eq!(template.origin(&host), "https://a.acme.hotswap.example");
        assert_eq!(
            Addresses::new("localhost", "http://localhost"),
            Err(MalformedTemplate)
        );
    }
}
