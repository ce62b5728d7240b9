//! What roles may do, as tenants say it.

use http::Method;
use serde_json::{Value, json};
use tenancy::Role;
use tests::client::{Answer, Call, assert_refused};
use tests::walkthrough::{make_page, make_website};

use super::members::Team;
use super::signed_in::{SignedIn, minute};

const ROLES: &str = "/api/v1/tenant/roles";

impl Team {
    async fn policy(&self) -> Answer {
        self.read(ROLES).await
    }

    /// Says what one role may do, and nothing of the others.
    async fn grant(&self, query: &str, role: &str, permissions: &[&str]) -> Answer {
        let read = self.policy().await;
        let body = json!({ "roles": [{ "role": role, "permissions": permissions }] });
        let put = Call::put(format!("{ROLES}{query}"), &body);
        self.call(put.if_match(read.header("etag"))).await
    }
}

fn permissions(roles: &Value, role: &str) -> Vec<String> {
    let mut roles = roles.as_array().unwrap().iter();
    let found = roles.find(|entry| entry["role"] == role).unwrap();
    let names = found["permissions"].as_array().unwrap().iter();
    names
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn roles_have_their_built_in_permissions_until_somebody_says_otherwise() {
    let team = Team::new(840, Role::ContentEditor).await;
    let read = team.policy().await.json();
    let member = permissions(&read["roles"], "member");
    assert_eq!(member, ["tenant.read", "websites.list"]);
    let editor = permissions(&read["roles"], "contentEditor");
    assert!(editor.contains(&"content.publish".to_owned()), "{editor:?}");
    assert!(!editor.contains(&"websites.manage".to_owned()));
    let admin = permissions(&read["fixed"], "tenantAdmin");
    for name in ["members.manage", "roles.manage", "content.edit"] {
        assert!(admin.contains(&name.to_owned()), "{name}");
    }
    // What was read can be said: nothing changes.
    let body = json!({ "roles": read["roles"] });
    let etag = team.policy().await.header("etag").to_owned();
    let same = team.call(Call::put(ROLES, &body).if_match(&etag)).await;
    assert_eq!(same.status, 200, "{}", same.text());
    assert_eq!(same.header("etag"), etag);
    assert_eq!(same.json()["affected"], json!([]));
}

#[tokio::test]
async fn a_change_counts_within_a_minute_for_tokens_that_there_are() {
    let team = Team::new(841, Role::ContentEditor).await;
    let client = team.scene.world.client();
    let website = make_website(&client, &team.admin.access, "one").await;
    let website = website.unwrap();
    let editor = team.member().await;
    let ask = async |call: Call| team.scene.call(call.bearer(&editor.access)).await;
    let page = |slug: &str| {
        let body = json!({
            "title": "About",
            "slug": slug,
            "content": { "format": "markdown", "value": "Us." },
        });
        Call::post(format!("{website}/pages"), &body)
    };
    let made = ask(page("about")).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let may = [
        "tenant.read",
        "websites.list",
        "websites.read",
        "content.read",
    ];
    let said = team.grant("", "contentEditor", &may).await;
    assert_eq!(said.status, 200, "{}", said.text());
    assert_eq!(permissions(&said.json()["roles"], "contentEditor").len(), 4);
    minute(&team.scene).await;
    assert_refused(&ask(page("other")).await, 403, "forbidden");
    let publish = format!("{website}/pages/{}/publish", made.at("/id").unwrap());
    let publish = Call::new(Method::POST, publish);
    assert_refused(&ask(publish.clone()).await, 403, "forbidden");
    assert_eq!(ask(Call::get(format!("{website}/pages"))).await.status, 200);
    // And the other way: what was no editor's before.
    let more = [&may[..], &["content.publish", "tenant.manage"]].concat();
    let said = team.grant("", "contentEditor", &more).await;
    assert_eq!(said.status, 200, "{}", said.text());
    minute(&team.scene).await;
    assert_eq!(ask(publish).await.status, 200);
    let profile = ask(Call::get("/api/v1/tenant/profile")).await;
    let rename = Call::put("/api/v1/tenant/profile", &json!({ "name": "Renamed" }));
    let renamed = ask(rename.if_match(profile.header("etag"))).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text());
}

