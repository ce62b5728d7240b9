//! The limits that several crates rely on, each once, with its unit and its reason. A crate's own
//! limits are declared in the same way, in its module `limits`.

/// Declares limits: each a constant with its unit and its reason, and all of them in `ALL`.
#[macro_export]
macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty = $value:expr;)+) => {
        $($(#[doc = $doc])+ pub const $name: $type = $value;)+

        /// Every limit as (name, value, reason), for the chart of limits.
        pub const ALL: &[(&str, u64, &str)] = &[
            $((stringify!($name), $value as u64, concat!($($doc),+)),)+
        ];
    };
}

limits! {
    /// A JSON request body, in bytes: larger ones belong into an upload.
    BODY_BYTES_MAX: usize = 1_048_576;
    /// A display name, in characters.
    NAME_CHARS_MAX: usize = 255;
    /// A page's title, in characters.
    TITLE_CHARS_MAX: usize = 500;
    /// A page's slug, in bytes.
    SLUG_BYTES_MAX: usize = 500;
    /// A DNS label, in bytes (RFC 1035 §2.3.4).
    LABEL_BYTES_MAX: usize = 63;
    /// A tenant's subdomain or a site's label, in bytes: `<site>--<tenant>` must fit a label.
    SUBDOMAIN_BYTES_MAX: usize = 30;
    /// The shortest subdomain, in bytes: shorter ones are kept for the platform.
    SUBDOMAIN_BYTES_MIN: usize = 3;
    /// A host name, in bytes (RFC 1035 §2.3.4).
    HOST_BYTES_MAX: usize = 253;
    /// An e-mail address, in bytes (RFC 5321 §4.5.3.1.3).
    EMAIL_BYTES_MAX: usize = 254;
    /// The shortest password, in characters (NIST SP 800-63B §5.1.1.1).
    PASSWORD_CHARS_MIN: usize = 10;
    /// The longest password, in bytes: hashing must not be a way to burn our processor.
    PASSWORD_BYTES_MAX: usize = 256;
    /// Entries of a metadata map.
    METADATA_ENTRIES_MAX: usize = 50;
    /// A metadata key or value, in characters.
    METADATA_CHARS_MAX: usize = 500;
    /// A page of a list, in items, when the caller names no size.
    LIST_ITEMS_DEFAULT: usize = 50;
    /// A page of a list, in items, at most.
    LIST_ITEMS_MAX: usize = 100;
    /// A cursor, in bytes.
    CURSOR_BYTES_MAX: usize = 1_024;
    /// A cursor's life, in seconds.
    CURSOR_LIFE_S: i64 = 86_400;
    /// An `Idempotency-Key`, in bytes.
    IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;
    /// How long a request is remembered under its `Idempotency-Key`, in seconds.
    IDEMPOTENCY_LIFE_S: i64 = 86_400;
    /// Fields that one refusal names: enough to mend the request, not a second copy of it.
    PROBLEM_ERRORS_MAX: usize = 20;
    /// Text about one field in a refusal, in characters: what was sent is not given back at length.
    PROBLEM_TEXT_CHARS_MAX: usize = 500;
    /// Actions in one transaction (`TransactWriteItems`).
    TRANSACTION_ACTIONS_MAX: usize = 100;
    /// Bytes of an object kept in the table; larger ones go to the bucket.
    OBJECT_INLINE_BYTES_MAX: usize = 32_768;
    /// Bytes of any object of a release.
    OBJECT_BYTES_MAX: usize = 4_194_304;
    /// An access token's life, in seconds.
    ACCESS_TOKEN_LIFE_S: i64 = 900;
    /// How long it is remembered that access tokens were taken back, in seconds: as long as they live,
    /// and as far as clocks may be apart.
    REVOCATION_LIFE_S: i64 = 960;
    /// Revocations of one tenant that are remembered one by one: with the tenant itself they are one
    /// read unit.
    REVOCATIONS_MAX: usize = 24;
    /// An access token, in bytes: ours have a few hundred, and with roles on many websites three thousand.
    ACCESS_TOKEN_BYTES_MAX: usize = 4_096;
    /// A refresh token's life, in seconds, counted from its last rotation.
    REFRESH_TOKEN_LIFE_S: i64 = 2_592_000;
    /// A sign-in's life, in seconds, however often it is refreshed: ninety days.
    SESSION_LIFE_S: i64 = 7_776_000;
    /// What a client says it is, as a sign-in keeps it, in characters.
    AGENT_CHARS_MAX: usize = 256;
    /// How long the refresh token before the newest still gets the same successor, in seconds.
    REFRESH_GRACE_S: i64 = 30;
    /// The life of a link that proves an e-mail address, in seconds.
    VERIFICATION_LIFE_S: i64 = 86_400;
    /// The life of a link that sets another password, in seconds.
    RESET_LIFE_S: i64 = 3_600;
    /// The life of an invitation, in seconds: seven days.
    INVITATION_LIFE_S: i64 = 604_800;
    /// Invitations of a tenant that nobody has accepted, those that are over among them.
    INVITATIONS_MAX: u32 = 100;
    /// Links of invitations that a tenant can have sent in a window, to whomever: mail is no megaphone.
    INVITATIONS_SENT_MAX: u32 = 200;
    /// The window in which links of a tenant's invitations are counted, in seconds: a day.
    INVITATIONS_WINDOW_S: i64 = 86_400;
    /// Websites on which one member has a role: access tokens name them all.
    WEBSITE_ROLES_MAX: usize = 25;
    /// API keys of a tenant, those that have expired among them.
    API_KEYS_MAX: u32 = 100;
    /// Websites that one API key can be for.
    API_KEY_WEBSITES_MAX: usize = 25;
    /// An API key, in bytes: two ids and a secret of 32 bytes, in hexadecimal digits, have fewer.
    API_KEY_BYTES_MAX: usize = 256;
    /// How long the secret of an API key before the newest may be good, in seconds: seven days.
    API_KEY_OVERLAP_MAX_S: i64 = 604_800;
    /// How long it is, where nobody says, in seconds: a day.
    API_KEY_OVERLAP_S: i64 = 86_400;
    /// How far ahead an API key may end, in seconds: two years.
    API_KEY_LIFE_MAX_S: i64 = 63_072_000;
    /// How long an API key is remembered, in seconds: for as long it is good after it was deleted.
    API_KEY_CACHE_S: i64 = 60;
    /// How long it is not noted again that an API key is used, in seconds.
    API_KEY_USE_NOTED_S: i64 = 300;
    /// How long a support session may last, in minutes: a day.
    SUPPORT_MINUTES_MAX: u32 = 1_440;
    /// How long a support session is listed after it began, in seconds: ninety days.
    SUPPORT_LIFE_S: i64 = 7_776_000;
    /// Members that are looked at for whom another policy would change something.
    ROLE_CHANGE_MEMBERS_MAX: usize = 1_000;
    /// A link's token, in bytes: ids, numbers and a code have fewer.
    LINK_TOKEN_BYTES_MAX: usize = 512;
    /// Links to one e-mail address that can be asked for in a window: nobody's mailbox is filled.
    LINKS_ASKED_MAX: u32 = 5;
    /// The window in which links to one e-mail address are counted, in seconds.
    LINKS_WINDOW_S: i64 = 3_600;
    /// Passwords that can be tried for one e-mail address from one network in a window; a right one begins again.
    ATTEMPTS_MAX: u32 = 10;
    /// The window in which passwords that are tried are counted, in seconds.
    ATTEMPTS_WINDOW_S: i64 = 900;
    /// Wrong passwords for one e-mail address in a window, from everywhere: then it is tried from known networks
    /// alone.
    FAILURES_MAX: u32 = 100;
    /// Wrong passwords from one network in a window, whosever they were to be: a company behind one address
    /// has room, and whoever tries one password on many people has not.
    NETWORK_FAILURES_MAX: u32 = 200;
    /// The window in which wrong passwords are counted, in seconds.
    FAILURES_WINDOW_S: i64 = 3_600;
    /// How long a network is known from which somebody signed in, in seconds: ninety days.
    NETWORK_KNOWN_S: i64 = 7_776_000;
    /// How long a network from which somebody signed in is not noted again, in seconds: a day.
    NETWORK_NOTED_S: i64 = 86_400;
    /// Codes of a second factor that can be tried for one person in a window; a right one begins again.
    CODES_MAX: u32 = 5;
    /// The window in which codes that are tried are counted, in seconds.
    CODES_WINDOW_S: i64 = 900;
    /// How long after the password a code may come, in seconds.
    CODE_PATIENCE_S: i64 = 300;
    /// How long an authenticator that is set up waits for its first code, in seconds.
    ENROLLMENT_LIFE_S: i64 = 900;
    /// Recovery codes that a person has at once.
    RECOVERY_CODES_MAX: usize = 10;
    /// How long a mail is remembered that was sent, in seconds: longer than its event comes again.
    MAIL_LIFE_S: i64 = 2_592_000;
    /// How long an environment that takes up a mail may take to send it, in seconds: longer than a function
    /// lives, and shorter than a message is hidden.
    MAIL_LEASE_S: i64 = 30;
    /// A preview link's life, in seconds.
    PREVIEW_LIFE_S: i64 = 3_600;
    /// A preview link's token, in bytes: a website, a tree, an instant and a code have fewer.
    PREVIEW_TOKEN_BYTES_MAX: usize = 512;
    /// How long a tenant's status may be answered from memory, in seconds.
    TENANT_STATUS_CACHE_S: i64 = 60;
    /// How long it is remembered of a tenant that it is not in use, in seconds.
    INACTIVE_CACHE_S: i64 = 5;
    /// How long a host's website and its tenant's status are remembered for visitors, in seconds:
    /// shorter than the second purge's delay, so that no environment refills the edge after it.
    SITE_STATUS_CACHE_S: i64 = 25;
    /// How long a website's pointer may be answered from memory, in milliseconds.
    POINTER_CACHE_MS: i64 = 1_000;
    /// How long an unknown host or path may be answered from memory, in seconds.
    NEGATIVE_CACHE_S: i64 = 10;
    /// Entries of any cache that is not bounded in bytes.
    CACHE_ENTRIES_MAX: usize = 10_000;
    /// Bytes of memory that an environment keeps immutable objects in.
    CACHE_BYTES_MAX: usize = 67_108_864;
    /// How long a processed message is remembered, in seconds: the longest a queue keeps one.
    INBOX_LIFE_S: i64 = 1_209_600;
    /// How long a deleted website or tenant can be brought back, in seconds: thirty days.
    UNDO_LIFE_S: i64 = 2_592_000;
    /// How long an operation can be read after its end, in seconds.
    OPERATION_LIFE_S: i64 = 2_592_000;
    /// How long an entry of the audit trail is kept, in seconds: a year.
    AUDIT_LIFE_S: i64 = 31_536_000;
    /// How long one is kept of a tenant with the largest tiers, and of whom it is not known, in seconds: seven years,
    /// with their two leap days.
    AUDIT_LONG_LIFE_S: i64 = 220_924_800;
    /// What the audit trail shows of one value, in bytes of JSON; of a larger one it has the hash.
    AUDIT_VALUE_BYTES_MAX: usize = 256;
    /// What tells a thing in the audit trail from others of its type, in bytes, as it is asked for.
    AUDIT_RESOURCE_BYTES_MAX: usize = 256;
    /// Entries of the audit trail in one exported file.
    AUDIT_EXPORT_ITEMS_MAX: usize = 4_000;
    /// An exported file of the audit trail, in bytes; beyond it, it ends with a link to the next one.
    AUDIT_EXPORT_BYTES_MAX: usize = 3_145_728;
    /// Tenants of which one environment counts what is too frequent to be written down each time.
    TALLIED_TENANTS_MAX: usize = 1_000;
    /// Refused requests of a tenant that are written down at once.
    REFUSALS_NOTED: u64 = 1_000;
    /// Bytes of answers to a tenant that are written down at once: 64 MiB.
    EGRESS_NOTED_BYTES: u64 = 67_108_864;
    /// Admins who are written to about the suspension of their tenant.
    SUSPENSION_LETTERS_MAX: usize = 10;
    /// How long there can be an appeal against a suspension, and it can be read, in seconds: thirty days.
    APPEAL_LIFE_S: i64 = 2_592_000;
    /// What an appeal says, in characters.
    APPEAL_CHARS_MAX: usize = 2_000;
    /// How often it is told at most that an API key comes with another secret than its own, in seconds: once a minute,
    /// by each environment.
    API_KEY_MISUSE_TOLD_S: i64 = 60;
    /// How long an entry of the security stream of all tenants is kept, in seconds: four hundred days.
    SECURITY_STREAM_LIFE_S: i64 = 34_560_000;
    /// Entries of the audit trail in one seal.
    SEAL_ENTRIES_MAX: usize = 2_000;
    /// How old an entry is before it is sealed, in seconds: more than whatever writes one can take.
    SEAL_DELAY_S: i64 = 600;
    /// How often trails are sealed, in seconds.
    SEAL_EVERY_S: i64 = 3_600;
    /// Entries after which a verification of the audit trail ends its part, with a cursor for the next one.
    VERIFY_ENTRIES_MAX: u64 = 4_000;
    /// Seals of one part of a verification.
    VERIFY_SEALS_MAX: u64 = 50;
    /// A report of the proof that no tenant reaches another, in bytes without its signature.
    ISOLATION_REPORT_BYTES_MAX: usize = 65_536;
    /// A text in such a report, in characters.
    ISOLATION_REPORT_TEXT_CHARS_MAX: usize = 500;
    /// Attempts to move a pointer before a request gives way to those who move it, with 503.
    PUBLISH_ATTEMPTS_MAX: u32 = 40;
    /// Delay of the first purge after a pointer moved, in seconds: no environment may refill the
    /// edge with the page before.
    PURGE_FIRST_DELAY_S: u32 = 2;
    /// Delay of the second purge after a pointer moved, in seconds.
    PURGE_SECOND_DELAY_S: u32 = 30;
    /// Times a message is received before it goes to the dead-letter queue.
    RECEIVES_MAX: u32 = 6;
    /// How long an event may wait in the outbox before the sweeper sends it, in seconds.
    OUTBOX_PATIENCE_S: i64 = 120;
    /// Of what is left in every period, the part that one lease of requests takes: with eight environments at work, none
    /// has taken all of it.
    LEASE_SHARE: u32 = 8;
    /// The largest lease, in requests: what may be lost with an environment's memory.
    LEASE_REQUESTS_MAX: u32 = 256;
    /// Requests in a period that a contract may name.
    RATE_LIMIT_REQUESTS_MAX: u32 = 100_000_000;
    /// How long it is known what was asked on a day, in seconds: thirty-five days.
    TRAFFIC_LIFE_S: i64 = 3_024_000;
}
