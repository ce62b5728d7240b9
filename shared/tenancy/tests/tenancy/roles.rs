//! Who has which permission.

use tenancy::Role;
use tenancy::permission::PERMISSIONS;
use tenancy::records::{TenantStatus, Tier};

#[test]
fn roles_rise_and_only_members_roles_can_be_read_from_a_token() {
    assert!(Role::ALL.is_sorted());
    for role in Role::ALL {
        let is_members = !matches!(role, Role::Visitor | Role::System);
        assert_eq!(
            Role::of_member(role.name()),
            is_members.then_some(role),
            "{}",
            role.name()
        );
    }
}

#[test]
fn permissions_have_one_name_each_and_visitors_have_one() {
    let mut names: Vec<_> = PERMISSIONS.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), PERMISSIONS.len());
    let visitors = PERMISSIONS
        .iter()
        .filter(|(_, least)| *least == Role::Visitor)
        .map(|(name, _)| *name);
    assert_eq!(visitors.collect::<Vec<_>>(), ["published.read"]);
}

#[test]
fn a_status_changes_only_as_the_table_says() {
    use TenantStatus::{Active, Deprovisioning, Suspended};
    let legal = [
        (Active, Suspended),
        (Active, Deprovisioning),
        (Suspended, Active),
        (Suspended, Deprovisioning),
        (Deprovisioning, Active),
    ];
    for from in TenantStatus::ALL {
        for to in TenantStatus::ALL {
            assert_eq!(
                from.may_become(to),
                legal.contains(&(from, to)),
                "{from:?} to {to:?}"
            );
        }
    }
}

#[test]
fn quotas_rise_with_tiers() {
    let tiers = [
        Tier::Free,
        Tier::Starter,
        Tier::Professional,
        Tier::Enterprise,
    ];
    let websites: Vec<u32> = tiers.iter().map(|tier| tier.quota().max_websites).collect();
    assert_eq!(websites, [1, 3, 20, 200]);
    let domains: Vec<u32> = tiers
        .iter()
        .map(|tier| tier.quota().max_custom_domains)
        .collect();
    assert_eq!(domains, [0, 3, 20, 200]);
}
