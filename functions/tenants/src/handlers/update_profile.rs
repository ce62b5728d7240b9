//! `PUT /api/v1/tenant/profile`

use kernel::EmailAddress;
use kernel::limits::NAME_CHARS_MAX;
use tenancy::Permit;
use tenancy::permission::ManageTenant;
use tenancy::records::{ProfileRecord, TenantRecord};
use web::{Body, FieldError, IfMatch, Problem, ProblemType, Tagged};

use crate::handlers::{check_name, stale};
use crate::views::{ProfileChange, ProfileView};

/// A language tag or a time zone's name, in characters, at most.
const TAG_CHARS_MAX: usize = 64;

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
    for (pointer, tag) in [
        ("/locale", &change.locale),
        ("/timeZone", &change.time_zone),
    ] {
        if tag.as_deref().is_some_and(|tag| !is_tag(tag)) {
            let detail = "must be 1 to 64 letters, digits, hyphens, underscores, plus or slash";
            errors.push(FieldError::new(pointer, detail));
        }
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

fn is_tag(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= TAG_CHARS_MAX
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_/+".contains(&byte))
}
