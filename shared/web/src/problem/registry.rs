//! The closed list of problem types, each with its status, title, cause and cure.

use http::StatusCode;

/// Where the documentation of the types is, under the platform's origin.
pub const PROBLEM_PATH: &str = "/api/v1/problems";

macro_rules! problem_types {
    ($($name:ident = $slug:literal, $status:ident, $title:literal, $cause:literal, $fix:literal;)+) => {
        /// A kind of refusal.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ProblemType {
            $(#[doc = $title] $name,)+
        }

        impl ProblemType {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Returns the kind's name in its type URI.
            pub fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)+ }
            }

            /// Returns the HTTP status.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// Returns what stands in every document of the kind.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// Returns when it happens.
            pub fn cause(self) -> &'static str {
                match self { $(Self::$name => $cause,)+ }
            }

            /// Returns what to do about it.
            pub fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix,)+ }
            }
        }
    };
}

problem_types! {
    ValidationFailed = "validation_failed", UNPROCESSABLE_ENTITY, "The request's fields are not valid",
        "A field of the body, the query or a header is missing, unknown, or not what it must be.",
        "Read `errors`: each entry names the place and what is wrong with it. There are 20 at most.";
    MalformedRequest = "malformed_request", BAD_REQUEST, "The request cannot be read",
        "The body is not JSON, nests deeper than 127 levels or has a number that none can hold; or the request breaks the rules of HTTP.",
        "Send well-formed JSON in UTF-8.";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body is not JSON",
        "The body's `Content-Type` is not `application/json` in UTF-8, or it has a `Content-Encoding`.",
        "Send `Content-Type: application/json`, and the body as it is.";
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE, "The body is too large",
        "The body is larger than 1 MiB.",
        "Send less in one request.";
    InvalidCursor = "invalid_cursor", BAD_REQUEST, "The cursor is not valid",
        "The cursor was changed, has expired, or belongs to another list.",
        "Begin the list again without a cursor.";
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "A credential is needed",
        "There is no bearer token, or it is not one of ours.",
        "Sign in and send the access token as `Authorization: Bearer`.";
    TokenExpired = "token_expired", UNAUTHORIZED, "The access token has expired",
        "Access tokens are good for 15 minutes, unless they are taken back.",
        "Get a new one with the refresh token, or sign in again.";
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED, "The e-mail address or the password is wrong",
        "No person has this address and this password, or the refresh token is not good any more, or the code came too late after the password.",
        "Check both, or sign in again.";
    MfaCodeRequired = "mfa_code_required", UNAUTHORIZED, "A code of the authenticator is needed",
        "The password is right, and the person has an authenticator.",
        "Send `mfaToken` and a code to `/api/v1/auth/mfa/verify` within five minutes.";
    InvalidMfaCode = "invalid_mfa_code", UNAUTHORIZED, "The code is wrong",
        "It is not the code that the authenticator shows, was used before, or is no recovery code that is left.",
        "Wait for the next code, or send a recovery code.";
    MfaRequired = "mfa_required", FORBIDDEN, "A second factor is needed here",
        "The tenant asks for it for a role of the person's, or the platform of its operators, and there is no authenticator, or the sign-in is from before it or without its code.",
        "Set an authenticator up at `/api/v1/auth/mfa`, or sign in again with a code.";
    CrossSite = "cross_site", FORBIDDEN, "Another website may be asking",
        "The sign-in is in cookies, and the request has not the `Origin` of the portal, or not the `X-CSRF-Token` of this sign-in.",
        "Ask from a page of the portal, with what stands in the cookie `__Host-csrf` as `X-CSRF-Token`; or send the access token in `Authorization`.";
    TenantRequired = "tenant_required", BAD_REQUEST, "Tenant context required",
        "The request needs a tenant, and its credential has none.",
        "Sign in to a tenant.";
    TenantInactive = "tenant_inactive", FORBIDDEN, "Tenant not found or inactive",
        "The tenant is unknown, still being made, suspended or deleted.",
        "Wait until it is made, or ask the platform's operators.";
    Forbidden = "forbidden", FORBIDDEN, "This is not allowed",
        "The role of the credential does not have the permission.",
        "Ask a tenant admin.";
    FeatureUnavailable = "feature_unavailable", FORBIDDEN, "The tenant does not have this",
        "It comes with a higher tier, or is not in the tenant's contract; `feature` names it.",
        "Change the tier, or ask the platform's operators.";
    NotFound = "not_found", NOT_FOUND, "There is nothing here",
        "Nothing with this address or id exists in the tenant.",
        "Check the address and the id.";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The method is not allowed here",
        "The address exists, but not with this method.",
        "See the API's description for what the address takes.";
    Conflict = "conflict", CONFLICT, "The request conflicts with another",
        "Something else changed at the same time, or is in the way.",
        "Read the resource again and decide.";
    SubdomainTaken = "subdomain_taken", CONFLICT, "The subdomain is taken",
        "Another tenant or website has this name in its host names.",
        "Choose another one.";
    EmailTaken = "email_taken", CONFLICT, "The e-mail address is taken",
        "A person with this address exists, and the password is not that person's.",
        "Sign in, or register with that person's password.";
    SlugTaken = "slug_taken", CONFLICT, "The slug is taken",
        "Another page of the website has this slug.",
        "Choose another one.";
    IllegalTransition = "illegal_transition", CONFLICT, "The status cannot change like this",
        "There is no way from the present status to the one asked for.",
        "See the table of transitions.";
    LastAdmin = "last_admin", CONFLICT, "Nobody else runs the tenant",
        "The member is the only tenant admin who is not disabled.",
        "Make somebody else a tenant admin first.";
    EmailUnverified = "email_unverified", FORBIDDEN, "The e-mail address is not proved",
        "Whoever asks has not followed the link that was sent to the e-mail address.",
        "Follow the link, or have another one sent.";
    LinkExpired = "link_expired", GONE, "The link is not good any more",
        "The link is too old, has done what it was for, or was not made by the platform.",
        "Ask for a new one.";
    ChooseTenant = "choose_tenant", CONFLICT, "A tenant must be chosen",
        "The person belongs to several tenants.",
        "Send `tenantId`, one of `tenants`.";
    IdempotencyMismatch = "idempotency_mismatch", UNPROCESSABLE_ENTITY, "The idempotency key was used for another request",
        "An earlier request under the same `Idempotency-Key` had another body or another `If-Match`.",
        "Use a new key for a new request.";
    PreconditionRequired = "precondition_required", PRECONDITION_REQUIRED, "If-Match is needed",
        "The resource is versioned, and the request does not say which version it means.",
        "Send the `ETag` that was read as `If-Match`.";
    PreconditionFailed = "precondition_failed", PRECONDITION_FAILED, "The resource has changed",
        "Somebody changed the resource since it was read.",
        "Read it again, and apply the change to what it is now.";
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "Too often",
        "This was done as often as it may be for now.",
        "Wait for as long as `Retry-After` says.";
    QuotaExceeded = "quota_exceeded", TOO_MANY_REQUESTS, "The quota is used up",
        "There is as much of this as the tenant may have, by its tier or at all.",
        "Delete something, or change the tier where the limit is the tier's.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong on our side",
        "A failure that is not the request's fault.",
        "Try again; if it stays, report the `instance`.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The platform is busy",
        "Something that the request needs cannot be reached for the moment.",
        "Try again after `Retry-After`.";
}

impl std::fmt::Display for ProblemType {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.slug())
    }
}
