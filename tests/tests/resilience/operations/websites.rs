//! The operations on websites, releases and pages, and what visitors do.

use serde_json::json;
use tests::client::Call;

use super::{ATTEMPTS, Cases, Deed, STALE};
use crate::scene::{Cast, etag, page_body, post, website_call};

pub(super) async fn websites(cases: &mut Cases, cast: &Cast) {
    let token = cast.acme.tokens.access.as_str();
    let site = cast.acme.website.as_str();
    let (theme, releases) = (format!("{site}/theme"), format!("{site}/releases"));
    let [newest, .., oldest] = cast.releases.as_slice() else {
        panic!("there are releases");
    };
    for (operation, path) in [
        ("list_websites", "/api/v1/websites".to_owned()),
        ("get_website", site.to_owned()),
        ("get_theme", theme.clone()),
        ("list_releases", releases.clone()),
        ("get_release", format!("{releases}/{oldest}")),
        (
            "diff_releases",
            format!("{releases}/{oldest}/diff/{newest}"),
        ),
    ] {
        cases.add(operation, "", 200, Call::get(path).bearer(token));
    }
    let foreign = post(format!("{}/releases/{oldest}/preview", cast.foreign)).bearer(token);
    cases.add("preview_release", "of another tenant", 404, foreign);
    if let Some(case) = cases.made.last_mut() {
        case.repeated = ATTEMPTS;
    }
    let call = post(format!("{releases}/{oldest}/preview"));
    cases.add("preview_release", "", 201, call.bearer(token));
    let call = website_call("made").with("idempotency-key", "made");
    cases.add("create_website", "", 202, call.bearer(token));
    let activate = post(format!("{releases}/{oldest}/activate")).bearer(token);
    cases.add("activate_release", "", 200, activate.clone());
    cases.add(
        "activate_release",
        "keyed",
        200,
        activate.with("idempotency-key", "back"),
    );
    let of_theme = etag(&cases.base.world, token, &theme).await;
    let call = Call::put(&theme, &json!({ "themeId": "journal", "settings": {} }));
    let call = call.bearer(token).if_match(&of_theme);
    cases.add_again("choose_theme", "", (200, STALE), call);
    for (way, path, body) in [
        (
            "configured",
            site,
            json!({ "name": "Renamed", "configuration": { "locale": "de" } }),
        ),
        (
            "closed",
            site,
            json!({ "name": "Renamed", "status": "Maintenance" }),
        ),
        (
            "brought back",
            &cast.deleted,
            json!({ "name": "old", "status": "Active" }),
        ),
    ] {
        let version = etag(&cases.base.world, token, path).await;
        let call = Call::put(path, &body).bearer(token).if_match(&version);
        cases.add_again("update_website", way, (200, STALE), call);
    }
    let version = etag(&cases.base.world, token, site).await;
    let call = Call::delete(site).bearer(token).if_match(&version);
    cases.add_again("delete_website", "", (204, STALE), call);
}

pub(super) async fn content(cases: &mut Cases, cast: &Cast) {
    let token = cast.acme.tokens.access.as_str();
    let pages = format!("{}/pages", cast.acme.website);
    cases.add("list_pages", "", 200, Call::get(&pages).bearer(token));
    cases.add("get_page", "", 200, Call::get(&cast.live).bearer(token));
    let call = Call::post(&pages, &page_body("made", "Made.")).bearer(token);
    cases.add("create_page", "", 201, call.with("idempotency-key", "made"));
    let large = "Many words. ".repeat(4_000);
    let call = Call::post(&pages, &page_body("large", &large)).bearer(token);
    cases.add(
        "create_page",
        "large",
        201,
        call.with("idempotency-key", "large"),
    );
    for (way, page, slug) in [
        ("", &cast.draft, "draft"),
        ("moved", &cast.live, "elsewhere"),
    ] {
        let version = etag(&cases.base.world, token, page).await;
        let call = Call::put(page, &page_body(slug, "New text.")).bearer(token);
        cases.add_again("update_page", way, (200, STALE), call.if_match(&version));
    }
    for (way, page) in [("draft", &cast.draft), ("live", &cast.live)] {
        let version = etag(&cases.base.world, token, page).await;
        let call = Call::delete(page).bearer(token).if_match(&version);
        cases.add_again("delete_page", way, (204, &[404, 412]), call);
    }
    for (operation, way, page) in [
        ("publish_page", "new", &cast.draft),
        ("publish_page", "changed", &cast.changed),
        ("unpublish_page", "", &cast.live),
    ] {
        let verb = operation.trim_end_matches("_page");
        let call = post(format!("{page}/{verb}")).bearer(token);
        cases.add(operation, way, 200, call.clone());
        if way != "changed" {
            cases.add(
                operation,
                "keyed",
                200,
                call.with("idempotency-key", "once"),
            );
        }
    }
}

pub(super) fn visits(cases: &mut Cases, cast: &Cast) {
    let host = cast.acme.host();
    for (way, path, status) in [
        ("page", "/about", 200),
        ("robots", "/robots.txt", 200),
        ("sitemap", "/sitemap.xml", 200),
        ("missing", "/missing", 404),
    ] {
        let deed = Deed::Visit(host.clone(), Call::get(path));
        cases.push("visit", way, (status, &[]), deed);
    }
}
