//! Permits for one website.

use kernel::WebsiteId;
use publication::ReleaseRecord;
use tenancy::audit::Action;
use tenancy::keys::{ReleaseKey, WebsiteKey};
use tenancy::permission::ManageWebsites;
use tenancy::records::Tier;
use tenancy::records::WebsiteRecord;
use tenancy::{CommitError, Denied, Role, StorageError};
use tests::walkthrough::make_website;

use super::scene;

/// Threat A2: inside a tenant too, a permit for one website neither finds nor changes what is another one's.
#[tokio::test]
async fn a_permit_for_one_website_reaches_no_other_one() {
    let (world, acme) = scene(89).await;
    let client = world.client();
    world.set_tier(&acme.tenant, Tier::Starter).await.unwrap();
    let token = acme.tokens.access.as_str();
    let other = make_website(&client, token, "other").await.unwrap();
    let mut ids = Vec::new();
    for place in [&acme.website, &other] {
        let id: WebsiteId = place.rsplit('/').next().unwrap().parse().unwrap();
        ids.push(id);
    }
    let context = world.member(&acme.tenant, Role::TenantAdmin).unwrap();
    let permit = context.permit_on::<ManageWebsites>(Some(ids[0])).unwrap();
    let mut found = Vec::new();
    for website in ids.iter().copied() {
        let key = WebsiteKey { website };
        let record = permit.get::<WebsiteRecord>(&key).await.unwrap();
        let releases = ReleaseKey::partition_of(website);
        let releases = permit.list::<ReleaseRecord>(&releases, None, 10);
        let releases = releases.await.unwrap().records;
        let change = permit.change(Action::Update).require(&key);
        let outcome = change.commit().await;
        let is_beyond = matches!(
            &outcome,
            Err(CommitError::Storage(StorageError::OutOfReach("website")))
        );
        assert!(is_beyond || outcome.is_ok(), "{outcome:?}");
        found.push((record.is_some(), !releases.is_empty(), is_beyond));
    }
    assert_eq!(found, [(true, true, false), (false, false, true)]);
    // A list of all websites would be one of others too.
    let all = WebsiteKey::partition_of();
    let listed = permit.list::<WebsiteRecord>(&all, None, 10).await.unwrap();
    assert!(listed.records.is_empty());
    let everywhere = context.permit::<ManageWebsites>().unwrap();
    let listed = everywhere.list::<WebsiteRecord>(&all, None, 10).await;
    let mut stored = listed.unwrap().records;
    assert_eq!(stored.len(), 2);
    stored.retain(|website| website.id == ids[1]);
    for change in [
        permit.change(Action::Update).delete(&stored[0]),
        permit.change(Action::Update).create(&stored[0].record),
        permit
            .change(Action::Update)
            .update(&stored[0], &stored[0].record),
        permit.change(Action::Update).detach(&WebsiteKey {
            website: stored[0].id,
        }),
    ] {
        let refused = change.commit().await;
        assert!(
            matches!(
                refused,
                Err(CommitError::Storage(StorageError::OutOfReach(_)))
            ),
            "{refused:?}"
        );
    }
    let unreadable = context.permit_on::<ManageWebsites>(None);
    assert!(matches!(unreadable, Err(Denied::Unknown)), "{unreadable:?}");
}
