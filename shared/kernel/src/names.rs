//! Names that people choose: parsed once, then carried as types.

mod email;
mod host;
mod reserved;
mod site_addresses;
mod slug;
mod title;

pub use email::EmailAddress;
pub use host::{HostName, SiteLabel, Subdomain};
pub use reserved::is_reserved;
pub use site_addresses::{MalformedTemplate, SiteAddresses};
pub use slug::PageSlug;
pub use title::read_title;

/// Why a name was refused; the text is fit for the person who chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MalformedName(pub(crate) &'static str);

/// Derives what every parsed name has in common: its text, and serde through the parser.
macro_rules! name_type {
    ($name:ident) => {
        impl $name {
            /// Returns the name's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::names::MalformedName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                let text = String::deserialize(source)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use name_type;
