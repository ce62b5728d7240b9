//! The page of limits and the limits of code are the same. It must never know what a limit is for.

use tenancy::abuse::AbuseLimits;
use tenancy::rate_plan::{RateLimit, RateLimits, RatePlan};
use tenancy::records::Tier;
use tenancy::{Feature, FeatureSet};

use crate::tree;

/// The units.
const UNITS: [(&str, u64); 7] = [
    ("1", 1),
    ("KIB", 1_024),
    ("MIB", 1_048_576),
    ("MINUTE", 60),
    ("HOUR", 3_600),
    ("DAY", 86_400),
    ("YEAR", 31_536_000),
];

/// What rows say of limits, one in each line: how the row begins, the limit's name, the words around its
/// number, and the unit by which it is divided.
const SAID: &str = "\
Tenant's or website's name | kernel::NAME_CHARS_MAX | {} characters | 1
Tenant's subdomain | kernel::SUBDOMAIN_BYTES_MIN | {} to | 1
Tenant's subdomain | kernel::SUBDOMAIN_BYTES_MAX | to {} lower-case | 1
Website's subdomain | kernel::SUBDOMAIN_BYTES_MAX | 1 to {}, | 1
E-mail address | kernel::EMAIL_BYTES_MAX | {} characters | 1
Password | kernel::PASSWORD_CHARS_MIN | at least {} characters | 1
Password | kernel::PASSWORD_BYTES_MAX | at most {} bytes | 1
Invitations of a tenant | kernel::INVITATIONS_MAX | {} | 1
API keys of a tenant | kernel::API_KEYS_MAX | {} | 1
Websites that one API key | kernel::API_KEY_WEBSITES_MAX | {}, or | 1
Websites on which one member has a role | kernel::WEBSITE_ROLES_MAX | {} | 1
Members of whom is told | kernel::ROLE_CHANGE_MEMBERS_MAX | {} | 1
Support session | kernel::SUPPORT_MINUTES_MAX | to {} minutes | 1
A support session that was ended | kernel::TENANT_STATUS_CACHE_S | {} seconds | 1
Appeal against a suspension | kernel::APPEAL_CHARS_MAX | {} characters | 1
Mails about the suspension of a tenant | kernel::SUSPENSION_LETTERS_MAX | {} | 1
Link that appeals against a suspension | kernel::APPEAL_LIFE_S | {} days | DAY
That an API key comes with another secret | kernel::API_KEY_MISUSE_TOLD_S | {} seconds | 1
Entry of the security stream | kernel::SECURITY_STREAM_LIFE_S | {} days | DAY
A support session can be read | kernel::SUPPORT_LIFE_S | {} days | DAY
Metadata | kernel::METADATA_ENTRIES_MAX | {} entries | 1
Metadata | kernel::METADATA_CHARS_MAX | of {} characters | 1
Title | kernel::TITLE_CHARS_MAX | {} characters | 1
Slug | kernel::SLUG_BYTES_MAX | {} characters | 1
Markdown or HTML handed in | render::SOURCE_BYTES_MAX | {} KiB | KIB
Elements of HTML that are open at once | render::UNCLOSED_TAGS_MAX | {} | 1
Ampersands and hard spaces in HTML | render::ESCAPES_MAX | {} | 1
`>` before a line of Markdown | render::QUOTE_MARKS_MAX | {} | 1
The blocks as stored | render::DOCUMENT_BYTES_MAX | {} MiB | MIB
The HTML made of the blocks | render::BODY_HTML_BYTES_MAX | {} MiB | MIB
Blocks, list items, table rows and cells together | render::BLOCKS_MAX | {} | 1
Runs of text | render::INLINES_MAX | {} | 1
Blocks within blocks | render::DEPTH_MAX | {} levels | 1
Columns of a table | render::TABLE_COLUMNS_MAX | {} | 1
An address in a link or an image | render::ADDRESS_BYTES_MAX | {} bytes | 1
Alternative text, or the title | render::LABEL_CHARS_MAX | {} characters | 1
Title for search engines | render::SEO_TITLE_CHARS_MAX | {} characters | 1
Description for search engines | render::SEO_DESCRIPTION_CHARS_MAX | {} characters | 1
Keywords | render::SEO_KEYWORDS_MAX | {} of | 1
Keywords | render::SEO_KEYWORD_CHARS_MAX | of {} characters | 1
Navigation | render::NAVIGATION_ITEMS_MAX | {} entries | 1
Navigation | render::NAVIGATION_DEPTH_MAX | in {} levels | 1
Navigation | render::NAVIGATION_TITLE_CHARS_MAX | of {} characters | 1
Name, language, description | release::SETTINGS_BYTES_MAX | {} KiB | KIB
Settings of the theme | release::SETTINGS_BYTES_MAX | {} KiB | KIB
Pages in the sitemap | delivery::SITEMAP_URLS_MAX | {} | 1
A rendered page | render::PAGE_BYTES_MAX | {} MiB | MIB
JSON body | kernel::BODY_BYTES_MAX | {} MiB | MIB
Fields that one refusal names | kernel::PROBLEM_ERRORS_MAX | {} | 1
Items on a page of a list | kernel::LIST_ITEMS_DEFAULT | {}, | 1
Items on a page of a list | kernel::LIST_ITEMS_MAX | at most {} | 1
Cursor | kernel::CURSOR_BYTES_MAX | {} bytes | 1
Cursor | kernel::CURSOR_LIFE_S | {} hours | HOUR
Audit trail in one file | kernel::AUDIT_EXPORT_ITEMS_MAX | {} entries | 1
Audit trail in one file | kernel::AUDIT_EXPORT_BYTES_MAX | about {} MiB | MIB
Id of a thing in a query for the audit trail | kernel::AUDIT_RESOURCE_BYTES_MAX | {} bytes | 1
Audit trail that is verified at once | kernel::VERIFY_ENTRIES_MAX | about {} entries | 1
Audit trail that is verified at once | kernel::VERIFY_SEALS_MAX | {} seals | 1
A report of the isolation | kernel::ISOLATION_REPORT_BYTES_MAX | {} KiB | KIB
A report of the isolation | kernel::ISOLATION_REPORT_TEXT_CHARS_MAX | {} characters | 1
A value in the audit trail | kernel::AUDIT_VALUE_BYTES_MAX | {} bytes | 1
`Idempotency-Key` | kernel::IDEMPOTENCY_KEY_BYTES_MAX | {} bytes | 1
`Idempotency-Key` | kernel::IDEMPOTENCY_LIFE_S | {} hours | HOUR
Requests that a contract | kernel::RATE_LIMIT_REQUESTS_MAX | {} | 1
How often a key was used | kernel::TRAFFIC_LIFE_S | {} days | DAY
Access token | kernel::ACCESS_TOKEN_LIFE_S | {} minutes | MINUTE
Refresh token | kernel::REFRESH_TOKEN_LIFE_S | {} days | DAY
Sign-in | kernel::SESSION_LIFE_S | {} days | DAY
A used refresh token | kernel::REFRESH_GRACE_S | {} seconds | 1
Life of an API key | kernel::API_KEY_LIFE_MAX_S | {} years | YEAR
The secret of an API key | kernel::API_KEY_OVERLAP_S | {} day where | DAY
The secret of an API key | kernel::API_KEY_OVERLAP_MAX_S | {} days at most | DAY
A deleted API key | kernel::API_KEY_CACHE_S | {} seconds | 1
Preview link | kernel::PREVIEW_LIFE_S | {} hour | HOUR
Link of an invitation | kernel::INVITATION_LIFE_S | {} days | DAY
Link that proves an e-mail address | kernel::VERIFICATION_LIFE_S | {} hours | HOUR
Link that sets another password | kernel::RESET_LIFE_S | {} hour | HOUR
Links of a kind to one address | kernel::LINKS_ASKED_MAX | {} an hour | 1
Links of invitations that a tenant | kernel::INVITATIONS_SENT_MAX | {} a day | 1
Codes of a second factor | kernel::CODES_MAX | {} in | 1
Codes of a second factor | kernel::CODES_WINDOW_S | {} minutes | MINUTE
Between a password | kernel::CODE_PATIENCE_S | {} minutes | MINUTE
Between setting an authenticator | kernel::ENROLLMENT_LIFE_S | {} minutes | MINUTE
Recovery codes | kernel::RECOVERY_CODES_MAX | {} | 1
Passwords that are tried | kernel::ATTEMPTS_MAX | {} in | 1
Passwords that are tried | kernel::ATTEMPTS_WINDOW_S | {} minutes | MINUTE
Wrong passwords for one address | kernel::FAILURES_MAX | {} an hour | 1
Wrong passwords from one network | kernel::NETWORK_FAILURES_MAX | {} an hour | 1
A network where somebody signed in | kernel::NETWORK_KNOWN_S | {} days | DAY
Deleted website or tenant | kernel::UNDO_LIFE_S | {} days | DAY
Suspension, the end of a sign-in from elsewhere, and changes of members take effect | kernel::TENANT_STATUS_CACHE_S | {} seconds | 1
A website's host, and its tenant's | kernel::SITE_STATUS_CACHE_S | {} seconds | 1
A published page is seen | kernel::PURGE_FIRST_DELAY_S | {} seconds | 1
A published page is seen | kernel::PURGE_SECOND_DELAY_S | about {} | 1
A page is kept by the network | delivery::EDGE_TAGGED_S | {} hour | HOUR
Operation can be read | kernel::OPERATION_LIFE_S | {} days | DAY
Audit trail is sealed | kernel::SEAL_EVERY_S | every {} minutes | MINUTE
Audit trail is sealed | kernel::SEAL_DELAY_S | than {} minutes | MINUTE
Entry of the audit trail is kept | kernel::AUDIT_LIFE_S | {} days | DAY
Entry of the audit trail is kept | kernel::AUDIT_LONG_LIFE_S | {} days | DAY";

