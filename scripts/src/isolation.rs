//! `cargo x isolation`: has everything asked that could reach another tenant's data, and prints what came of it as a signed
//! report. It must never know what is asked.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use kernel::limits::ISOLATION_REPORT_TEXT_CHARS_MAX;
use kernel::{Clock, ContentHash, Entropy, SystemClock, SystemEntropy};
use serde_json::{Map, Value, json};

use crate::tree::Tree;
use crate::{console, process};

/// What the tests say of the proof, and of the mistakes that were made on purpose.
const PROOF: &str = "measured: isolation: ";

/// What the proof of the websites of one tenant says before what came of it.
const WEBSITES: &str = "measured: isolation of websites: ";
const LEAKS: &str = "measured: seeded leaks: ";

/// Different things that are asked in the long run, at least.
const ATTEMPTS_MIN: u64 = 150_000;

/// Mistakes that are made on purpose, at least.
const LEAKS_MIN: u64 = 20;

/// The names of a signed report.
const REPORT: &str = "report";
const SIGNATURE: &str = "signature";

/// What a person may choose.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Asks everything, by everybody, which takes half an hour; without it, a part that is spread over all of it.
    #[arg(long)]
    scale: bool,
    /// The key that signs: Ed25519 in PEM, as `openssl genpkey -algorithm ed25519` makes it. One is made where none is
    /// given, and says only that the report was not changed since.
    #[arg(long)]
    key: Option<PathBuf>,
    /// Where the report goes; `isolation/report.json` in the target folder, if nothing is said.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Asks nothing, and says whether a report is as it was signed.
    #[arg(long, conflicts_with_all = ["scale", "key", "report"])]
    verify: Option<PathBuf>,
}

/// Makes a report, or verifies one.
pub(crate) fn run(tree: &Tree, options: &Options) -> anyhow::Result<()> {
    if let Some(path) = &options.verify {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let key = verify(&text)?;
        console::result(format_args!(
            "{}: as it was signed with {key}",
            path.display()
        ));
        return Ok(());
    }
    let key = signing_key(options.key.as_deref())?;
    let report = report(tree, options.scale)?;
    let signed = sign(&report, &key);
    let path = options.report.clone();
    let path = path.unwrap_or_else(|| tree.target().join("isolation/report.json"));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, format!("{signed:#}\n"))?;
    show(&report);
    console::result(format_args!("\nsigned: {}", path.display()));
    let failures = report.get("failures").and_then(Value::as_array);
    ensure!(failures.is_some_and(Vec::is_empty), "something came out");
    Ok(())
}

/// Has everything asked, and says what came of it, of which code.
fn report(tree: &Tree, is_scale: bool) -> anyhow::Result<Value> {
    let mut command = tree.cargo();
    command.arg("test");
    if is_scale {
        command.args(["--profile", "soak"]).env("HOTSWAP_FULL", "1");
    }
    command.args([
        "--package",
        "tests",
        "--test",
        "isolation",
        "--",
        "--nocapture",
    ]);
    let (mut proof, mut websites, mut leaks) = (None, None, 0);
    let ended = process::watch(&mut command, |line| {
        if let Some((_, said)) = line.split_once(PROOF) {
            proof = serde_json::from_str::<Map<String, Value>>(said).ok();
        }
        if let Some((_, said)) = line.split_once(WEBSITES) {
            websites = serde_json::from_str::<Map<String, Value>>(said).ok();
        }
        if let Some((_, said)) = line.split_once(LEAKS) {
            leaks += said.trim().parse::<u64>().unwrap_or(0);
        }
    });
    let (Some(mut report), Some(websites)) = (proof, websites) else {
        ended?;
        bail!("the proof said nothing");
    };
    add(&mut report, &websites);
    let attempts = report.get("attempts").and_then(Value::as_u64).unwrap_or(0);
    ensure!(
        !is_scale || attempts >= ATTEMPTS_MIN,
        "only {attempts} things were asked"
    );
    ensure!(
        leaks >= LEAKS_MIN,
        "only {leaks} mistakes were found of those made on purpose"
    );
    let template = fs::read(tree.path("template.yaml"))?;
    let code = tree.git(&["rev-parse", "HEAD"]).unwrap_or_default();
    let changed = tree.git(&["status", "--porcelain"]).unwrap_or_default();
    for (name, value) in [
        ("about", json!("isolation between tenants")),
        ("madeAt", json!(SystemClock.now().to_string())),
        (
            "template",
            json!(format!("sha256:{}", ContentHash::of(&template))),
        ),
        ("code", json!(code.trim())),
        ("isChanged", json!(!changed.trim().is_empty())),
        ("isWhole", json!(is_scale)),
        ("seededLeaksFound", json!(leaks)),
    ] {
        report.insert(name.to_owned(), value);
    }
    if let Some(Value::Array(failures)) = report.get_mut("failures") {
        for failure in failures {
            let text = failure.as_str().unwrap_or_default().chars();
            *failure = json!(
                text.take(ISOLATION_REPORT_TEXT_CHARS_MAX)
                    .collect::<String>()
            );
        }
    }
    Ok(Value::Object(report))
}

