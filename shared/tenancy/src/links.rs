//! Links that prove to us what we wrote to somebody's mailbox. It must never know where they lead, nor how they
//! are delivered.
//!
//! A token says what it is for and carries a keyed hash of that: nothing of it is stored, so that nobody
//! finds one in the table. What ends it is in it, or in the record that it names.

use jiff::Timestamp;
use kernel::limits::LINK_TOKEN_BYTES_MAX;
use kernel::{InvitationId, MacKey, PersonId, TenantId, text};

/// What a token begins with, so that leaked ones are found.
const PREFIX: &str = "lt_";

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// It proves that an e-mail address is a person's.
    Verification {
        /// The person.
        person: PersonId,
        /// When it ends, to the second.
        ends_at: Timestamp,
    },
    /// It sets another password, once: with that the number is another one.
    Reset {
        /// The person.
        person: PersonId,
        /// How often a forgotten password of the person had been replaced.
        resets: u64,
        /// When it ends, to the second.
        ends_at: Timestamp,
    },
    /// It makes whoever has the mailbox a member. The invitation says when it ends.
    Invitation {
        /// The tenant.
        tenant: TenantId,
        /// The invitation.
        invitation: InvitationId,
        /// The number of the link.
        number: u64,
    },
    /// It appeals against the suspension of a tenant, once for all who run it.
    Appeal {
        /// The tenant.
        tenant: TenantId,
        /// Who was written to.
        person: PersonId,
        /// When it was suspended, to the second.
        suspended_at: Timestamp,
    },
}

/// Makes and reads the tokens of links.
#[derive(Debug)]
pub struct LinkTokens {
    key: MacKey,
}

impl LinkTokens {
    /// Makes it from the secret that those who send links and those who take them share.
    pub fn new(secret: &str) -> Self {
        Self {
            key: MacKey::derive("hotswap links", secret),
        }
    }

    /// Returns the token of a link.
    pub fn token(&self, link: Link) -> String {
        let body = match link {
            Link::Verification { person, ends_at } => {
                format!("verification.{person}.{}", ends_at.as_second())
            }
            Link::Reset {
                person,
                resets,
                ends_at,
            } => format!("reset.{person}.{resets}.{}", ends_at.as_second()),
            Link::Invitation {
                tenant,
                invitation,
                number,
            } => format!("invitation.{tenant}.{invitation}.{number}"),
            Link::Appeal {
                tenant,
                person,
                suspended_at,
            } => format!("appeal.{tenant}.{person}.{}", suspended_at.as_second()),
        };
        let code = text::to_hex(&self.key.code(body.as_bytes()));
        format!("{PREFIX}{body}.{code}")
    }

    /// Reads a token; `None` for one that we did not make. Whether it is over is for the caller to see.
    pub fn read(&self, token: &str) -> Option<Link> {
        if token.len() > LINK_TOKEN_BYTES_MAX {
            return None;
        }
        let (body, code) = token.strip_prefix(PREFIX)?.rsplit_once('.')?;
        if !self.key.verifies(body.as_bytes(), &text::from_hex(code)?) {
            return None;
        }
        let instant = |text: &str| Timestamp::from_second(text.parse().ok()?).ok();
        let parts: Vec<&str> = body.split('.').collect();
        match parts.as_slice() {
            ["verification", person, ends_at] => Some(Link::Verification {
                person: person.parse().ok()?,
                ends_at: instant(ends_at)?,
            }),
            ["reset", person, resets, ends_at] => Some(Link::Reset {
                person: person.parse().ok()?,
                resets: resets.parse().ok()?,
                ends_at: instant(ends_at)?,
            }),
            ["invitation", tenant, invitation, number] => Some(Link::Invitation {
                tenant: tenant.parse().ok()?,
                invitation: invitation.parse().ok()?,
                number: number.parse().ok()?,
            }),
            ["appeal", tenant, person, suspended_at] => Some(Link::Appeal {
                tenant: tenant.parse().ok()?,
                person: person.parse().ok()?,
                suspended_at: instant(suspended_at)?,
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use kernel::PersonId;
    use kernel::limits::LINK_TOKEN_BYTES_MAX;

    use super::{Link, LinkTokens};

    const ENDS_AT: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn links() -> [Link; 4] {
        let person: PersonId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        [
            Link::Verification {
                person,
                ends_at: ENDS_AT,
            },
            Link::Reset {
                person,
                resets: u64::MAX,
                ends_at: ENDS_AT,
            },
            Link::Invitation {
                tenant: person.to_string().parse().unwrap(),
                invitation: person.to_string().parse().unwrap(),
                number: 1,
            },
            Link::Appeal {
                tenant: person.to_string().parse().unwrap(),
                person,
                suspended_at: ENDS_AT,
            },
        ]
    }

    #[test]
    fn what_we_made_is_read_and_nothing_else() {
        let tokens = LinkTokens::new("a secret");
        for link in links() {
            let token = tokens.token(link);
            assert!(token.len() < LINK_TOKEN_BYTES_MAX / 2, "{token}");
            assert_eq!(tokens.read(&token), Some(link));
            assert_eq!(LinkTokens::new("another").read(&token), None);
            for place in 0..token.len() {
                let mut forged = token.clone().into_bytes();
                forged[place] ^= 1;
                let forged = String::from_utf8(forged).unwrap();
                assert_eq!(tokens.read(&forged), None, "{forged}");
            }
        }
        for text in ["", "lt_", "lt_.", "lt_verification.x.y.z"] {
            assert_eq!(tokens.read(text), None, "{text}");
        }
        assert_eq!(tokens.read(&"l".repeat(LINK_TOKEN_BYTES_MAX + 1)), None);
    }
}
