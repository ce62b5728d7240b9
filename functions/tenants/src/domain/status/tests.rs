//! The whole table of moves, and what each leaves behind.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::limits::UNDO_LIFE_S;
use kernel::time::plus_seconds;
use tenancy::records::TenantStatus::{Active, Deleted, Deprovisioning, Provisioning, Suspended};
use tenancy::records::{ProfileRecord, TenantRecord, TenantStatus, Tier};

use super::{Move, move_to};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn tenant(status: TenantStatus) -> TenantRecord {
    TenantRecord {
        id: "01890a5d-ac96-774b-bcce-b302099a8059".parse().unwrap(),
        name: "Acme".to_owned(),
        subdomain: "acme".parse().unwrap(),
        custom_domain: None,
        status,
        tier: Tier::Free,
        quota: Tier::Free.quota(),
        agreed_features: None,
        rate_plan: tenancy::rate_plan::RatePlan::default(),
        agreed_rate_limits: None,
        agreed_abuse_limits: None,
        profile: ProfileRecord::default(),
        metadata: BTreeMap::new(),
        created_at: NOW,
        updated_at: NOW,
        suspended_at: None,
        suspended_reason: None,
        purge_at: None,
    }
}

fn moved(tenant: &TenantRecord, status: TenantStatus, now: Timestamp) -> TenantRecord {
    match move_to(tenant, status, Some("unpaid".to_owned()), now) {
        Move::To(next) => *next,
        other @ (Move::Nowhere | Move::Illegal) => {
            panic!("{:?} to {status:?}: {other:?}", tenant.status)
        }
    }
}

#[test]
fn a_tenant_moves_only_as_the_table_says() {
    // A row for each status before, a column for each after: `=` there already, `>` moves, `x` no.
    for (before, row) in [
        (Provisioning, "=xxxx"),
        (Active, "x=>>x"),
        (Suspended, "x>=>x"),
        (Deprovisioning, "x>x=x"),
        (Deleted, "xxxx="),
    ] {
        let mut found = String::new();
        for after in TenantStatus::ALL {
            found.push(match move_to(&tenant(before), after, None, NOW) {
                Move::Nowhere => '=',
                Move::To(next) => {
                    assert_eq!(next.status, after);
                    '>'
                }
                Move::Illegal => 'x',
            });
        }
        assert_eq!(found, row, "from {before:?}");
    }
}

#[test]
fn a_move_notes_since_when_and_why_and_forgets_what_is_over() {
    let later = plus_seconds(NOW, 60);
    let suspended = moved(&tenant(Active), Suspended, later);
    assert_eq!(suspended.suspended_at, Some(later));
    assert_eq!(suspended.suspended_reason.as_deref(), Some("unpaid"));
    assert_eq!((suspended.updated_at, suspended.purge_at), (later, None));
    let deleted = moved(&suspended, Deprovisioning, later);
    assert_eq!(deleted.purge_at, Some(plus_seconds(later, UNDO_LIFE_S)));
    assert_eq!(
        (deleted.suspended_at, deleted.suspended_reason),
        (None, None)
    );
    let back = moved(&moved(&tenant(Active), Deprovisioning, NOW), Active, later);
    assert_eq!(
        back,
        TenantRecord {
            updated_at: later,
            ..tenant(Active)
        },
        "nothing is left of the deletion"
    );
}

#[test]
fn a_deleted_tenant_comes_back_only_while_it_may() {
    let deleted = moved(&tenant(Active), Deprovisioning, NOW);
    for (seconds, can_come_back) in [
        (0, true),
        (UNDO_LIFE_S - 1, true),
        (UNDO_LIFE_S, false),
        (UNDO_LIFE_S + 1, false),
    ] {
        let outcome = move_to(&deleted, Active, None, plus_seconds(NOW, seconds));
        assert_eq!(
            matches!(outcome, Move::To(_)),
            can_come_back,
            "after {seconds} s: {outcome:?}"
        );
    }
    let over = plus_seconds(NOW, UNDO_LIFE_S);
    assert_eq!(
        move_to(&deleted, Deprovisioning, None, over),
        Move::Nowhere,
        "a repetition stays no move"
    );
}
