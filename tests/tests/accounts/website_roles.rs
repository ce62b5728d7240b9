//! Roles on single websites: given as data, seen by those who have them, and gone when they are taken.

use http::{Method, StatusCode};
use kernel::limits::WEBSITE_ROLES_MAX;
use serde_json::{Value, json};
use tenancy::Role;
use tenancy::records::Tier;
use tests::client::{Answer, Call, assert_refused};
use tests::walkthrough::make_website;

use super::members::Team;
use super::signed_in::{SignedIn, minute};

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

impl Team {
    /// Makes a website of the tenant; returns its id.
    async fn website(&self, subdomain: &str) -> String {
        let client = self.scene.world.client();
        let place = make_website(&client, &self.admin.access, subdomain).await;
        place.unwrap().rsplit('/').next().unwrap().to_owned()
    }

    /// Says what the other member is, in the tenant and on websites.
    async fn say(&self, role: &str, websites: Value) -> Answer {
        let read = self.read(&self.place).await;
        let body = json!({ "role": role, "state": "active", "websites": websites });
        let put = Call::put(&self.place, &body);
        self.call(put.if_match(read.header("etag"))).await
    }

    async fn ask(&self, member: &SignedIn, call: Call) -> Answer {
        self.scene.call(call.bearer(&member.access)).await
    }
}

fn on(website: &str, role: &str) -> Value {
    json!({ "websiteId": website, "role": role })
}

fn page(website: &str) -> Call {
    let body = json!({
        "title": "About",
        "slug": "about",
        "content": { "format": "markdown", "value": "Us." },
    });
    Call::post(format!("/api/v1/websites/{website}/pages"), &body)
}

#[tokio::test]
async fn who_edits_one_website_does_that_and_nothing_else() {
    let team = Team::new(820, Role::Member).await;
    let site = team.website("one").await;
    let said = team
        .say("member", json!([on(&site, "contentEditor")]))
        .await;
    assert_eq!(said.status, 200, "{}", said.text());
    assert_eq!(said.json()["websites"], json!([on(&site, "contentEditor")]));
    let member = team.member().await;
    let website = format!("/api/v1/websites/{site}");
    let own = team.ask(&member, Call::get("/api/v1/auth/tenants")).await;
    let own = own.json();
    let here = own["items"].as_array().unwrap().iter();
    let mut here = here.filter(|tenant| tenant["tenantId"] == *team.tenant);
    assert_eq!(
        here.next().unwrap()["websites"],
        json!([on(&site, "contentEditor")])
    );
    for (status, call) in [
        (200, Call::get("/api/v1/tenant/profile")),
        (200, Call::get(&website)),
        (201, page(&site)),
        (403, Call::delete(&website).if_match("\"1\"")),
        (403, Call::get("/api/v1/tenant/users")),
        (403, Call::get(format!("/api/v1/operations/{NOBODY}"))),
        (
            403,
            Call::post(
                "/api/v1/websites",
                &json!({ "name": "Two", "subdomain": "two" }),
            ),
        ),
        (404, Call::get(format!("/api/v1/websites/{NOBODY}"))),
        (404, Call::get("/api/v1/websites/none")),
        (404, Call::delete("/api/v1/websites/none").if_match("\"1\"")),
    ] {
        let answer = team.ask(&member, call.clone()).await;
        assert_eq!(answer.status, status, "{call:?}: {}", answer.text());
    }
}

#[tokio::test]
async fn the_higher_role_counts_on_a_website() {
    let team = Team::new(821, Role::ContentEditor).await;
    let site = team.website("one").await;
    let theme = || {
        let theme = json!({ "themeId": "journal", "settings": {} });
        Call::put(format!("/api/v1/websites/{site}/theme"), &theme)
    };
    let editor = team.member().await;
    let refused = team.ask(&editor, theme().if_match("\"1\"")).await;
    assert_refused(&refused, 403, "forbidden");
    let said = team
        .say("contentEditor", json!([on(&site, "websiteAdmin")]))
        .await;
    assert_eq!(said.status, 200, "{}", said.text());
    let admin = team.member().await;
    let read = Call::get(format!("/api/v1/websites/{site}/theme"));
    let read = team.ask(&admin, read).await;
    let chosen = team.ask(&admin, theme().if_match(read.header("etag")));
    let chosen = chosen.await;
    assert_eq!(chosen.status, 200, "{}", chosen.text());
    // A lower one on a website takes nothing away.
    let said = team
        .say("websiteAdmin", json!([on(&site, "contentEditor")]))
        .await;
    assert_eq!(said.status, 200, "{}", said.text());
    let admin = team.member().await;
    let read = Call::get(format!("/api/v1/websites/{site}"));
    let read = team.ask(&admin, read).await;
    let delete = Call::delete(format!("/api/v1/websites/{site}")).if_match(read.header("etag"));
    assert_eq!(team.ask(&admin, delete).await.status, 204);
}

#[tokio::test]
async fn a_role_on_a_website_that_is_taken_away_is_gone_within_a_minute() {
    let team = Team::new(822, Role::Member).await;
    let site = team.website("one").await;
    team.say("member", json!([on(&site, "contentEditor")]))
        .await;
    let member = team.member().await;
    let website = Call::get(format!("/api/v1/websites/{site}"));
    assert_eq!(team.ask(&member, website.clone()).await.status, 200);
    let said = team.say("member", json!([])).await;
    assert_eq!(said.status, 200, "{}", said.text());
    minute(&team.scene).await;
    let refused = team.ask(&member, website.clone()).await;
    assert_refused(&refused, 401, "token_expired");
    let next = team.scene.refresh(&member.refresh).await;
    let next = SignedIn::of(&team.scene, &next).await;
    assert_refused(&team.ask(&next, website).await, 404, "not_found");
    let list = team.ask(&next, Call::get("/api/v1/websites")).await;
    assert_eq!(list.json()["items"], json!([]));
}