#[tokio::test]
async fn a_dry_run_tells_who_gains_and_loses_what_and_changes_nothing() {
    let team = Team::new(842, Role::ContentEditor).await;
    let before = team.policy().await;
    let may = ["tenant.read", "websites.list", "tenant.manage"];
    let tried = team.grant("?dryRun=true", "contentEditor", &may).await;
    assert_eq!(tried.status, 200, "{}", tried.text());
    let told = tried.json();
    assert_eq!(told["isDryRun"], true);
    assert_eq!(told["hasMore"], false);
    let affected = told["affected"].as_array().unwrap();
    assert_eq!(affected.len(), 1, "{affected:?}");
    assert_eq!(affected[0]["email"], "owner@other.example");
    assert_eq!(affected[0]["gains"], json!(["tenant.manage"]));
    let losses = affected[0]["losses"].as_array().unwrap();
    assert!(losses.contains(&json!("content.edit")), "{losses:?}");
    assert!(!losses.contains(&json!("tenant.read")));
    let after = team.policy().await;
    assert_eq!(after.json(), before.json());
    assert_eq!(after.header("etag"), before.header("etag"));
    let done = team.grant("?dryRun=false", "contentEditor", &may).await;
    assert_eq!(done.json()["affected"], told["affected"]);
    assert_ne!(team.policy().await.header("etag"), before.header("etag"));
}

#[tokio::test]
async fn what_changes_on_single_websites_is_told_too() {
    let team = Team::new(843, Role::Member).await;
    let client = team.scene.world.client();
    let website = make_website(&client, &team.admin.access, "one").await;
    let website = website.unwrap();
    let id = website.rsplit('/').next().unwrap();
    let read = team.read(&team.place).await;
    let body = json!({
        "role": "member",
        "state": "active",
        "websites": [{ "websiteId": id, "role": "contentEditor" }],
    });
    let put = Call::put(&team.place, &body).if_match(read.header("etag"));
    assert_eq!(team.call(put).await.status, 200);
    let member = team.member().await;
    let get = || Call::get(&website).bearer(&member.access);
    assert_eq!(team.scene.call(get()).await.status, 200);
    let said = team.grant("", "contentEditor", &["tenant.read"]).await;
    let told = said.json();
    assert_eq!(told["affected"][0]["gains"], json!([]));
    assert_eq!(told["affected"][0]["losses"], json!([]));
    assert_eq!(told["affected"][0]["websites"][0]["websiteId"], id);
    let losses = told["affected"][0]["websites"][0]["losses"].as_array();
    assert!(losses.unwrap().contains(&json!("websites.read")));
    minute(&team.scene).await;
    assert_refused(&team.scene.call(get()).await, 404, "not_found");
    let list = Call::get("/api/v1/websites").bearer(&member.access);
    assert_eq!(team.scene.call(list).await.json()["items"], json!([]));
}

#[tokio::test]
async fn nobody_can_be_given_what_is_for_tenant_admins_alone() {
    let team = Team::new(844, Role::WebsiteAdmin).await;
    let etag = team.policy().await.header("etag").to_owned();
    for (roles, pointer) in [
        (
            json!([{ "role": "websiteAdmin", "permissions": ["members.manage"] }]),
            "/roles/0/permissions/0",
        ),
        (
            json!([{ "role": "member", "permissions": ["tenant.read", "roles.manage"] }]),
            "/roles/0/permissions/1",
        ),
        (
            json!([{ "role": "member", "permissions": ["provisioning.run"] }]),
            "/roles/0/permissions/0",
        ),
        (
            json!([{ "role": "member", "permissions": ["nobody.knows"] }]),
            "/roles/0/permissions/0",
        ),
        (
            json!([{ "role": "tenantAdmin", "permissions": [] }]),
            "/roles/0/role",
        ),
        (
            json!([
                { "role": "member", "permissions": [] },
                { "role": "member", "permissions": [] },
            ]),
            "/roles/1/role",
        ),
    ] {
        let put = Call::put(ROLES, &json!({ "roles": roles })).if_match(&etag);
        let refused = team.call(put).await;
        assert_refused(&refused, 422, "validation_failed");
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{roles}");
    }
    let maybe = team.grant("?dryRun=maybe", "member", &[]).await;
    assert_refused(&maybe, 422, "validation_failed");
    let none = json!({ "roles": [] });
    let refused = team.call(Call::put(ROLES, &none)).await;
    assert_refused(&refused, 428, "precondition_required");
    let member = team.member().await;
    for call in [Call::get(ROLES), Call::put(ROLES, &none).if_match(&etag)] {
        let refused = team.scene.call(call.bearer(&member.access)).await;
        assert_refused(&refused, 403, "forbidden");
    }
}

