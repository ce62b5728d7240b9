//! Labels that no tenant and no website may take.

/// Names of the platform's own hosts, of well-known services (RFC 2142 and common practice), and
/// of what a visitor would take for the platform itself. Sorted, so that it can be searched.
const RESERVED: &[&str] = &[
    "abuse",
    "account",
    "accounts",
    "admin",
    "administrator",
    "alpha",
    "api",
    "app",
    "apps",
    "assets",
    "auth",
    "autoconfig",
    "autodiscover",
    "beta",
    "billing",
    "blog",
    "cdn",
    "cloud",
    "config",
    "console",
    "control",
    "dashboard",
    "demo-internal",
    "dev",
    "dns",
    "docs",
    "email",
    "ftp",
    "git",
    "graphql",
    "health",
    "help",
    "hostmaster",
    "hotswap",
    "imap",
    "info",
    "internal",
    "isatap",
    "jobs",
    "localhost",
    "login",
    "logout",
    "mail",
    "marketing",
    "media",
    "metrics",
    "monitor",
    "mta-sts",
    "mx",
    "news",
    "noc",
    "ns",
    "ns1",
    "ns2",
    "oauth",
    "operator",
    "origin",
    "platform",
    "pop",
    "portal",
    "postmaster",
    "preview",
    "private",
    "prod",
    "production",
    "proxy",
    "register",
    "root",
    "sales",
    "secure",
    "security",
    "server",
    "signin",
    "signup",
    "sites",
    "smtp",
    "ssl",
    "sso",
    "staging",
    "static",
    "status",
    "store-internal",
    "support",
    "system",
    "team",
    "test-internal",
    "tls",
    "uucp",
    "vpn",
    "web",
    "webmail",
    "webmaster",
    "wpad",
    "www",
];

/// Returns whether `label` is kept for the platform.
pub fn is_reserved(label: &str) -> bool {
    RESERVED.binary_search(&label).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{RESERVED, is_reserved};

    #[test]
    fn the_list_is_sorted_and_found() {
        assert!(RESERVED.is_sorted());
        assert!(RESERVED.iter().all(|label| is_reserved(label)));
        assert!(!is_reserved("acme"));
    }
}
