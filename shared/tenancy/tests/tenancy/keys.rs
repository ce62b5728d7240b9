//! Keys, for all ids.

use std::collections::BTreeSet;

use tenancy::KeyScope;
use tenancy::keys::CHART;

#[test]
fn entities_have_one_name_and_one_place_each() {
    let names: BTreeSet<_> = CHART.iter().map(|line| line.entity).collect();
    assert_eq!(names.len(), CHART.len());
    let places: BTreeSet<_> = CHART
        .iter()
        .map(|line| (line.scope == KeyScope::Tenant, line.partition, line.sort))
        .collect();
    assert_eq!(places.len(), CHART.len());
}

#[test]
fn no_platform_partition_looks_like_a_tenants() {
    for line in CHART.iter().filter(|line| line.scope == KeyScope::Platform) {
        assert_ne!(line.partition.first(), Some(&"T"), "{}", line.entity);
    }
}
