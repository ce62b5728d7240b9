//! Names of tiers, as people write them.

use tenancy::records::Tier;

/// Reads a tier's name, whatever its case, or one of its other names.
pub(crate) fn of_name(name: &str) -> Option<Tier> {
    Some(match name.to_ascii_lowercase().as_str() {
        "free" => Tier::Free,
        "starter" | "basic" => Tier::Starter,
        "professional" | "pro" => Tier::Professional,
        "enterprise" => Tier::Enterprise,
        "custom" => Tier::Custom,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use tenancy::records::Tier;

    use super::of_name;

    #[test]
    fn tiers_have_other_names_and_no_case() {
        for (name, tier) in [
            ("Free", Some(Tier::Free)),
            ("basic", Some(Tier::Starter)),
            ("STARTER", Some(Tier::Starter)),
            ("Pro", Some(Tier::Professional)),
            ("enterprise", Some(Tier::Enterprise)),
            ("custom", Some(Tier::Custom)),
            ("gold", None),
            ("", None),
        ] {
            assert_eq!(of_name(name), tier, "{name}");
        }
    }
}