/// Rows about limits that are one function's own.
const OF_A_FUNCTION: [&str; 4] = [
    "Tenant's description",
    "Reason of a suspension",
    "Language tag",
    "Description",
];

/// Reads [`SAID`]: row, limit, words and divisor.
fn limits_said() -> impl Iterator<Item = (&'static str, &'static str, &'static str, u64)> {
    SAID.lines().map(|line| {
        let mut cells = line.split(" | ");
        let mut next = || cells.next().unwrap_or_else(|| panic!("`{line}` is short"));
        let (row, limit, words, unit) = (next(), next(), next(), next());
        let divisor = UNITS.iter().find(|(name, _)| *name == unit);
        let (_, divisor) = divisor.unwrap_or_else(|| panic!("there is no unit `{unit}`"));
        (row, limit, words, *divisor)
    })
}

/// Writes a number as people do, with a comma before each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns the rows of a page's tables: what stands in the first cell, and the rest.
fn rows(page: &str) -> Vec<(&str, &str)> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" | "))
        .filter(|(name, _)| !["---", "What", "Quota", "Feature", "Requests"].contains(name))
        .collect()
}

#[test]
fn every_limit_is_documented_as_it_is() {
    let chart = tree::read("tests/golden/limits.txt");
    let page = tree::read("docs/limits.md");
    let rows = rows(&page);
    for (row, limit, words, divisor) in limits_said() {
        let value = chart.lines().find_map(|line| {
            let (name, rest) = line.split_once(" = ")?;
            (name == limit).then(|| rest.split(':').next().unwrap_or_default())
        });
        let value: u64 = value
            .unwrap_or_else(|| panic!("no limit {limit}"))
            .parse()
            .unwrap();
        assert!(value.is_multiple_of(divisor), "{limit} is {value}");
        let words = words.replace("{}", &grouped(value / divisor));
        let said = rows.iter().find(|(name, _)| name.starts_with(row));
        let said = said
            .unwrap_or_else(|| panic!("docs/limits.md: no row {row}"))
            .1;
        let is_said = said == format!("{words} |") || said.contains(&*words);
        assert!(is_said, "docs/limits.md: {row} is `{words}`, not {said}");
    }
}

