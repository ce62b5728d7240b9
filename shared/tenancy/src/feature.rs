//! Features: what a tenant has by its tier, or by its contract, beside what every tenant has.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::records::Tier;

/// Something that not every tenant has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Its programs act with API keys.
    ApiAccess,
    /// Its websites have domains of its own.
    CustomDomains,
    /// Its programs are told what happens.
    Webhooks,
    /// Its pages are approved before they are published.
    Approvals,
    /// It sees more of its visitors' ways than their number.
    AdvancedAnalytics,
    /// It brings a tenant or a website back to an earlier time by itself.
    SelfRestore,
    /// Its members sign in with its own identity provider.
    Sso,
    /// It has storage that it shares with nobody.
    Silo,
}

impl Feature {
    /// Every feature, with its name and the least tier that has it.
    pub const CHART: [(Self, &'static str, Tier); 8] = [
        (Self::ApiAccess, "apiAccess", Tier::Free),
        (Self::CustomDomains, "customDomains", Tier::Starter),
        (Self::Webhooks, "webhooks", Tier::Starter),
        (Self::Approvals, "approvals", Tier::Professional),
        (
            Self::AdvancedAnalytics,
            "advancedAnalytics",
            Tier::Professional,
        ),
        (Self::SelfRestore, "selfRestore", Tier::Professional),
        (Self::Sso, "sso", Tier::Enterprise),
        (Self::Silo, "silo", Tier::Enterprise),
    ];

    /// Returns its name, as the API spells it.
    pub fn name(self) -> &'static str {
        let is_it = |(feature, ..): &&(Self, _, _)| *feature == self;
        Self::CHART
            .iter()
            .find(is_it)
            .map_or("", |(_, name, _)| name)
    }

    /// Reads a name.
    pub fn of_name(name: &str) -> Option<Self> {
        let is_it = |(_, other, _): &&(_, &str, _)| *other == name;
        Self::CHART.iter().find(is_it).map(|(feature, ..)| *feature)
    }
}

/// Some of the features.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FeatureSet(u8);

impl FeatureSet {
    /// Returns those that come with a tier. A custom tenant begins with all, and gets what its contract says.
    pub fn of_tier(tier: Tier) -> Self {
        let comes = |(.., least): &&(_, _, Tier)| *least <= tier;
        let with = Feature::CHART.iter().filter(comes);
        with.map(|(feature, ..)| *feature).collect()
    }

    /// Returns whether a feature is among them.
    pub fn has(self, feature: Feature) -> bool {
        self.0 & Self::one(feature).0 != 0
    }

    /// Goes through them, in the order in which they are declared.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        let features = Feature::CHART.into_iter().map(|(feature, ..)| feature);
        features.filter(move |feature| self.has(*feature))
    }

    fn one(feature: Feature) -> Self {
        let place = Feature::CHART
            .iter()
            .position(|(other, ..)| *other == feature);
        Self(place.map_or(0, |place| 1 << place))
    }
}

/// What a tenant pays for, and has for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The tier.
    pub tier: Tier,
    /// The features.
    pub features: FeatureSet,
}

impl Plan {
    /// Returns the one of a tenant of which nobody knows more: there is nothing in it.
    pub const NONE: Self = Self {
        tier: Tier::Free,
        features: FeatureSet(0),
    };

    /// Returns what comes with a tier.
    pub fn of_tier(tier: Tier) -> Self {
        let features = FeatureSet::of_tier(tier);
        Self { tier, features }
    }

    /// Writes it in one line: the tier, and the features.
    pub(crate) fn to_text(self) -> String {
        let features = self.features.iter().map(Feature::name);
        let words: Vec<_> = [self.tier.name()].into_iter().chain(features).collect();
        words.join(" ")
    }

    /// Reads it. A feature that this code does not know is none that it could grant.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let tier = words.next()?;
        Some(Self {
            tier: Tier::ALL.into_iter().find(|one| one.name() == tier)?,
            features: words.filter_map(Feature::of_name).collect(),
        })
    }
}

impl FromIterator<Feature> for FeatureSet {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        let with = |set: Self, feature| Self(set.0 | Self::one(feature).0);
        features.into_iter().fold(Self::default(), with)
    }
}

impl Serialize for FeatureSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Feature::name))
    }
}

impl<'de> Deserialize<'de> for FeatureSet {
    /// Reads names. What is no feature any more, or is none yet, is not had.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        let known = names.iter().filter_map(|name| Feature::of_name(name));
        Ok(known.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Feature, FeatureSet};
    use crate::records::Tier;

    #[test]
    fn every_feature_has_its_place_and_its_tier() {
        for (feature, name, least) in Feature::CHART {
            assert_eq!(feature.name(), name);
            assert_eq!(Feature::of_name(name), Some(feature));
            let one: FeatureSet = [feature].into_iter().collect();
            assert_eq!(one.iter().collect::<Vec<_>>(), [feature]);
            for tier in Tier::ALL {
                let has = FeatureSet::of_tier(tier).has(feature);
                assert_eq!(has, tier >= least, "{name} of {}", tier.name());
            }
        }
        assert_eq!(Feature::of_name("nobody.knows"), None);
    }

    #[test]
    fn a_set_is_read_as_it_was_written() {
        for tier in Tier::ALL {
            let set = FeatureSet::of_tier(tier);
            let text = serde_json::to_string(&set).unwrap();
            assert_eq!(serde_json::from_str::<FeatureSet>(&text).unwrap(), set);
        }
        let read: FeatureSet = serde_json::from_str(r#"["sso","of.another.time"]"#).unwrap();
        assert_eq!(read.iter().collect::<Vec<_>>(), [Feature::Sso]);
    }
}
