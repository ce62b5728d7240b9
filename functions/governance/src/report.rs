//! Reports of the proof that no tenant reaches another, as they are signed.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use kernel::limits::{ISOLATION_REPORT_BYTES_MAX, ISOLATION_REPORT_TEXT_CHARS_MAX};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{FieldError, Problem};

/// How reports are signed.
const ALGORITHM: &str = "Ed25519";

/// The descriptions say the limit too, as a number.
const _: () = assert!(
    ISOLATION_REPORT_TEXT_CHARS_MAX == 500,
    "the schemas say 500"
);

/// What was asked, of which code, and what came of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct IsolationReport {
    /// What it is a report of.
    #[schema(max_length = 500)]
    about: String,
    /// When it was made.
    #[schema(max_length = 500)]
    made_at: String,
    /// The hash of the template that was tried.
    #[schema(max_length = 500)]
    template: String,
    /// The commit that was tried.
    #[schema(max_length = 500)]
    code: String,
    /// Whether something was not as it is in that commit.
    is_changed: bool,
    /// Whether everything was asked, and not only a part.
    is_whole: bool,
    /// Different things that were asked.
    attempts: u32,
    /// How often something was asked, by dimension and value.
    by: BTreeMap<String, BTreeMap<String, u32>>,
    /// Kinds of ids that were of use to their owners.
    controls: u32,
    /// Mistakes that were made on purpose and found.
    seeded_leaks_found: u32,
    /// What was wrong.
    failures: Vec<String>,
}

/// Who says so.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReportSignature {
    /// How it was signed: `Ed25519`.
    algorithm: String,
    /// The key that it is checked with, in base64.
    public_key: String,
    /// The signature over the report as JSON with sorted names and without spaces, in base64.
    value: String,
}

/// A report with its signature.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignedReport {
    report: IsolationReport,
    signature: ReportSignature,
}

/// The newest report.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IsolationReportView {
    report: IsolationReport,
    signature: ReportSignature,
    /// When the platform took it in.
    received_at: String,
}

impl IsolationReport {
    /// Goes through its texts, each with where it is.
    fn texts(&self) -> impl Iterator<Item = (String, &str)> {
        let lines = [
            ("about", &self.about),
            ("madeAt", &self.made_at),
            ("template", &self.template),
            ("code", &self.code),
        ];
        let lines = lines.map(|(name, text)| (format!("/report/{name}"), text.as_str()));
        let failures = self.failures.iter().enumerate();
        let failures = failures.map(|(at, text)| (format!("/report/failures/{at}"), text.as_str()));
        let by = self.by.iter().flat_map(|(dimension, values)| {
            let values = values.keys().map(String::as_str);
            [dimension.as_str()].into_iter().chain(values)
        });
        let by = by.map(|text| ("/report/by".to_owned(), text));
        lines.into_iter().chain(failures).chain(by)
    }
}

impl SignedReport {
    /// Writes it, if it is as it was signed, and not too large.
    pub(crate) fn to_text(&self) -> Result<String, Problem> {
        let is_long = |text: &str| text.chars().count() > ISOLATION_REPORT_TEXT_CHARS_MAX;
        let long = self.report.texts().filter(|(_, text)| is_long(text));
        let detail = format!("must have at most {ISOLATION_REPORT_TEXT_CHARS_MAX} characters");
        let mut errors: Vec<_> = long
            .map(|(place, _)| FieldError::new(place, detail.clone()))
            .collect();
        let report = serde_json::to_string(&self.report).map_err(tenancy::StorageError::from)?;
        if report.len() > ISOLATION_REPORT_BYTES_MAX {
            let detail = format!("must have at most {ISOLATION_REPORT_BYTES_MAX} bytes");
            errors.push(FieldError::new("/report", detail));
        }
        let forged = self.flaw().filter(|_| errors.is_empty());
        errors.extend(forged.map(|(pointer, detail)| FieldError::new(pointer, detail)));
        if errors.is_empty() {
            // A signature that fits is short.
            Ok(serde_json::to_string(self).map_err(tenancy::StorageError::from)?)
        } else {
            Err(Problem::invalid(errors))
        }
    }

    /// Returns where the signature is not that of the report, and why.
    fn flaw(&self) -> Option<(&'static str, &'static str)> {
        let signature = &self.signature;
        if signature.algorithm != ALGORITHM {
            return Some(("/signature/algorithm", "must be Ed25519"));
        }
        let decoded = |text: &str| STANDARD.decode(text).ok();
        let key = decoded(&signature.public_key);
        let key = key.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let key = key.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        let Some(key) = key else {
            return Some(("/signature/publicKey", "is no key"));
        };
        let value = decoded(&signature.value);
        let value = value.and_then(|bytes| Signature::from_slice(&bytes).ok());
        let text = serde_json::to_value(&self.report).map(|report| report.to_string());
        let is_signed = value
            .zip(text.ok())
            .is_some_and(|(value, text)| key.verify(text.as_bytes(), &value).is_ok());
        (!is_signed).then_some(("/signature/value", "is not the report's"))
    }

    /// Shows it as it was taken in.
    pub(crate) fn view(self, received_at: String) -> IsolationReportView {
        IsolationReportView {
            report: self.report,
            signature: self.signature,
            received_at,
        }
    }
}
