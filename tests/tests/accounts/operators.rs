//! Operators: the first one, and how they make and find tenants.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::walkthrough::Owner;

use super::scene::{Scene, credentials};

const TENANTS: &str = "/api/v1/admin/tenants";

fn wish(subdomain: &str, tier: &str) -> Value {
    let owner = Owner::named(subdomain);
    json!({
        "name": format!("The tenant {subdomain}"),
        "subdomain": subdomain,
        "tier": tier,
        "adminEmail": owner.email,
        "adminPassword": owner.password,
        "metadata": { "contract": "2026-7" },
    })
}

async fn with_operator(seed: u64) -> (Scene, String) {
    let scene = Scene::new(seed).await;
    let operator = scene.world.operator().await.unwrap();
    (scene, operator)
}

async fn make(scene: &Scene, operator: &str, body: &Value) -> Answer {
    let call = Call::post(TENANTS, body).bearer(operator);
    scene.call(call).await
}

async fn list(scene: &Scene, operator: &str, query: &str) -> Vec<String> {
    let call = Call::get(format!("{TENANTS}{query}")).bearer(operator);
    let answer = scene.call(call).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let found = answer.json();
    let items = found["items"].as_array().unwrap().iter();
    items
        .map(|item| item["subdomain"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_first_operator_is_made_once_by_who_deployed() {
    let scene = Scene::new(160).await;
    let token = scene
        .world
        .platform
        .secret("BootstrapSecret")
        .await
        .unwrap();
    let body = |token: &str| {
        json!({
            "bootstrapToken": token,
            "email": "root@platform.example",
            "password": "correct horse root",
        })
    };
    let path = "/api/v1/auth/bootstrap";
    let refused = scene.post(path, &body("guessed")).await;
    assert_refused(&refused, 401, "invalid_credentials");
    let mut wrong = body(&token);
    wrong["email"] = json!("root");
    wrong["password"] = json!("root");
    assert_eq!(
        pointers(&scene.post(path, &wrong).await),
        ["/email", "/password"]
    );
    let answers = join_all((0..3).map(|_| scene.call(Call::post(path, &body(&token))))).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_refused(answer, 409, "conflict");
    }
    scene.fail("identity", "TransactWriteItems").await;
    let unavailable = scene.post(path, &body(&token)).await;
    assert_refused(&unavailable, 503, "unavailable");
}

#[tokio::test]
async fn an_operator_makes_tenants_of_every_tier() {
    let (scene, operator) = with_operator(161).await;
    let all = [
        ("anvil", "Free", "Free", 1),
        ("birch", "basic", "Starter", 3),
        ("cedar", "Professional", "Professional", 20),
        ("dahlia", "enterprise", "Enterprise", 200),
        ("elder", "Custom", "Custom", 200),
    ];
    for (subdomain, asked, tier, websites_max) in all {
        let begun = make(&scene, &operator, &wish(subdomain, asked)).await;
        assert_eq!(begun.status, 202, "{}", begun.text());
        assert_eq!(
            begun.header("location"),
            begun.at("/operation/href").unwrap()
        );
        scene.ended(&begun).await;
        let path = format!("{TENANTS}/{}", begun.at("/tenantId").unwrap());
        let tenant = scene.call(Call::get(path).bearer(&operator)).await;
        let body = tenant.json();
        assert_eq!(body["status"], "Active");
        assert_eq!(body["tier"], tier);
        assert_eq!(body["quota"]["maxWebsites"], websites_max);
        assert_eq!(body["metadata"], json!({ "contract": "2026-7" }));
        let tokens = scene.log_in(&Owner::named(subdomain)).await;
        assert_eq!(tokens.status, 200, "{}", tokens.text());
        assert_eq!(
            list(&scene, &operator, &format!("?tier={tier}")).await,
            [subdomain]
        );
    }
    assert_eq!(
        list(&scene, &operator, "?status=Active").await.len(),
        all.len()
    );
    assert!(list(&scene, &operator, "?status=Deleted").await.is_empty());
    assert_eq!(
        list(&scene, &operator, "?q=The%20tenant%20c").await,
        ["cedar"]
    );
    let call = Call::get(format!("{TENANTS}?status=Gone&tier=Gold")).bearer(&operator);
    let refused = scene.call(call).await;
    assert_eq!(pointers(&refused), ["query:status", "query:tier"]);
}

#[tokio::test]
async fn a_tenant_is_made_once_under_a_key() {
    let (scene, operator) = with_operator(162).await;
    let call = |body: &Value| {
        let call = Call::post(TENANTS, body).bearer(&operator);
        scene.call(call.with("idempotency-key", "k"))
    };
    let body = wish("acme", "Free");
    let answers = join_all((0..3).map(|_| call(&body))).await;
    for answer in &answers {
        assert_eq!(answer.status, 202, "{}", answer.text());
        assert_eq!(answer.json()["tenantId"], answers[0].json()["tenantId"]);
    }
    scene.ended(&answers[0]).await;
    let again = call(&body).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = call(&wish("other", "Free")).await;
    assert_refused(&other, 422, "idempotency_mismatch");
}

#[tokio::test]
async fn an_admin_whom_the_platform_knows_is_proved_by_the_password() {
    let (scene, operator) = with_operator(163).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    // Whoever registered with the address first must not be handed a tenant.
    let mut body = wish("birch", "Starter");
    body["adminEmail"] = json!(owner.email);
    body["adminPassword"] = json!("quite another one");
    assert_refused(&make(&scene, &operator, &body).await, 409, "email_taken");
    body["adminPassword"] = json!(owner.password);
    let begun = make(&scene, &operator, &body).await;
    scene.ended(&begun).await;
    let mut login = credentials(&owner);
    login["tenantId"] = json!(begun.at("/tenantId").unwrap());
    assert_eq!(scene.post("/api/v1/auth/login", &login).await.status, 200);
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let (scene, operator) = with_operator(164).await;
    let body = json!({
        "name": "", "subdomain": "www", "tier": "Gold", "adminEmail": "x",
        "adminPassword": "short", "metadata": { "": "empty" },
    });
    let refused = make(&scene, &operator, &body).await;
    let all = [
        "/adminEmail",
        "/adminPassword",
        "/metadata/",
        "/name",
        "/subdomain",
        "/tier",
    ];
    assert_eq!(pointers(&refused), all);
    let mut many = wish("acme", "Free");
    let entries = (0..51).map(|number| (format!("m{number}"), json!("x")));
    many["metadata"] = entries.collect::<serde_json::Map<_, _>>().into();
    assert_eq!(
        pointers(&make(&scene, &operator, &many).await),
        ["/metadata"]
    );
    scene.register("acme", &Owner::named("acme")).await;
    let taken = make(&scene, &operator, &wish("acme", "Free")).await;
    assert_refused(&taken, 409, "subdomain_taken");
}

#[tokio::test]
async fn a_subdomain_is_free_or_it_is_said_why_not() {
    let (scene, operator) = with_operator(165).await;
    scene.register("acme", &Owner::named("acme")).await;
    for (subdomain, reason) in [
        ("birch", None),
        ("acme", Some("taken")),
        ("www", Some("reserved")),
        ("-", Some("malformed")),
    ] {
        let path = format!("{TENANTS}/subdomain/{subdomain}");
        let found = scene.call(Call::get(path).bearer(&operator)).await.json();
        assert_eq!(found["available"], reason.is_none(), "{subdomain}");
        assert_eq!(found.get("reason").and_then(Value::as_str), reason);
    }
}

#[tokio::test]
async fn members_are_no_operators_and_operators_no_members() {
    let (scene, operator) = with_operator(166).await;
    let acme = scene.world.settled_tenant("acme").await.unwrap();
    let tenant = format!("{TENANTS}/{}", acme.tenant);
    for call in [
        Call::get(TENANTS),
        Call::get(&tenant),
        Call::post(TENANTS, &wish("birch", "Free")),
        Call::delete(&tenant).if_match("\"1\""),
    ] {
        let refused = scene.call(call.clone().bearer(&acme.tokens.access)).await;
        assert_refused(&refused, 403, "forbidden");
        assert_refused(&scene.call(call).await, 401, "unauthenticated");
    }
    for path in ["/api/v1/tenant/profile", "/api/v1/websites"] {
        let refused = scene.call(Call::get(path).bearer(&operator)).await;
        assert_refused(&refused, 400, "tenant_required");
    }
}
