//! What must not be found, and the ways in which it may be written.

use std::collections::BTreeSet;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Characters of what is looked for, at least: shorter texts are found by chance.
const CHARS_MIN: usize = 12;

/// The secrets, each with what it is and all the ways to write it.
#[derive(Debug, Clone, Default)]
pub(super) struct Sought(Vec<(String, Vec<String>)>);

impl Sought {
    /// Adds a secret.
    pub(super) fn add(&mut self, what: &str, secret: &str) {
        assert!(secret.len() >= CHARS_MIN, "{what} is short: {secret}");
        if !self.0.iter().any(|(_, forms)| forms[0] == secret) {
            self.0.push((what.to_owned(), forms(secret)));
        }
    }

    /// Adds a token: what proves that it is ours comes last.
    pub(super) fn add_token(&mut self, what: &str, token: &str) {
        self.add(what, token.rsplit('.').next().unwrap());
    }

    /// Finds a secret in a text: what it is, and the line that holds it.
    pub(super) fn within<'a>(&'a self, text: &'a str) -> Option<(&'a str, &'a str)> {
        self.0.iter().find_map(|(what, forms)| {
            let at = forms.iter().find_map(|form| text.find(form.as_str()))?;
            let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
            let line = text[start..].lines().next().unwrap_or_default();
            Some((what.as_str(), line))
        })
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Returns a text as it may be written: itself first.
fn forms(secret: &str) -> Vec<String> {
    let (mut escaped, mut hex) = (String::new(), String::new());
    for byte in secret.bytes() {
        write!(hex, "{byte:02x}").unwrap();
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").unwrap();
        }
    }
    let list = format!("{:?}", secret.as_bytes());
    let mut forms = BTreeSet::from([escaped, secret.replace(' ', "+"), hex.to_uppercase(), hex]);
    forms.insert(list.trim_matches(['[', ']']).to_owned());
    for before in 0..3 {
        let bytes = [&[0; 3][..before], secret.as_bytes()].concat();
        // Characters that hold nothing but the secret's bits.
        let (start, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            forms.insert(engine.encode(&bytes)[start..end].to_owned());
        }
    }
    forms.remove(secret);
    [secret.to_owned()].into_iter().chain(forms).collect()
}

#[test]
fn a_secret_is_found_however_it_is_written() {
    const SECRET: &str = "correct horse/battery";
    let mut sought = Sought::default();
    sought.add("it", SECRET);
    sought.add("it again", SECRET);
    sought.add_token("a token", "head.claims.signature-of-it");
    assert_eq!(sought.len(), 2);
    let base64 = |text: &str| STANDARD_NO_PAD.encode(text);
    for text in [
        "correct horse/battery".to_owned(),
        "password=correct+horse/battery&x".to_owned(),
        "password=correct%20horse%2Fbattery".to_owned(),
        format!("{:?}", SECRET.as_bytes()),
        base64(SECRET),
        base64(&format!("owner:{SECRET}")),
        base64(&format!("owner@acme.example:{SECRET}!")),
        base64(&format!("ab:{SECRET}..")),
        "636f727265637420686f7273652f62617474657279".to_owned(),
        "of signature-of-it".to_owned(),
    ] {
        let lines = format!("before\n{text}\nafter");
        let (_, line) = sought.within(&lines).unwrap();
        assert_eq!(line, text);
    }
    assert_eq!(sought.within("correct horse\nbattery, head.claims"), None);
}