#[test]
fn every_row_is_a_limit_of_code() {
    let page = tree::read("docs/limits.md");
    let rows = rows(&page);
    let by_tier: Vec<(String, String)> = quotas()
        .into_iter()
        .chain(features())
        .chain(rates())
        .chain(abuse())
        .collect();
    for (name, said) in &rows {
        let is_said = limits_said().any(|(row, ..)| name.starts_with(row));
        let of_tiers = by_tier.iter().find(|(row, _)| row == name);
        if let Some((_, expected)) = of_tiers {
            assert_eq!(said, expected, "{name}");
        }
        let is_known = is_said || of_tiers.is_some() || OF_A_FUNCTION.contains(name);
        assert!(is_known, "docs/limits.md: {name} is no limit of code");
    }
    for (name, _) in &by_tier {
        let is_there = rows.iter().any(|(row, _)| row == name);
        assert!(is_there, "docs/limits.md: no row {name}");
    }
}

/// The tiers of the tables' columns.
const TIERS: [Tier; 4] = [
    Tier::Free,
    Tier::Starter,
    Tier::Professional,
    Tier::Enterprise,
];

/// Returns the rows of features as the tiers have them.
fn features() -> impl Iterator<Item = (String, String)> {
    Feature::CHART.into_iter().map(|(feature, name, _)| {
        let has = |tier| FeatureSet::of_tier(tier).has(feature);
        let cells = TIERS.map(|tier| if has(tier) { "yes" } else { "no" });
        (format!("`{name}`"), format!("{} |", cells.join(" | ")))
    })
}