#[tokio::test]
async fn who_does_not_run_the_tenant_any_more_says_nothing_with_an_old_token() {
    let team = Team::new(845, Role::TenantAdmin).await;
    let other = SignedIn::to(&team.scene, &team.other, &team.tenant).await;
    let read = team.read(&team.place).await;
    let body = json!({ "role": "member", "state": "active" });
    let put = Call::put(&team.place, &body).if_match(read.header("etag"));
    assert_eq!(team.call(put).await.status, 200);
    let etag = team.policy().await.header("etag").to_owned();
    let all = json!({ "roles": [{ "role": "member", "permissions": ["tenant.manage"] }] });
    let put = Call::put(ROLES, &all).if_match(&etag).bearer(&other.access);
    assert_refused(&team.scene.call(put).await, 403, "forbidden");
    assert_eq!(team.policy().await.header("etag"), etag);
}

#[tokio::test]
async fn of_two_changes_of_one_version_one_is_made() {
    let team = Team::new(846, Role::Member).await;
    let etag = team.policy().await.header("etag").to_owned();
    let put = |permission: &str| {
        let roles = json!([{ "role": "member", "permissions": [permission] }]);
        Call::put(ROLES, &json!({ "roles": roles })).if_match(&etag)
    };
    let first = team.call(put("tenant.read")).await;
    assert_eq!(first.status, 200, "{}", first.text());
    let second = team.call(put("websites.list")).await;
    assert_refused(&second, 412, "precondition_failed");
    let read = team.policy().await.json();
    assert_eq!(permissions(&read["roles"], "member"), ["tenant.read"]);
}

#[tokio::test]
async fn a_role_can_be_let_at_its_own_pages_alone() {
    let team = Team::new(848, Role::ContentEditor).await;
    let client = team.scene.world.client();
    let website = make_website(&client, &team.admin.access, "one").await;
    let website = website.unwrap();
    let theirs = make_page(&client, &team.admin.access, &website, "theirs", "Text.").await;
    let theirs = theirs.unwrap();
    let may = ["websites.read", "content.read", "content.editOwn"];
    let granted = team.grant("", "contentEditor", &may).await;
    assert_eq!(granted.status, 200, "{}", granted.text());
    minute(&team.scene).await;
    let editor = team.member().await;
    let ask = async |call: Call| team.scene.call(call.bearer(&editor.access)).await;
    let own = make_page(&client, &editor.access, &website, "own", "Text.").await;
    let own = own.unwrap();
    let draft = json!({
        "title": "Another title",
        "slug": "another",
        "content": { "format": "markdown", "value": "Text." },
    });
    for (page, put, delete) in [(&theirs, 403, 403), (&own, 200, 204)] {
        assert_eq!(ask(Call::get(page)).await.status, 200);
        let changed = ask(Call::put(page, &draft).if_match("*")).await;
        assert_eq!(changed.status, put, "{}", changed.text());
        let deleted = ask(Call::delete(page).if_match("*")).await;
        assert_eq!(deleted.status, delete, "{}", deleted.text());
    }
    // A program is nobody, and has no pages of its own.
    let scopes = json!({ "name": "Build", "scopes": ["content.read", "content.editOwn"] });
    let key = team
        .call(Call::post("/api/v1/tenant/api-keys", &scopes))
        .await;
    let key = key.at("/key").unwrap();
    let made = make_page(&client, &key, &website, "by-a-program", "Text.").await;
    let put = Call::put(made.unwrap(), &draft).if_match("*");
    let refused = team.scene.call(put.bearer(&key)).await;
    assert_refused(&refused, 403, "forbidden");
    // Who edits every page edits the own ones, and companies have names of their own for roles.
    let read = team.read(&team.place).await;
    let owner = json!({ "role": "owner", "state": "active" });
    let put = Call::put(&team.place, &owner).if_match(read.header("etag"));
    let changed = team.call(put).await;
    assert_eq!(changed.at("/role").unwrap(), "tenantAdmin");
}
