//! The addresses of websites.

use kernel::HostName;

/// What stands for the host in the template of origins.
const HOST: &str = "{host}";

/// How the origins of websites are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins {
    before: String,
    after: String,
}

/// A template of origins without `{host}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a template of origins has `{HOST}` in it")]
pub struct MalformedTemplate;

impl Origins {
    /// Takes a template such as `https://{host}`.
    pub fn new(template: &str) -> Result<Self, MalformedTemplate> {
        let (before, after) = template.split_once(HOST).ok_or(MalformedTemplate)?;
        Ok(Self {
            before: before.to_owned(),
            after: after.trim_end_matches('/').to_owned(),
        })
    }

    /// Returns the origin of the website at `host`, without a slash at the end.
    pub fn of(&self, host: &HostName) -> String {
        [&self.before, host.as_str(), &self.after].concat()
    }
}

#[cfg(test)]
mod tests {
    use kernel::HostName;

    use super::{MalformedTemplate, Origins};

    #[test]
    fn an_origin_has_no_final_slash() {
        let host = HostName::parse("docs.acme.localhost").unwrap();
        for (template, origin) in [
            ("https://{host}", "https://docs.acme.localhost"),
            ("http://{host}:3000/", "http://docs.acme.localhost:3000"),
        ] {
            assert_eq!(Origins::new(template).unwrap().of(&host), origin);
        }
        assert_eq!(Origins::new("https://host"), Err(MalformedTemplate));
    }
}
