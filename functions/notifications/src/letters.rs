//! What is written to people. A link leads to the portal, whose address is the platform's own and never one that
//! a request named.

use kernel::{EmailAddress, Subdomain};
use minijinja::{Environment, context};
use tenancy::links::{Link, LinkTokens};

const HTML: &str = include_str!("letters/letter.html");

/// A letter to one person: some paragraphs around one link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) to: EmailAddress,
    pub(crate) subject: String,
    /// What is to be done, and why.
    pub(crate) before: String,
    /// What the link is called.
    pub(crate) action: &'static str,
    pub(crate) link: String,
    /// How long the link is good, and what to do about a letter that was not asked for.
    pub(crate) after: String,
}

impl Letter {
    /// Returns the letter in plain text.
    pub(crate) fn text(&self) -> String {
        let Self {
            before,
            action,
            link,
            after,
            ..
        } = self;
        format!("{before}\n\n{action}:\n{link}\n\n{after}\n")
    }

    /// Returns the letter in HTML.
    pub(crate) fn html(&self) -> Result<String, minijinja::Error> {
        let mut environment = Environment::new();
        // The name decides that what is filled in is escaped.
        environment.add_template("letter.html", HTML)?;
        let Self {
            subject,
            before,
            action,
            link,
            after,
            ..
        } = self;
        let template = environment.get_template("letter.html")?;
        template.render(context! { subject, before, action => *action, link, after })
    }
}

/// Writes letters.
#[derive(Debug)]
pub(crate) struct Letters {
    tokens: LinkTokens,
    portal: String,
}

impl Letters {
    pub(crate) fn new(tokens: LinkTokens, portal: &str) -> Self {
        Self {
            tokens,
            portal: portal.trim_end_matches('/').to_owned(),
        }
    }

    pub(crate) fn verification(&self, to: EmailAddress, link: Link) -> Letter {
        Letter {
            to,
            subject: "Confirm your e-mail address".to_owned(),
            before:
                "Somebody signed up to HotSwap with this e-mail address. If that was you, confirm \
                     that it is yours."
                    .to_owned(),
            action: "Confirm the address",
            link: self.link("verify", link),
            after:
                "The link is good for 24 hours. If it was not you, do not follow it: then nobody \
                    can say to have this address."
                    .to_owned(),
        }
    }

    pub(crate) fn reset(&self, to: EmailAddress, link: Link) -> Letter {
        Letter {
            to,
            subject: "Set another password".to_owned(),
            before: "Somebody, probably you, forgot the password to HotSwap and asked for another \
                     one."
                .to_owned(),
            action: "Set another password",
            link: self.link("reset-password", link),
            after: "The link is good for one hour and works once. With it you are signed out \
                    everywhere. If it was not you, there is nothing to do: your password stays as \
                    it is."
                .to_owned(),
        }
    }

    /// The tenant is called as in host names: its own name is free text, which a mail to strangers does not
    /// carry.
    pub(crate) fn invitation(&self, to: EmailAddress, tenant: &Subdomain, link: Link) -> Letter {
        Letter {
            to,
            subject: format!("You are invited to {tenant}"),
            before: format!("Somebody who runs {tenant} on HotSwap invites you to work on it too."),
            action: "Accept the invitation",
            link: self.link("invitation", link),
            after:
                "The link is good for seven days and works once. If you do not know what this is \
                    about, there is nothing to do."
                    .to_owned(),
        }
    }

    /// The reason is the platform's own, and names nobody.
    pub(crate) fn suspension(
        &self,
        to: EmailAddress,
        tenant: &Subdomain,
        reason: &str,
        link: Link,
    ) -> Letter {
        Letter {
            to,
            subject: format!("{tenant} is suspended"),
            before: format!(
                "What came from {tenant} on HotSwap is more than anybody needs, so that it was \
                 suspended: its websites and its API answer nobody until an operator lets it in \
                 again. The reason, as it is written down: {reason}."
            ),
            action: "Appeal",
            link: self.link("appeal", link),
            after:
                "The link is good for thirty days and for one appeal of all who run the tenant. \
                    Say there what happened, and what you did about it."
                    .to_owned(),
        }
    }

    /// The token stands behind `#`, which browsers send to nobody.
    fn link(&self, page: &str, link: Link) -> String {
        format!("{}/{page}#token={}", self.portal, self.tokens.token(link))
    }
}

#[cfg(test)]
mod tests {
    use super::Letter;

    #[test]
    fn what_is_filled_in_is_text_and_not_markup() {
        let letter = Letter {
            to: "ada@example.com".parse().unwrap(),
            subject: "To <you>".to_owned(),
            before: "A <b>tenant</b> & more.".to_owned(),
            action: "Go",
            link: "https://app.example/verify#token=lt_1".to_owned(),
            after: "Good.".to_owned(),
        };
        assert!(letter.text().contains("A <b>tenant</b> & more."));
        let html = letter.html().unwrap();
        assert!(!html.contains("<b>") && !html.contains("<you>"), "{html}");
        assert!(html.contains("&lt;b&gt;tenant"), "{html}");
        assert!(
            html.contains("href=\"https:&#x2f;&#x2f;app.example"),
            "{html}"
        );
    }
}
