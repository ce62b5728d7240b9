//! How many there are, and how often mail is sent.

use jiff::SignedDuration;
use kernel::limits::{
    INVITATION_LIFE_S, INVITATIONS_MAX, INVITATIONS_SENT_MAX, INVITATIONS_WINDOW_S,
    LINKS_ASKED_MAX, LINKS_WINDOW_S,
};
use tests::client::{Call, assert_refused};

use super::{GUEST, Host, INVITATIONS, NEW};
use crate::signed_in::SignedIn;

#[tokio::test]
async fn a_tenant_has_so_many_open_invitations_and_no_more() {
    let host = Host::new(807).await;
    for number in 0..INVITATIONS_MAX {
        let invited = host.invite(&format!("guest{number}@guests.example")).await;
        assert_eq!(invited.status, 201, "{number}: {}", invited.text());
    }
    assert_refused(&host.invite(GUEST).await, 429, "quota_exceeded");
    let list = host.call(Call::get(format!("{INVITATIONS}?limit=1"))).await;
    let id = list.at("/items/0/id").unwrap();
    assert!(list.at("/nextCursor").is_ok());
    let place = format!("{INVITATIONS}/{id}");
    assert_eq!(host.withdraw(&place).await.status, 204);
    assert_eq!(host.invite(GUEST).await.status, 201);
}

#[tokio::test]
async fn nobodys_mailbox_is_filled_by_who_invites_again_and_again() {
    let host = Host::new(810).await;
    let (place, _) = host.invited(GUEST).await;
    for _ in 1..LINKS_ASKED_MAX {
        assert_eq!(host.resend(&place).await.status, 200);
    }
    let refused = host.resend(&place).await;
    assert_refused(&refused, 429, "rate_limited");
    let rest: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=LINKS_WINDOW_S).contains(&rest), "{rest}");
    // Neither does it help to begin anew, nor to be another tenant.
    assert_eq!(host.withdraw(&place).await.status, 204);
    assert_refused(&host.invite(GUEST).await, 429, "rate_limited");
    let mails = host.scene.world.mails_to(GUEST).await.unwrap();
    assert_eq!(mails.len(), LINKS_ASKED_MAX as usize);
    let other = host.another().await;
    assert_refused(&other.invite(GUEST).await, 429, "rate_limited");
    other.scene.pass(rest).await;
    let admin = SignedIn::new(&other.scene, &other.owner).await;
    let other = Host { admin, ..other };
    assert_eq!(other.invite(GUEST).await.status, 201);
}

#[tokio::test]
async fn a_tenant_sends_so_many_links_a_day_to_whomever() {
    let host = Host::new(811).await;
    for number in 0..INVITATIONS_SENT_MAX {
        let (place, _) = host.invited(&format!("guest{number}@guests.example")).await;
        assert_eq!(host.withdraw(&place).await.status, 204, "{number}");
        // The requests of a minute are limited as well.
        host.scene.pass(1).await;
    }
    assert_refused(&host.invite(GUEST).await, 429, "rate_limited");
    let day = SignedDuration::from_secs(INVITATIONS_WINDOW_S);
    host.scene.world.clock.advance(day);
    let admin = SignedIn::new(&host.scene, &host.owner).await;
    let host = Host { admin, ..host };
    assert_eq!(host.invite(GUEST).await.status, 201);
}

#[tokio::test]
async fn an_address_whose_link_is_over_can_be_invited_again_and_counts_once() {
    let host = Host::new(812).await;
    let (place, first) = host.invited(GUEST).await;
    host.scene.pass(INVITATION_LIFE_S).await;
    let admin = SignedIn::new(&host.scene, &host.owner).await;
    let host = Host { admin, ..host };
    let (again, second) = host.invited(GUEST).await;
    assert_ne!(place, again);
    assert_refused(&host.call(Call::get(&place)).await, 404, "not_found");
    assert_eq!(host.list().await.len(), 1);
    assert_refused(&host.accept(&first, NEW).await, 410, "link_expired");
    assert_eq!(host.accept(&second, NEW).await.status, 200);
    // The count is back where it began.
    for number in 0..INVITATIONS_MAX {
        let invited = host.invite(&format!("guest{number}@guests.example")).await;
        assert_eq!(invited.status, 201, "{number}: {}", invited.text());
    }
}