/// Returns the rows of requests as the tiers have them.
fn rates() -> impl Iterator<Item = (String, String)> {
    let plans = [
        (RatePlan::Default, "A minute"),
        (RatePlan::VerticalHourly, "An hour by `vertical-hourly`"),
    ];
    plans.into_iter().flat_map(|(plan, name)| {
        let row = |whose: &str, of: fn(RateLimits) -> Vec<RateLimit>| {
            let cells = TIERS.map(|tier| {
                let limits = of(plan.limits(tier));
                let requests = limits.iter().map(|limit| u64::from(limit.requests));
                grouped(requests.sum())
            });
            (
                format!("{name}, {whose}"),
                format!("{} |", cells.join(" | ")),
            )
        };
        [
            row("to the tenant", |limits| limits.tenant),
            row("with one API key", |limits| limits.key),
        ]
    })
}

/// Returns the rows of abuse as the tiers have them.
fn abuse() -> [(String, String); 4] {
    let limits = TIERS.map(AbuseLimits::of_tier);
    let row = |name: &str, of: fn(&AbuseLimits) -> u32| {
        let cells = limits.each_ref().map(|limits| grouped(of(limits).into()));
        (name.to_owned(), format!("{} |", cells.join(" | ")))
    };
    [
        row("Ids of other tenants that are asked for", |limits| {
            limits.cross_tenant
        }),
        row(
            "Wrong passwords and codes of members who are signed in",
            |limits| limits.failed_proofs,
        ),
        row("Requests beyond the limits", |limits| {
            limits.refused_requests
        }),
        row("Answers, in GiB", |limits| limits.egress_mib / 1_024),
    ]
}

/// Returns the rows of quotas as the tiers have them.
fn quotas() -> Vec<(String, String)> {
    let quotas = TIERS.map(Tier::quota);
    let row = |name: &str, of: [u32; 4]| {
        let cells = of.map(|number| grouped(u64::from(number)));
        (name.to_owned(), format!("{} |", cells.join(" | ")))
    };
    vec![
        row(
            "Websites",
            quotas.each_ref().map(|quota| quota.max_websites),
        ),
        row(
            "Storage, GB",
            quotas.each_ref().map(|quota| quota.storage_gb),
        ),
        row(
            "Bandwidth a month, GB",
            quotas.each_ref().map(|quota| quota.bandwidth_gb),
        ),
        row(
            "Deployments at once",
            quotas
                .each_ref()
                .map(|quota| quota.max_concurrent_deployments),
        ),
        row(
            "Custom domains",
            quotas.each_ref().map(|quota| quota.max_custom_domains),
        ),
    ]
}

#[test]
fn numbers_are_grouped() {
    let expected = [
        (0, "0"),
        (999, "999"),
        (1_000, "1,000"),
        (1_048_576, "1,048,576"),
    ];
    for (number, text) in expected {
        assert_eq!(grouped(number), text);
    }
}
