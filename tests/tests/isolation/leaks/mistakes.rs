//! The mistakes, one by one.

use serde_json::json;

use super::deed::Deed;
use crate::tuples::Kind;

/// What is done to a request and to its answer.
pub(super) type Mistake = fn(&mut Deed<'_>);

/// A mistake.
pub(super) struct Leak {
    pub(super) name: &'static str,
    /// The routes on which it is made, and the dimension of the place in a request that it is about.
    pub(super) routes: &'static [&'static str],
    pub(super) place: &'static str,
    /// What the proof says of it.
    pub(super) told: &'static str,
    pub(super) before: Mistake,
    pub(super) after: Mistake,
}

fn nothing(_: &mut Deed<'_>) {}

const WEBSITE: &str = "GET /api/v1/websites/{website}";
const PROFILE: &str = "GET /api/v1/tenant/profile";
const PAGES: &str = "GET /api/v1/websites/{website}/pages";
const NEW_PAGE: &str = "POST /api/v1/websites/{website}/pages";

/// What the proof says: of what an answer holds,
const TOLD: &str = ": told Some";
/// of an answer that is not the one for what never was,
const UNLIKE: &str = "for what is another's";
/// of an id in an answer,
const NAMED: &str = "named another's";
/// of what stands in a log,
const LOGGED: &str = "the log told";
/// of what was written with another's words,
const WRITTEN: &str = "it was written down";
/// of what was there,
const CHANGED: &str = "it was changed";
/// and of what was not.
const ADDED: &str = "it was added to what is another's";

/// Makes a leak of what is done before.
const fn before(
    name: &'static str,
    routes: &'static [&'static str],
    [place, told]: [&'static str; 2],
    before: Mistake,
) -> Leak {
    Leak {
        name,
        routes,
        place,
        told,
        before,
        after: nothing,
    }
}

/// Makes a leak of what is done after.
const fn after(
    name: &'static str,
    routes: &'static [&'static str],
    [place, told]: [&'static str; 2],
    after: Mistake,
) -> Leak {
    Leak {
        name,
        routes,
        place,
        told,
        before: nothing,
        after,
    }
}

pub(super) const LEAKS: [Leak; 28] = [
    before(
        "the tenant of a website is not held against the caller's",
        &[WEBSITE],
        ["path", TOLD],
        |it| {
            it.follow(Kind::Website);
        },
    ),
    before(
        "nor that of a website's pages",
        &[PAGES],
        ["path", TOLD],
        |it| {
            it.follow(Kind::Website);
        },
    ),
    before(
        "nor that of a page",
        &["GET /api/v1/websites/{website}/pages/{page}"],
        ["path", TOLD],
        |it| {
            let [website, page] = [Kind::Website, Kind::Page].map(|kind| it.id(kind).to_owned());
            if it.asked.contains(&page) {
                it.become_other();
                it.go_to(&format!("/api/v1/websites/{website}/pages/{page}"));
            }
        },
    ),
    before(
        "nor that of an operation",
        &["GET /api/v1/operations/{operation}"],
        ["path", NAMED],
        |it| {
            it.follow(Kind::Operation);
        },
    ),
    before(
        "nor that of a member",
        &["GET /api/v1/tenant/users/{person}"],
        ["path", TOLD],
        |it| {
            it.follow(Kind::Person);
        },
    ),
    before(
        "nor that of an invitation",
        &["GET /api/v1/tenant/invitations/{invitation}"],
        ["path", TOLD],
        |it| {
            it.follow(Kind::Invitation);
        },
    ),
    before(
        "nor that of an API key",
        &["GET /api/v1/tenant/api-keys/{key}"],
        ["path", TOLD],
        |it| {
            it.follow(Kind::ApiKey);
        },
    ),
    before(
        "somebody's sign-in is ended by its id alone",
        &["DELETE /api/v1/auth/sessions/{session}"],
        ["path", CHANGED],
        |it| {
            it.follow(Kind::Session);
        },
    ),
    before(
        "a header says whose the request is",
        &[PROFILE],
        ["header", TOLD],
        |it| {
            if it.header("x-tenant-id") == it.target.tenant {
                it.become_other();
                it.remove_header("x-tenant-id");
            }
        },
    ),
    before(
        "a forwarded host says whose the request is",
        &[PROFILE],
        ["header", TOLD],
        |it| {
            if it.header("x-forwarded-host") == it.id(Kind::Host) {
                it.become_other();
            }
        },
    ),
    before(
        "the query says whose the request is",
        &[PROFILE],
        ["query", TOLD],
        |it| {
            if it.query().contains(&it.target.tenant) {
                it.become_other();
                it.payload["rawQueryString"] = json!("");
            }
        },
    ),
    before(
        "the body says whose the request is",
        &[NEW_PAGE],
        ["body field", ADDED],
        |it| {
            let tenant = it.target.tenant.clone();
            let website = it.id(Kind::Website).to_owned();
            let is_said = it.payload["body"]
                .as_str()
                .is_some_and(|body| body.contains(&tenant));
            if is_said {
                it.become_other();
                it.go_to(&format!("/api/v1/websites/{website}/pages"));
                it.rewrite(|body| {
                    body["title"] = json!("Title");
                    body["slug"] = json!("written-by-another");
                    body.as_object_mut().map(|body| body.remove("tenantId"));
                });
            }
        },
    ),
    before(
        "a cursor says whose list goes on",
        &["GET /api/v1/websites", "GET /api/v1/tenant/users"],
        ["cursor", TOLD],
        |it| {
            if it
                .target
                .cursors
                .iter()
                .any(|cursor| it.query().contains(cursor))
            {
                it.become_other();
            }
        },
    ),
    before(
        "a request's key is everybody's",
        &[NEW_PAGE],
        ["idempotency key", UNLIKE],
        |it| {
            if it.header("idempotency-key") == it.id(Kind::IdempotencyKey) {
                it.become_other();
                let website = it.id(Kind::Website).to_owned();
                it.go_to(&format!("/api/v1/websites/{website}/pages"));
                it.payload["headers"]["idempotency-key"] = json!("another");
            }
        },
    ),
    before(
        "answers are kept without saying whose they are",
        &[PROFILE],
        ["query", TOLD],
        |it| {
            it.become_other();
            it.payload["rawQueryString"] = json!("");
        },
    ),
    before(
        "a key that was deleted is another tenant's",
        &[PROFILE],
        ["file name", TOLD],
        |it| {
            let deleted = it.target.deleted_key.as_deref();
            if deleted.is_some_and(|key| it.header("authorization").ends_with(key)) {
                it.become_other();
            }
        },
    ),
    before(
        "what is deleted is another's",
        &["DELETE /api/v1/websites/{website}"],
        ["path", CHANGED],
        |it| {
            it.follow(Kind::Website);
        },
    ),
    after(
        "what is another's is forbidden, not missing",
        &[WEBSITE],
        ["path", UNLIKE],
        |it| {
            if it.is_foreign() && it.answer["statusCode"] == json!(404) {
                it.answer["statusCode"] = json!(403);
                it.tell(|body| {
                    body.replace("\"status\":404", "\"status\":403")
                        .replace("There is nothing here", "This is not allowed")
                        .replace("not_found", "forbidden")
                });
            }
        },
    ),
    after(
        "a header tells that there is something",
        &[PAGES],
        ["path", UNLIKE],
        |it| {
            if it.is_foreign() {
                it.answer["headers"]["x-cache-status"] = json!("hit");
            }
        },
    ),
    after(
        "the words of a refusal tell that there is something",
        &[WEBSITE],
        ["path", UNLIKE],
        |it| {
            if it.is_foreign() {
                it.tell(|body| {
                    body.replace("\"status\":404", "\"detail\":\"not yours\",\"status\":404")
                });
            }
        },
    ),
    after(
        "a refusal quotes what it refuses",
        &["GET /api/v1/tenant/api-keys/{key}"],
        ["path", TOLD],
        |it| {
            if it.is_foreign() {
                let detail = format!("\"detail\":\"{}\",\"status\":404", it.target.mark);
                it.tell(|body| body.replace("\"status\":404", &detail));
            }
        },
    ),
    after(
        "the address of what was made is another's",
        &[PROFILE],
        ["file name", TOLD],
        |it| {
            let mark = it.target.mark.clone();
            it.answer["headers"]["location"] = json!(format!("/api/v1/files/{mark}"));
        },
    ),
    after("a log tells it", &[WEBSITE], ["path", LOGGED], |it| {
        if it.is_foreign() {
            tracing::info!(website = it.target.mark, "somebody asked for a website");
        }
    }),
    Leak {
        name: "a draft is written with another's words, which the answer does not tell",
        routes: &[NEW_PAGE],
        place: "file name",
        told: WRITTEN,
        before: |it| {
            let mark = it.target.mark.clone();
            it.rewrite(|body| {
                body["title"] = json!(mark);
                body["slug"] = json!("drawn-from-another");
            });
        },
        after: |it| it.tell(|_| "{}".to_owned()),
    },
    Leak {
        name: "a letter goes to another's guest",
        routes: &["POST /api/v1/tenant/users"],
        place: "file name",
        told: WRITTEN,
        before: |it| {
            let mark = it.target.mark.clone();
            it.rewrite(|body| body["email"] = json!(format!("{mark}@guests.example")));
        },
        after: |it| it.tell(|_| "{}".to_owned()),
    },
    Leak {
        name: "what is another's is changed, and the answer says that it is missing",
        routes: &["POST /api/v1/websites/{website}/pages/{page}/unpublish"],
        place: "path",
        told: CHANGED,
        before: |it| {
            let [website, page] = [Kind::Website, Kind::Page].map(|kind| it.id(kind).to_owned());
            if it.is_foreign() {
                it.become_other();
                it.go_to(&format!(
                    "/api/v1/websites/{website}/pages/{page}/unpublish"
                ));
            }
        },
        after: |it| {
            if it.is_foreign() {
                it.answer["statusCode"] = json!(404);
                it.answer["headers"] = json!({});
                it.answer["body"] = json!("{}");
            } else if it.answer["statusCode"] == json!(404) {
                it.answer["headers"] = json!({});
                it.answer["body"] = json!("{}");
            }
        },
    },
    after(
        "a list names what is another's",
        &["GET /api/v1/auth/sessions"],
        ["header", NAMED],
        |it| {
            let session = it.id(Kind::Session).to_owned();
            it.tell(|body| body.replacen("\"id\":\"", &format!("\"id\":\"{session}"), 1));
        },
    ),
    Leak {
        name: "something is written beside what is another's, in nobody's words",
        routes: &["POST /api/v1/websites/{website}/pages"],
        place: "query",
        told: ADDED,
        before: |it| {
            let website = it.id(Kind::Website).to_owned();
            it.become_other();
            it.go_to(&format!("/api/v1/websites/{website}/pages"));
            it.payload["rawQueryString"] = json!("");
            it.rewrite(|body| body["slug"] = json!("in-nobodys-words"));
        },
        after: |it| {
            it.answer["statusCode"] = json!(404);
            it.answer["headers"] = json!({});
            it.answer["body"] = json!("{}");
        },
    },
];
