//! Tokens that we never made: of headers, claims, keys, signatures and spellings that are not ours.

mod spellings;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

/// A token, and what is wrong with it.
pub(crate) type Forged = (String, String);

/// What forgers have: the claims of a good token, the names of keys, and a key that is ours.
pub(crate) struct Workshop {
    pub(crate) claims: Value,
    pub(crate) kid: &'static str,
    pub(crate) key: SigningKey,
    /// A token that we made, with its own key.
    pub(crate) real: String,
    /// The name of that key.
    pub(crate) real_kid: String,
}

/// Members of a header that ours do not have, as JSON; null where one of ours is missing.
const OTHER_HEADERS: [(&str, &str); 25] = [
    ("kid", "1"),
    ("kid", r#"["of-the-tests"]"#),
    ("kid", "null"),
    ("typ", r#""JWT""#),
    ("typ", r#""jwt""#),
    ("typ", r#""id+jwt""#),
    ("typ", r#""rt+jwt""#),
    ("typ", r#""preview+jwt""#),
    ("typ", r#""AT+JWT""#),
    ("typ", r#""application/at+jwt""#),
    ("typ", "null"),
    ("alg", "null"),
    ("jku", r#""https://evil.example/jwks.json""#),
    ("jku", r#""http://localhost:3000/.well-known/jwks.json""#),
    ("x5u", r#""https://evil.example/cert.pem""#),
    ("x5c", r#"["MIIB"]"#),
    ("x5t", r#""AAAA""#),
    ("x5t#S256", r#""AAAA""#),
    ("crit", r#"["exp"]"#),
    ("crit", "[]"),
    ("b64", "false"),
    ("cty", r#""JWT""#),
    ("zip", r#""DEF""#),
    ("enc", r#""A256GCM""#),
    ("nonce", r#""x""#),
];

/// Claims that ours do not have, as lists of JSON; null where one of ours is missing.
const OTHER_CLAIMS: [(&str, &str); 15] = [
    (
        "iss",
        r#"["https://evil.example", "", "http://localhost:3000/", "http://LOCALHOST:3000",
            ["http://localhost:3000"], null]"#,
    ),
    (
        "aud",
        r#"["other", ["hotswap"], ["x", "hotswap"], "HotSwap", "", [], null]"#,
    ),
    ("sub", r#"["admin", 1, "", "*", null]"#),
    ("sid", r#"["x", {}, null]"#),
    (
        "exp",
        r"[1e300, 9223372036854775807, -9223372036854775808, -1, 0, 0.5, 18446744073709551615,
            true, {}, null]",
    ),
    (
        "iat",
        "[-9223372036854775808, 9223372036854775807, 0, 1e300, null]",
    ),
    (
        "tenant",
        r#"["acme", "*", ["x"], "", "00000000-0000-0000-0000-000000000000", null]"#,
    ),
    (
        "role",
        r#"["system", "visitor", "operator", "TenantAdmin", "", ["tenantAdmin"], 9, null]"#,
    ),
    ("rights", r#"["1", -1, 0.5, [1], null]"#),
    ("outs", r#"["0", -1, 0.5, [0], null]"#),
    ("operator", r#"[true, "true", 1]"#),
    ("scope", r#"["everything"]"#),
    ("token_use", r#"["access"]"#),
    ("stage", r#"["prod"]"#),
    ("cnf", "[{}]"),
];

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Returns an object with a member that is another, or missing where it is null.
fn with(value: &Value, name: &str, other: Value) -> Value {
    let mut value = value.clone();
    let members = value.as_object_mut().unwrap();
    if other.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), other);
    }
    value
}

impl Workshop {
    pub(crate) fn header(&self) -> Value {
        json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": self.kid })
    }

    /// Signs what will be the parts of a token, with our key.
    pub(crate) fn sign_parts(&self, head: &str, body: &str) -> String {
        let text = format!("{head}.{body}");
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Signs a token with our key.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_parts(&part(header), &part(claims))
    }

    /// Returns all that anybody has thought of.
    pub(crate) fn all(&self) -> Vec<Forged> {
        [
            self.algorithms(),
            self.secrets(),
            self.headers(),
            self.claims(),
            self.doubles(),
            self.signatures(),
            self.spellings(),
        ]
        .concat()
    }

    /// Other algorithms, with no signature, an empty one, and the good one.
    fn algorithms(&self) -> Vec<Forged> {
        let names = [
            "none", "None", "NONE", "nOnE", "none ", "", "HS256", "HS384", "HS512", "RS256",
            "RS512", "PS256", "ES256", "ES256K", "ES384", "eddsa", "EDDSA", "Ed25519", "Ed448",
            "EdDSA ", "EdDSA\0", "dir", "RSA-OAEP", "A128KW",
        ];
        let mut all = Vec::new();
        for name in names {
            let header = with(&self.header(), "alg", json!(name));
            let body = format!("{}.{}", part(&header), part(&self.claims));
            all.push((format!("alg {name:?}, no signature"), format!("{body}.")));
            all.push((
                format!("alg {name:?}, signed"),
                self.sign(&header, &self.claims),
            ));
        }
        let header = with(&self.header(), "typ", Value::Null);
        let bare = format!(
            "{}.{}",
            part(&with(&header, "alg", json!("none"))),
            part(&self.claims)
        );
        all.push(("alg none, two parts".to_owned(), bare));
        for other in [json!(7), json!(["EdDSA"]), json!({}), json!(true)] {
            let header = with(&self.header(), "alg", other.clone());
            all.push((format!("alg {other}"), self.sign(&header, &self.claims)));
        }
        all
    }

    /// The public key as the secret of an algorithm that has secrets.
    fn secrets(&self) -> Vec<Forged> {
        let public = self.key.verifying_key().to_bytes();
        let x = URL_SAFE_NO_PAD.encode(public);
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x }).to_string();
        let hex = kernel::text::to_hex(&public);
        let keys: [(&str, &[u8]); 5] = [
            ("bytes", &public),
            ("x", x.as_bytes()),
            ("jwk", jwk.as_bytes()),
            ("hex", hex.as_bytes()),
            ("nothing", b""),
        ];
        let mut all = Vec::new();
        for (name, key) in keys {
            for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
                let mut header = jsonwebtoken::Header::new(algorithm);
                header.typ = Some("at+jwt".to_owned());
                header.kid = Some(self.kid.to_owned());
                let key = EncodingKey::from_secret(key);
                let token = jsonwebtoken::encode(&header, &self.claims, &key).unwrap();
                all.push((
                    format!("{algorithm:?} with the public key as {name}"),
                    token,
                ));
            }
        }
        all
    }

    /// Headers that name another key, or ask for something.
    fn headers(&self) -> Vec<Forged> {
        let other = SigningKey::from_bytes(&[9; 32]);
        let x = URL_SAFE_NO_PAD.encode(other.verifying_key().to_bytes());
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": self.kid, "x": x });
        let long = "k".repeat(3_000);
        let mut all = Vec::new();
        for kid in [
            "",
            "nobody",
            "../../dev/null",
            "/dev/null",
            "https://evil.example/key.json",
            "file:///etc/passwd",
            "' UNION SELECT 'x",
            "k\0",
            "\u{202e}k",
            "SIGNING_KEYS",
            "*",
            "0",
            &long,
        ] {
            let header = with(&self.header(), "kid", json!(kid));
            let name: String = kid.chars().take(30).collect();
            all.push((format!("kid {name:?}"), self.sign(&header, &self.claims)));
        }
        for (name, text) in OTHER_HEADERS {
            let value: Value = serde_json::from_str(text).unwrap();
            let header = with(&self.header(), name, value);
            all.push((format!("{name} {text}"), self.sign(&header, &self.claims)));
        }
        let header = with(&self.header(), "jwk", jwk.clone());
        all.push(("jwk".to_owned(), self.sign(&header, &self.claims)));
        let unsigned = format!(
            "{}.{}",
            part(&with(&self.header(), "jwk", jwk)),
            part(&self.claims)
        );
        let signature = URL_SAFE_NO_PAD.encode(other.sign(unsigned.as_bytes()).to_bytes());
        all.push((
            "a key of its own".to_owned(),
            format!("{unsigned}.{signature}"),
        ));
        let open = with(
            &with(&self.header(), "b64", json!(false)),
            "crit",
            json!(["b64"]),
        );
        let open = self.sign_parts(&part(&open), &self.claims.to_string());
        all.push(("a body that is not packed".to_owned(), open));
        all
    }

    /// Claims of others, and claims that are no claims.
    fn claims(&self) -> Vec<Forged> {
        let now = self.claims["iat"].as_i64().unwrap();
        let mut all = Vec::new();
        for (name, texts) in OTHER_CLAIMS {
            let others: Vec<Value> = serde_json::from_str(texts).unwrap();
            for other in others {
                let claims = with(&self.claims, name, other.clone());
                let what = format!("{name} {other}");
                all.push((what, self.sign(&self.header(), &claims)));
            }
        }
        for (name, other) in [
            ("exp", json!((now + 900).to_string())),
            ("exp", json!([now + 900])),
            ("exp", json!(now + 901)),
            ("exp", json!(now + 899)),
            ("iat", json!(now - 1)),
            ("iat", json!(now.to_string())),
            ("nbf", json!(now)),
            ("nbf", json!(now + 600)),
        ] {
            let claims = with(&self.claims, name, other.clone());
            let what = format!("{name} {other}");
            all.push((what, self.sign(&self.header(), &claims)));
        }
        for claims in [
            json!(null),
            json!([]),
            json!("x"),
            json!({}),
            json!([self.claims]),
        ] {
            all.push((
                format!("{claims} for claims"),
                self.sign(&self.header(), &claims),
            ));
        }
        // The clocks may be ten seconds apart, and not eleven.
        for ahead in [11, 60, 600, 86_400] {
            let claims = with(&self.claims, "iat", json!(now + ahead));
            let claims = with(&claims, "exp", json!(now + ahead + 900));
            all.push((
                format!("made in {ahead} s"),
                self.sign(&self.header(), &claims),
            ));
        }
        all
    }

    /// Members that are there twice.
    fn doubles(&self) -> Vec<Forged> {
        let claims = self.claims.to_string();
        let header = self.header().to_string();
        let mut all = Vec::new();
        for double in [
            "\"role\":\"contentEditor\"",
            "\"role\":\"tenantAdmin\"",
            "\"exp\":99999999999",
            "\"tenant\":\"01890a5d-ac96-774b-bcce-b302099a8057\"",
            "\"iss\":\"x\"",
            "\"aud\":\"x\"",
            "\"r\\u006fle\":\"tenantAdmin\"",
        ] {
            let first = claims.replacen('{', &format!("{{{double},"), 1);
            let last = format!("{},{double}}}", claims.trim_end_matches('}'));
            for body in [first, last] {
                let body = URL_SAFE_NO_PAD.encode(body);
                let token = self.sign_parts(&part(&self.header()), &body);
                all.push((format!("{double} twice"), token));
            }
        }
        for double in [
            "\"alg\":\"none\"",
            "\"alg\":\"EdDSA\"",
            "\"kid\":\"x\"",
            "\"typ\":\"JWT\"",
        ] {
            let first = header.replacen('{', &format!("{{{double},"), 1);
            let last = format!("{},{double}}}", header.trim_end_matches('}'));
            for head in [first, last] {
                let head = URL_SAFE_NO_PAD.encode(head);
                let token = self.sign_parts(&head, &part(&self.claims));
                all.push((format!("{double} twice in the header"), token));
            }
        }
        all
    }
}