#[tokio::test]
async fn the_websites_somebody_may_read_are_listed_page_by_page() {
    let team = Team::new(823, Role::Member).await;
    let raised = team.scene.world.set_tier(&team.tenant, Tier::Professional);
    raised.await.unwrap();
    let mut sites = Vec::new();
    for name in ["one", "two", "three", "four"] {
        sites.push(team.website(name).await);
    }
    let roles = sites[1..].iter().map(|site| on(site, "contentEditor"));
    let roles: Vec<_> = roles.collect();
    let said = team.say("member", json!(roles)).await;
    assert_eq!(said.status, 200, "{}", said.text());
    let member = team.member().await;
    let (mut path, mut seen, mut pages) = ("/api/v1/websites?limit=2".to_owned(), Vec::new(), 0);
    loop {
        let page = team.ask(&member, Call::get(&path)).await;
        let page = page.expect(StatusCode::OK).unwrap().json();
        let items = page["items"].as_array().unwrap().iter();
        seen.extend(items.map(|site| site["id"].as_str().unwrap().to_owned()));
        pages += 1;
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        path = format!("/api/v1/websites?limit=2&cursor={cursor}");
    }
    assert_eq!((seen, pages), (sites[1..].to_vec(), 2));
}

#[tokio::test]
async fn what_is_no_role_on_a_website_is_refused() {
    let team = Team::new(824, Role::Member).await;
    let site = team.website("one").await;
    let many: Vec<_> = (0..=WEBSITE_ROLES_MAX)
        .map(|number| {
            on(
                &format!("01890a5d-ac96-774b-bcce-b3020000{number:04}"),
                "contentEditor",
            )
        })
        .collect();
    for (websites, pointer) in [
        (json!([on(&site, "tenantAdmin")]), "/websites/0/role"),
        (json!([on(&site, "member")]), "/websites/0/role"),
        (
            json!([on(&site, "contentEditor"), on(&site, "websiteAdmin")]),
            "/websites/1/websiteId",
        ),
        (
            json!([on("none", "contentEditor")]),
            "/websites/0/websiteId",
        ),
        (json!([on(NOBODY, "contentEditor")]), "/websites"),
        (json!(many), "/websites"),
        (json!({}), "/websites"),
    ] {
        let refused = team.say("member", websites.clone()).await;
        assert_refused(&refused, 422, "validation_failed");
        let told = refused.json();
        assert_eq!(told["errors"][0]["pointer"], pointer, "{websites}");
    }
    let read = team.read(&team.place).await.json();
    assert_eq!(read["websites"], json!([]));
}

#[tokio::test]
async fn another_tenants_website_is_as_good_as_none() {
    let team = Team::new(825, Role::Member).await;
    let other = SignedIn::to(&team.scene, &team.other, &team.elsewhere).await;
    let client = team.scene.world.client();
    let foreign = make_website(&client, &other.access, "theirs")
        .await
        .unwrap();
    let foreign = foreign.rsplit('/').next().unwrap();
    let refused = team
        .say("member", json!([on(foreign, "websiteAdmin")]))
        .await;
    let missing = team
        .say("member", json!([on(NOBODY, "websiteAdmin")]))
        .await;
    assert_refused(&refused, 422, "validation_failed");
    assert_eq!(refused.json()["errors"], missing.json()["errors"]);
}

#[tokio::test]
async fn an_invitation_can_be_to_one_website() {
    let team = Team::new(826, Role::Member).await;
    team.scene.world.verify("owner@acme.example").await.unwrap();
    let site = team.website("one").await;
    let invite = |websites: Value| {
        let body = json!({
            "email": "grace@guests.example",
            "role": "member",
            "websites": websites,
        });
        Call::post("/api/v1/tenant/users", &body)
    };
    let refused = team
        .call(invite(json!([on(NOBODY, "contentEditor")])))
        .await;
    assert_refused(&refused, 422, "validation_failed");
    let invited = team.call(invite(json!([on(&site, "contentEditor")]))).await;
    assert_eq!(invited.status, 201, "{}", invited.text());
    assert_eq!(
        invited.json()["websites"],
        json!([on(&site, "contentEditor")])
    );
    team.scene.world.platform.settle().await.unwrap();
    let token = team.scene.world.token_to("grace@guests.example").await;
    let password = "a horse of another colour";
    let accept = json!({ "token": token.unwrap(), "password": password });
    let accepted = team.scene.post("/api/v1/auth/invitations/accept", &accept);
    assert_eq!(accepted.await.status, 200);
    let grace = json!({ "email": "grace@guests.example", "password": password });
    let grace = team.scene.post("/api/v1/auth/login", &grace).await;
    let grace = SignedIn::of(&team.scene, &grace).await;
    assert_eq!(team.ask(&grace, page(&site)).await.status, 201);
    let publish = Call::new(
        Method::POST,
        format!("/api/v1/websites/{site}/releases/{NOBODY}/activate"),
    );
    assert_refused(&team.ask(&grace, publish).await, 403, "forbidden");
}
