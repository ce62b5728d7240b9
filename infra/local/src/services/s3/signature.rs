//! The time of a request, judged by our clock, and presigned URLs (AWS Signature Version 4),
//! which become signed requests. It must never know what a request asks for.
//!
//! The S3 front checks every signature in a header. It judges time by the operating system's
//! clock, so the query form is checked here and signed anew as a header.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, HeaderValue, Request, Uri, header};
use jiff::{SignedDuration, Timestamp, civil};
use kernel::text::to_hex;
use sha2::{Digest, Sha256};

use crate::services::protocol::{host_of, text_of};
use crate::services::sts::Sessions;

const SKEW_MAX: SignedDuration = SignedDuration::from_mins(15);
const LIFE_SECONDS_MAX: i64 = 604_800;
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

const EXPIRED: Refusal = Refusal {
    code: "AccessDenied",
    message: "Request has expired",
};
const SKEWED: Refusal = Refusal {
    code: "RequestTimeTooSkewed",
    message: "The difference between the request time and the server's time is too large.",
};
const MISMATCH: Refusal = Refusal {
    code: "SignatureDoesNotMatch",
    message: "The request signature we calculated does not match the signature you provided.",
};
const MALFORMED: Refusal = Refusal {
    code: "AuthorizationQueryParametersError",
    message: "The authorization parameters cannot be read.",
};
const UNKNOWN_KEY: Refusal = Refusal {
    code: "InvalidAccessKeyId",
    message: "The access key id does not exist.",
};

/// Judges the time of a request, and makes a signed request of a presigned one.
pub(crate) fn prepare(
    request: Request<Bytes>,
    sessions: &Sessions,
    now: Timestamp,
) -> Result<Request<Bytes>, Refusal> {
    let mut request = with_host(request)?;
    let query = request.uri().query().unwrap_or_default().to_owned();
    if !query.contains("X-Amz-Signature=") {
        if let Some(date) = text_of(request.headers(), "x-amz-date") {
            let skew = now.duration_since(instant(date)?);
            if skew.abs() > SKEW_MAX {
                return Err(SKEWED);
            }
        }
        return Ok(request);
    }
    let presigned = Presigned::read(&query)?;
    presigned.judge_time(now)?;
    let secret = sessions
        .secret_key(&presigned.access_key)
        .ok_or(UNKNOWN_KEY)?;
    let mut signed_part: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.starts_with("X-Amz-Signature="))
        .collect();
    signed_part.sort_unstable();
    let expected = presigned.scope.sign(
        &secret,
        &canonical(&request, &signed_part.join("&"), &presigned.headers)?,
    );
    if expected != presigned.signature {
        return Err(MISMATCH);
    }
    presigned.move_to_header(&mut request, &query, &secret)?;
    Ok(request)
}

/// Where and when a signature holds.
#[derive(Debug)]
struct Scope {
    date: String,
    day: String,
    region: String,
    service: String,
}

#[derive(Debug)]
struct Presigned {
    scope: Scope,
    access_key: String,
    life_s: i64,
    headers: Vec<String>,
    signature: String,
}

