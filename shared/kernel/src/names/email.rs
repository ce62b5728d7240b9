//! E-mail addresses.

use crate::limits::EMAIL_BYTES_MAX;
use crate::names::{HostName, MalformedName, name_type};

/// An e-mail address that mail can be sent to, in lower case: one person has one spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address: a dot-atom (RFC 5322 §3.2.3) at a domain with at least two labels.
    pub fn parse(text: &str) -> Result<Self, MalformedName> {
        let malformed = MalformedName("must be an e-mail address such as `name@example.com`");
        if text.len() > EMAIL_BYTES_MAX {
            return Err(MalformedName("must have at most 254 characters"));
        }
        let (local, domain) = text.rsplit_once('@').ok_or(malformed)?;
        let is_dot_atom = local.len() <= 64
            && local
                .split('.')
                .all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_byte));
        let is_domain =
            domain.contains('.') && !domain.contains(':') && HostName::parse(domain).is_ok();
        if is_dot_atom && is_domain && !domain.ends_with('.') {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(malformed)
        }
    }
}

fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

name_type!(EmailAddress);
