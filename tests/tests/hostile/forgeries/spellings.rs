//! Tokens whose signature is another one, and good tokens that are written as no token is.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::json;

use super::{Forged, Workshop, part, with};

impl Workshop {
    /// Signatures of others, of other things, and parts of signatures.
    pub(super) fn signatures(&self) -> Vec<Forged> {
        let good = self.sign(&self.header(), &self.claims);
        let (text, signature) = good.rsplit_once('.').unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let mut all = Vec::new();
        for place in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << (place % 8);
            let forged = format!("{text}.{}", URL_SAFE_NO_PAD.encode(flipped));
            all.push((format!("bit of byte {place} turned"), forged));
        }
        for length in [0, 1, 31, 32, 63] {
            let forged = format!("{text}.{}", URL_SAFE_NO_PAD.encode(&bytes[..length]));
            all.push((format!("{length} bytes of the signature"), forged));
        }
        let longer = [&bytes[..], &[0]].concat();
        let zero = vec![0; 64];
        let twice = [&bytes[..], &bytes[..]].concat();
        for (name, bytes) in [("longer", longer), ("zero", zero), ("twice", twice)] {
            let forged = format!("{text}.{}", URL_SAFE_NO_PAD.encode(bytes));
            all.push((format!("a signature that is {name}"), forged));
        }
        let real: Vec<&str> = self.real.split('.').collect();
        let other = with(&self.header(), "kid", json!(self.real_kid));
        all.push((
            "signed with a key for another's".to_owned(),
            self.sign(&other, &self.claims),
        ));
        let role = with(&self.claims, "role", json!("tenantAdmin"));
        let role = with(&role, "sub", json!("01890a5d-ac96-774b-bcce-b302099a8057"));
        let mixed = format!("{}.{}.{}", real[0], part(&role), real[2]);
        all.push(("another one's signature".to_owned(), mixed));
        let stranger = SigningKey::from_bytes(&[8; 32]);
        let foreign = URL_SAFE_NO_PAD.encode(stranger.sign(text.as_bytes()).to_bytes());
        all.push((
            "the key of another deployment".to_owned(),
            format!("{text}.{foreign}"),
        ));
        all
    }

    /// The parts of a good token, written as no token is.
    pub(super) fn spellings(&self) -> Vec<Forged> {
        let good = self.sign(&self.header(), &self.claims);
        let parts: Vec<&str> = good.split('.').collect();
        let [head, body, signature] = parts[..] else {
            panic!("a token has three parts");
        };
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let trailing = format!("{head}.{body}.{}", with_other_bits(signature));
        // White space at the end makes sure that there is padding.
        let mut claims = self.claims.to_string();
        while claims.len().is_multiple_of(3) {
            claims.push(' ');
        }
        let standard = self.sign_parts(head, &STANDARD.encode(claims));
        let nested = with(&self.header(), "cty", json!("JWT"));
        let nested = self.sign_parts(&part(&nested), &URL_SAFE_NO_PAD.encode(&good));
        let zip = format!("{head}.AAAA.AAAA.AAAA.AAAA");
        let (start, end) = good.split_at(good.len() / 2);
        let named = [
            (
                "padding",
                format!("{head}.{body}.{}", URL_SAFE.encode(&bytes)),
            ),
            (
                "padding in the header",
                format!("{head}=.{body}.{signature}"),
            ),
            (
                "padding in the claims",
                format!("{head}.{body}==.{signature}"),
            ),
            ("the standard alphabet", standard),
            ("bits of nobody", trailing),
            ("a space inside", format!("{start} {end}")),
            ("a tab inside", format!("{start}\t{end}")),
            ("no claims", format!("{head}..{signature}")),
            ("no header", format!(".{body}.{signature}")),
            ("no signature", format!("{head}.{body}.")),
            ("two parts", format!("{head}.{body}")),
            ("one part", head.to_owned()),
            ("four parts", format!("{good}.{signature}")),
            ("a dot at the end", format!("{good}.")),
            ("a dot before", format!(".{good}")),
            ("dots", "..".to_owned()),
            ("five parts", zip),
            ("nested", nested),
            (
                "the JSON form",
                format!("{{\"payload\":\"{body}\",\"signature\":\"{signature}\"}}"),
            ),
            ("quotes", format!("\"{good}\"")),
            ("angles", format!("<{good}>")),
            ("escapes", good.replace('.', "%2E")),
            ("two tokens", format!("{good},{good}")),
            ("the word twice", format!("Bearer {good}")),
            ("nothing", String::new()),
            ("null", "null".to_owned()),
            ("empty objects", "e30.e30.e30".to_owned()),
            (
                "too long",
                format!("{head}.{}.{signature}", "A".repeat(5_000)),
            ),
            ("upper case", good.to_uppercase()),
            (
                "parts in another order",
                format!("{body}.{head}.{signature}"),
            ),
        ];
        named.map(|(what, token)| (what.to_owned(), token)).to_vec()
    }
}

/// Returns the Base64 of 64 bytes with others of the four bits that its last letter leaves to nobody.
fn with_other_bits(text: &str) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (start, last) = text.split_at(text.len() - 1);
    let place = LETTERS.find(last).unwrap();
    format!("{start}{}", &LETTERS[place + 1..place + 2])
}