impl Presigned {
    fn read(query: &str) -> Result<Self, Refusal> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(query).map_err(|_malformed| MALFORMED)?;
        let get = |name: &str| {
            let found = pairs.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone()).ok_or(MALFORMED)
        };
        let credential = get("X-Amz-Credential")?;
        let parts: Vec<&str> = credential.split('/').collect();
        let &[access_key, day, region, service, "aws4_request"] = parts.as_slice() else {
            return Err(MALFORMED);
        };
        Ok(Self {
            scope: Scope {
                date: get("X-Amz-Date")?,
                day: day.to_owned(),
                region: region.to_owned(),
                service: service.to_owned(),
            },
            access_key: access_key.to_owned(),
            life_s: get("X-Amz-Expires")?
                .parse()
                .map_err(|_malformed| MALFORMED)?,
            headers: get("X-Amz-SignedHeaders")?
                .split(';')
                .map(str::to_owned)
                .collect(),
            signature: get("X-Amz-Signature")?,
        })
    }

    fn judge_time(&self, now: Timestamp) -> Result<(), Refusal> {
        let age = now.duration_since(instant(&self.scope.date)?);
        if !(1..=LIFE_SECONDS_MAX).contains(&self.life_s) {
            return Err(MALFORMED);
        }
        if age < -SKEW_MAX {
            return Err(SKEWED);
        }
        if age > SignedDuration::from_secs(self.life_s) {
            return Err(EXPIRED);
        }
        Ok(())
    }

    fn move_to_header(
        &self,
        request: &mut Request<Bytes>,
        query: &str,
        secret: &str,
    ) -> Result<(), Refusal> {
        let is_signing = |pair: &&str| {
            [
                "Algorithm",
                "Credential",
                "Date",
                "Expires",
                "SignedHeaders",
                "Signature",
                "Security-Token",
            ]
            .iter()
            .any(|name| {
                pair.strip_prefix("X-Amz-")
                    .is_some_and(|rest| rest.split('=').next() == Some(name))
            })
        };
        let mut kept: Vec<&str> = query.split('&').filter(|pair| !is_signing(pair)).collect();
        kept.sort_unstable();
        let kept = kept.join("&");
        let path = request.uri().path();
        let uri = if kept.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{kept}")
        };
        *request.uri_mut() = uri.parse::<Uri>().map_err(|_malformed| MALFORMED)?;
        set(request, "x-amz-date", &self.scope.date)?;
        set(request, "x-amz-content-sha256", UNSIGNED)?;
        let headers = ["host", "x-amz-content-sha256", "x-amz-date"].map(str::to_owned);
        let signature = self
            .scope
            .sign(secret, &canonical(request, &kept, &headers)?);
        let Scope {
            day,
            region,
            service,
            ..
        } = &self.scope;
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{day}/{region}/{service}/aws4_request, \
             SignedHeaders={}, Signature={signature}",
            self.access_key,
            headers.join(";"),
        );
        set(request, "authorization", &authorization)
    }
}

impl Scope {
    fn sign(&self, secret: &str, canonical: &str) -> String {
        let Self {
            date,
            day,
            region,
            service,
        } = self;
        let hash = to_hex(&Sha256::digest(canonical.as_bytes()));
        let text =
            format!("AWS4-HMAC-SHA256\n{date}\n{day}/{region}/{service}/aws4_request\n{hash}");
        let first = format!("AWS4{secret}").into_bytes();
        let key = [day.as_str(), region, service, "aws4_request"]
            .into_iter()
            .fold(first, |key, part| keyed(&key, part.as_bytes()));
        to_hex(&keyed(&key, text.as_bytes()))
    }
}

/// Returns the keyed hash of `text`, as AWS chains it: the key is of any length.
fn keyed(key: &[u8], text: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

fn canonical(request: &Request<Bytes>, query: &str, signed: &[String]) -> Result<String, Refusal> {
    let mut headers = String::new();
    for name in signed {
        let value = text_of(request.headers(), name).ok_or(MALFORMED)?;
        headers.push_str(name);
        headers.push(':');
        headers.push_str(value.trim());
        headers.push('\n');
    }
    let payload = text_of(request.headers(), "x-amz-content-sha256").unwrap_or(UNSIGNED);
    let (method, path, signed) = (request.method(), request.uri().path(), signed.join(";"));
    Ok(format!(
        "{method}\n{path}\n{query}\n{headers}\n{signed}\n{payload}"
    ))
}

fn with_host(mut request: Request<Bytes>) -> Result<Request<Bytes>, Refusal> {
    if !request.headers().contains_key(header::HOST) {
        let host = host_of(&request).ok_or(MALFORMED)?.to_owned();
        set(&mut request, "host", &host)?;
    }
    Ok(request)
}

fn set(request: &mut Request<Bytes>, name: &'static str, value: &str) -> Result<(), Refusal> {
    let value = HeaderValue::from_str(value).map_err(|_malformed| MALFORMED)?;
    request
        .headers_mut()
        .insert(HeaderName::from_static(name), value);
    Ok(())
}

fn instant(date: &str) -> Result<Timestamp, Refusal> {
    civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date)
        .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC))
        .map(|zoned| zoned.timestamp())
        .map_err(|_malformed| MALFORMED)
}
