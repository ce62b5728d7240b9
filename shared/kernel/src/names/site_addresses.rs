//! Where websites are found: their hosts below the platform's domain, which of them is canonical,
//! and how their addresses are written.

use crate::names::{HostName, SiteLabel, Subdomain};

/// How the platform writes the addresses of websites. Every website answers at both of its hosts;
/// the addresses that are handed out name the canonical one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteAddresses {
    scheme: &'static str,
    form: Form,
    domain: HostName,
    port: Option<u16>,
}

/// Which of a website's hosts is canonical.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `<site>.<tenant>.<domain>`.
    Nested,
    /// `<site>--<tenant>.<domain>`: a certificate of `*.<domain>` covers it.
    Flat,
}

/// A template that does not say where websites are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the template of addresses must be `{FLAT}<domain>` or `{NESTED}<domain>` after `https://` or \
     `http://`, with or without a port after it"
)]
pub struct MalformedTemplate;

/// What a template begins with, after its scheme, where the nested host is canonical.
const NESTED: &str = "{site}.{tenant}.";

/// What it begins with where the flat host is.
const FLAT: &str = "{site}--{tenant}.";

impl SiteAddresses {
    /// Reads a template such as `https://{site}--{tenant}.example.com`.
    pub fn parse(template: &str) -> Result<Self, MalformedTemplate> {
        let (scheme, rest) = ["https://", "http://"]
            .into_iter()
            .find_map(|scheme| Some((scheme, template.strip_prefix(scheme)?)))
            .ok_or(MalformedTemplate)?;
        let (form, rest) = [(Form::Nested, NESTED), (Form::Flat, FLAT)]
            .into_iter()
            .find_map(|(form, begin)| Some((form, rest.strip_prefix(begin)?)))
            .ok_or(MalformedTemplate)?;
        let (domain, port) = match rest.split_once(':') {
            Some((domain, port)) => {
                let port = port.parse::<u16>().map_err(|_other| MalformedTemplate)?;
                (domain, Some(port))
            }
            None => (rest, None),
        };
        Ok(Self {
            scheme,
            form,
            domain: HostName::parse(domain).map_err(|_other| MalformedTemplate)?,
            port,
        })
    }

    /// Returns the hosts of a website, the canonical one first.
    pub fn hosts(&self, site: &SiteLabel, tenant: &Subdomain) -> [HostName; 2] {
        let [nested, flat] = HostName::of_site(site, tenant, self.domain.as_str());
        match self.form {
            Form::Nested => [nested, flat],
            Form::Flat => [flat, nested],
        }
    }

    /// Returns the canonical host of the website at `host`. A host that is not below the platform's
    /// domain is its own.
    pub fn canonical(&self, host: &HostName) -> HostName {
        self.site_at(host).map_or_else(
            || host.clone(),
            |(site, tenant)| {
                let [canonical, _] = self.hosts(&site, &tenant);
                canonical
            },
        )
    }

    /// Returns the canonical origin of the website at `host`, without a slash at the end.
    pub fn origin(&self, host: &HostName) -> String {
        let port = self.port.map(|port| format!(":{port}"));
        let port = port.unwrap_or_default();
        format!("{}{}{port}", self.scheme, self.canonical(host))
    }

    fn site_at(&self, host: &HostName) -> Option<(SiteLabel, Subdomain)> {
        let name = host
            .as_str()
            .strip_suffix(self.domain.as_str())?
            .strip_suffix('.')?;
        let (site, tenant) = name.split_once("--").or_else(|| name.split_once('.'))?;
        Some((SiteLabel::parse(site).ok()?, Subdomain::parse(tenant).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::{MalformedTemplate, SiteAddresses};
    use crate::names::{HostName, SiteLabel, Subdomain};

    const LOCAL: &str = "http://{site}.{tenant}.localhost:3000";
    const DEPLOYED: &str = "https://{site}--{tenant}.hotswap.example";

    fn addresses(template: &str) -> SiteAddresses {
        SiteAddresses::parse(template).unwrap()
    }

    #[test]
    fn the_template_says_which_host_is_canonical() {
        let (site, tenant) = ("docs".parse().unwrap(), "acme".parse().unwrap());
        let hosts = |template: &str, site: &SiteLabel, tenant: &Subdomain| {
            let hosts = addresses(template).hosts(site, tenant);
            hosts.map(|host| host.to_string())
        };
        assert_eq!(
            hosts(LOCAL, &site, &tenant),
            ["docs.acme.localhost", "docs--acme.localhost"]
        );
        assert_eq!(
            hosts(DEPLOYED, &site, &tenant),
            ["docs--acme.hotswap.example", "docs.acme.hotswap.example"]
        );
    }

    #[test]
    fn both_hosts_of_a_website_have_one_origin() {
        for (template, hosts, origin) in [
            (
                LOCAL,
                [
                    "docs.acme.localhost",
                    "docs--acme.localhost",
                    "docs--acme.localhost:3000",
                    "DOCS--ACME.localhost.",
                ],
                "http://docs.acme.localhost:3000",
            ),
            (
                DEPLOYED,
                [
                    "docs--acme.hotswap.example",
                    "docs.acme.hotswap.example",
                    "docs.acme.hotswap.example:443",
                    "Docs.Acme.HotSwap.example.",
                ],
                "https://docs--acme.hotswap.example",
            ),
        ] {
            for host in hosts {
                let host = HostName::parse(host).unwrap();
                assert_eq!(addresses(template).origin(&host), origin, "{host}");
            }
        }
    }

    #[test]
    fn other_hosts_are_their_own() {
        for host in [
            "docs--acme.example.com",
            "www.example.com",
            "localhost",
            "docs--acmelocalhost",
            "a.docs--acme.localhost",
            "a.docs.acme.localhost",
            "docs--a--b.localhost",
            "docs.api.localhost",
        ] {
            for form in ["{site}.{tenant}", "{site}--{tenant}"] {
                let addresses = addresses(&format!("http://{form}.localhost"));
                let host = HostName::parse(host).unwrap();
                assert_eq!(addresses.canonical(&host), host);
                assert_eq!(addresses.origin(&host), format!("http://{host}"));
            }
        }
    }

    #[test]
    fn a_template_that_does_not_say_where_websites_are_is_refused() {
        for template in [
            "",
            "https://{host}",
            "{site}.{tenant}.localhost",
            "ftp://{site}.{tenant}.localhost",
            "https://{tenant}.{site}.localhost",
            "https://{site}-{tenant}.localhost",
            "https://{site}--{tenant}.",
            "https://{site}--{tenant}.{domain}",
            "https://{site}--{tenant}.localhost/",
            "https://{site}--{tenant}.localhost:port",
            "https://{site}--{tenant}.localhost:70000",
            "https://www.{site}--{tenant}.localhost",
        ] {
            let read = SiteAddresses::parse(template);
            assert_eq!(read, Err(MalformedTemplate), "{template}");
        }
        let said = MalformedTemplate.to_string();
        assert!(said.contains("`{site}--{tenant}.<domain>`"), "{said}");
    }
}