/// Adds what came of asking between the websites of one tenant to what came of asking between tenants.
fn add(report: &mut Map<String, Value>, websites: &Map<String, Value>) {
    let attempts =
        |of: &Map<String, Value>| of.get("attempts").and_then(Value::as_u64).unwrap_or(0);
    let [of_tenants, of_websites] = [attempts(report), attempts(websites)];
    report.insert("attempts".to_owned(), json!(of_tenants + of_websites));
    if let Some(Value::Array(failures)) = report.get_mut("failures") {
        let more = websites.get("failures").and_then(Value::as_array);
        failures.extend(more.into_iter().flatten().cloned());
    }
    let Some(Value::Object(by)) = report.get_mut("by") else {
        return;
    };
    let more = websites.get("by").and_then(Value::as_object);
    for (dimension, values) in more.into_iter().flatten() {
        for (value, count) in values.as_object().into_iter().flatten() {
            let before = by.entry(dimension).or_insert_with(|| json!({}));
            let sum = before.get(value).and_then(Value::as_u64).unwrap_or(0);
            let sum = sum + count.as_u64().unwrap_or(0);
            if let Some(before) = before.as_object_mut() {
                before.insert(value.clone(), json!(sum));
            }
        }
    }
    let between = json!({ "tenants": of_tenants, "websites of one tenant": of_websites });
    by.insert("between".to_owned(), between);
}

/// Prints how much was asked, and what was wrong.
fn show(report: &Value) {
    let number = |name: &str| report.get(name).and_then(Value::as_u64).unwrap_or(0);
    let mut rows = vec![
        ["dimension", "values", "fewest", "most"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let by = report.get("by").and_then(Value::as_object);
    for (dimension, values) in by.into_iter().flatten() {
        let counts = values.as_object().into_iter().flatten();
        let counts: Vec<u64> = counts.filter_map(|(_, count)| count.as_u64()).collect();
        let [least, most] = [counts.iter().min(), counts.iter().max()];
        let text = |count: Option<&u64>| count.copied().unwrap_or(0).to_string();
        rows.push(vec![
            dimension.clone(),
            counts.len().to_string(),
            text(least),
            text(most),
        ]);
    }
    console::table(&rows);
    let failures = report.get("failures").and_then(Value::as_array);
    console::result(format_args!(
        "{} different things asked, {} kinds of ids of use to their owners, {} mistakes on purpose found, {} failures",
        number("attempts"),
        number("controls"),
        number("seededLeaksFound"),
        failures.map_or(0, Vec::len),
    ));
}

fn signing_key(path: Option<&Path>) -> anyhow::Result<SigningKey> {
    if let Some(path) = path {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        return SigningKey::from_pkcs8_pem(&text)
            .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()));
    }
    let mut seed = [0; 32];
    SystemEntropy.fill(&mut seed);
    Ok(SigningKey::from_bytes(&seed))
}

/// Signs a report: its JSON with sorted names and without spaces.
fn sign(report: &Value, key: &SigningKey) -> Value {
    let signature = key.sign(report.to_string().as_bytes());
    json!({
        REPORT: report,
        SIGNATURE: {
            "algorithm": "Ed25519",
            "publicKey": STANDARD.encode(key.verifying_key().as_bytes()),
            "value": STANDARD.encode(signature.to_bytes()),
        },
    })
}

/// Checks a signed report, and returns the public key.
fn verify(text: &str) -> anyhow::Result<String> {
    let signed: Value = serde_json::from_str(text)?;
    let text = |name: &str| {
        let pointer = format!("/{SIGNATURE}/{name}");
        let text = signed.pointer(&pointer).and_then(Value::as_str);
        text.with_context(|| format!("there is no `{name}`"))
    };
    let public = text("publicKey")?;
    let key: [u8; 32] = STANDARD
        .decode(public)?
        .try_into()
        .map_err(|_other| anyhow::anyhow!("the public key is none"))?;
    let key = VerifyingKey::from_bytes(&key)?;
    let signature = Signature::from_slice(&STANDARD.decode(text("value")?)?)?;
    let report = signed.get(REPORT).context("there is no report")?;
    key.verify(report.to_string().as_bytes(), &signature)
        .map_err(|_forged| anyhow::anyhow!("it is not as it was signed"))?;
    Ok(public.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{REPORT, sign, signing_key, verify};

    #[test]
    fn a_report_that_was_changed_is_told_from_one_that_was_not() {
        let key = signing_key(None).unwrap();
        let signed = sign(&json!({ "attempts": 3, "failures": [] }), &key);
        verify(&signed.to_string()).unwrap();
        let mut forged: Value = signed.clone();
        forged[REPORT]["attempts"] = json!(4);
        verify(&forged.to_string()).unwrap_err();
        forged = signed;
        forged["signature"]["value"] = json!("AAAA");
        verify(&forged.to_string()).unwrap_err();
        verify("{}").unwrap_err();
    }
}
