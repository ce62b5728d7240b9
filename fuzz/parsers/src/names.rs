//! Names, hosts, addresses and ids.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use kernel::names::read_title;
use kernel::{
    ContentHash, EmailAddress, HostName, PageId, PageSlug, SiteAddresses, SiteLabel, Subdomain,
    TenantId,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads text as each kind of name.
pub(crate) fn names(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    is_read_as_written::<Subdomain>(text);
    is_read_as_written::<SiteLabel>(text);
    is_read_as_written::<PageSlug>(text);
    is_read_as_written::<TenantId>(text);
    is_read_as_written::<PageId>(text);
    is_read_as_written::<ContentHash>(text);
    is_folded::<EmailAddress>(text);
    is_folded::<HostName>(text);
    if let Ok(title) = read_title(text) {
        assert_eq!(read_title(&title).unwrap(), title);
        assert_eq!(text.trim(), title);
    }
    if let Ok(addresses) = SiteAddresses::parse(text) {
        let (site, tenant) = (SiteLabel::parse("site"), Subdomain::parse("tenant"));
        for host in addresses.hosts(&site.unwrap(), &tenant.unwrap()) {
            is_folded::<HostName>(host.as_str());
        }
    }
}

/// Names of one form: nothing is folded or dropped.
pub(crate) fn is_read_as_written<T>(text: &str)
where
    T: FromStr + Display + PartialEq + Debug + Serialize + DeserializeOwned,
{
    let Ok(name) = text.parse::<T>() else { return };
    assert_eq!(name.to_string(), text);
    is_the_same_in_json(&name);
}

/// Names that are folded: once, and never again.
fn is_folded<T>(text: &str)
where
    T: FromStr + Display + PartialEq + Debug + Serialize + DeserializeOwned,
{
    let Ok(name) = text.parse::<T>() else { return };
    let again = name.to_string().parse::<T>().ok();
    assert_eq!(again.as_ref(), Some(&name));
    assert!(!name.to_string().chars().any(char::is_control));
    is_the_same_in_json(&name);
}

fn is_the_same_in_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value);
}
