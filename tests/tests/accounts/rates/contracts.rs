//! Limits that operators set: plans, and what a contract says.

use super::{
    Answer, Call, LIMITS, PROFILE, Period, RatePlan, Scene, TENANT_STATUS_CACHE_S, Tier,
    assert_refused, json, pointers,
};

#[tokio::test]
async fn a_tenant_by_the_hour_is_refused_until_the_next_one() {
    let mut scene = Scene::new(950).await;
    let set = scene.agree(&json!({ "ratePlan": "vertical-hourly" })).await;
    assert_eq!(set.json()["ratePlan"], "vertical-hourly");
    let limit = RatePlan::VerticalHourly.limits(Tier::Free).tenant[0];
    assert_eq!(
        set.json()["rateLimits"]["tenant"],
        json!([{ "requests": limit.requests, "per": "hour" }])
    );
    scene.pass(TENANT_STATUS_CACHE_S);
    scene.begin(Period::Hour);
    scene.sign_in().await;
    let ask = Call::get(PROFILE).bearer(&scene.acme.tokens.access);
    let (answered, refused) = scene.ask_until_refused(ask.clone()).await;
    assert_eq!(answered, limit.requests);
    assert_eq!(refused.header("retry-after"), "3600");
    scene.begin(Period::Minute);
    assert_refused(&scene.call(ask).await, 429, "rate_limited");
}

#[tokio::test]
async fn a_contract_names_limits_for_several_periods_and_the_tightest_counts() {
    let mut scene = Scene::new(951).await;
    scene.tier("Custom").await;
    let limits = json!({
        "tenant": [{ "requests": 5, "per": "minute" }, { "requests": 12, "per": "hour" }],
        "key": [{ "requests": 1, "per": "day" }],
    });
    let agreed = scene.agree(&json!({ "rateLimits": limits })).await;
    assert_eq!(agreed.json()["rateLimits"], limits);
    let key = scene.key().await;
    scene.pass(TENANT_STATUS_CACHE_S);
    scene.begin(Period::Hour);
    scene.sign_in().await;
    let by_key = Call::get(LIMITS).bearer(&key);
    assert_eq!(scene.call(by_key.clone()).await.status, 200);
    let refused = scene.call(by_key).await;
    assert_refused(&refused, 429, "rate_limited");
    let rest = refused.header("retry-after").parse::<u32>().unwrap();
    assert!(rest > 3_600, "until the next day: {rest}");
    // What was refused to the key is not counted to the tenant.
    let ask = Call::get(PROFILE).bearer(&scene.acme.tokens.access);
    let mut answered = Vec::new();
    for _ in 0..4 {
        let (number, refused) = scene.ask_until_refused(ask.clone()).await;
        answered.push((number, refused.header("retry-after").to_owned()));
        scene.begin(Period::Minute);
    }
    let expected = [(4, "60"), (5, "60"), (2, "3480"), (0, "3420")];
    let expected = expected.map(|(number, rest)| (number, rest.to_owned()));
    assert_eq!(answered, expected);
}

#[tokio::test]
async fn limits_of_a_contract_are_of_tier_custom_and_each_for_another_period() {
    let scene = Scene::new(952).await;
    let row = |requests: u32, per: &str| json!([{ "requests": requests, "per": per }]);
    let both = |tenant| json!({ "rateLimits": { "tenant": tenant, "key": row(1, "day") } });
    let refused = |answer: Answer| {
        assert_refused(&answer, 422, "validation_failed");
        pointers(&answer)
    };
    let whole = both(row(5, "minute"));
    assert_eq!(refused(scene.agree(&whole).await), ["/rateLimits"]);
    scene.tier("Custom").await;
    for (tenant, pointer) in [
        (json!([]), ""),
        (row(0, "minute"), "/0/requests"),
        (row(100_000_001, "minute"), "/0/requests"),
        (row(5, "week"), "/0/per"),
        (
            json!([{ "requests": 5, "per": "day" }, { "requests": 6, "per": "day" }]),
            "/1/per",
        ),
    ] {
        let answer = scene.agree(&both(tenant)).await;
        assert_eq!(refused(answer), [format!("/rateLimits/tenant{pointer}")]);
    }
    let unknown = scene.agree(&json!({ "ratePlan": "generous" })).await;
    assert_eq!(refused(unknown), ["/ratePlan"]);
    assert_eq!(scene.agree(&whole).await.status, 200);
    // What is left out stays, and what was agreed goes with the tier.
    let kept = scene.agree(&json!({})).await;
    assert_eq!(kept.json()["rateLimits"]["tenant"], row(5, "minute"));
    scene.tier("Starter").await;
    let limits = scene.as_admin(Call::get(LIMITS)).await;
    assert_eq!(limits.json()["rateLimits"]["tenant"][0]["requests"], 2_000);
}
