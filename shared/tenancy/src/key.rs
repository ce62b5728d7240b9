//! Keys without a tenant: what is asked for. The handle that is asked adds whose it is.

use kernel::{TenantId, WebsiteId};

use crate::storage::RawKey;

/// What an entity's key says of itself: its name, its schema and its chart line.
pub trait Key: Clone + Send + Sync {
    /// The entity's name, stored in every item as `entity`.
    const ENTITY: &'static str;
    /// The schema that is written; readers accept it and those before.
    const SCHEMA: u64;
    /// The partition key with its fields in angle brackets.
    const PARTITION_CHART: &'static [&'static str];
    /// The sort key with its fields in angle brackets.
    const SORT_CHART: &'static [&'static str];
    /// Whether the entity is a tenant's or the platform's.
    const SCOPE: KeyScope;

    /// Returns the composites of the partition key.
    fn partition(&self) -> Vec<String>;
    /// Returns the composites of the sort key.
    fn sort(&self) -> Vec<String>;
}

/// Whose an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyScope {
    /// A tenant's: its partition key begins with the tenant.
    Tenant,
    /// The platform's: reached through narrow handles only.
    Platform,
}

/// A key of tenant data.
pub trait TenantKey: Key {}

/// A key of platform data.
pub(crate) trait PlatformKey: Key {}

/// All items of one entity in one partition.
#[derive(Debug, Clone)]
pub struct Partition<K> {
    pub(crate) pk: Vec<String>,
    pub(crate) sk_prefix: String,
    pub(crate) key: std::marker::PhantomData<K>,
}

/// How charts call the website that a key names.
const WEBSITE: &str = "<website>";

/// Returns whether composites name a website, and it is another one than `website`.
fn name_another(chart: &[&str], composites: &[String], website: WebsiteId) -> bool {
    let named = chart.iter().position(|composite| *composite == WEBSITE);
    let named = named.and_then(|at| composites.get(at));
    named.is_some_and(|named| *named != website.to_string())
}

impl<K: Key> Partition<K> {
    /// Returns whether it may have items of other websites than `website`.
    pub(crate) fn reaches_beyond(&self, website: WebsiteId) -> bool {
        K::SORT_CHART.contains(&WEBSITE) || name_another(K::PARTITION_CHART, &self.pk, website)
    }

    pub(crate) fn new(pk: Vec<String>, sort_head: &str) -> Self {
        Self {
            pk,
            sk_prefix: format!("{sort_head}{SEPARATOR}"),
            key: std::marker::PhantomData,
        }
    }
}

/// Stands between composites; no composite contains it.
pub(crate) const SEPARATOR: char = '#';

/// What a tenant's partition keys begin with.
const TENANT: &str = "T";

pub(crate) fn join(parts: &[String]) -> String {
    parts.join(&SEPARATOR.to_string())
}

pub(crate) fn tenant_pk(tenant: TenantId, parts: &[String]) -> String {
    format!("{TENANT}{SEPARATOR}{tenant}{SEPARATOR}{}", join(parts))
}

/// Returns whose a partition is, if it is a tenant's.
pub(crate) fn tenant_of(pk: &str) -> Option<TenantId> {
    let mut parts = pk.split(SEPARATOR);
    let tenant = (parts.next() == Some(TENANT)).then(|| parts.next());
    tenant.flatten().and_then(|tenant| tenant.parse().ok())
}

pub(crate) fn tenant_key<K: TenantKey>(tenant: TenantId, key: &K) -> RawKey {
    RawKey::new(tenant_pk(tenant, &key.partition()), join(&key.sort()))
}

/// As [`tenant_key`], for whoever reaches one website alone: `None` of an item of another one.
pub(crate) fn website_key<K: TenantKey>(
    tenant: TenantId,
    website: WebsiteId,
    key: &K,
) -> Option<RawKey> {
    let (partition, sort) = (key.partition(), key.sort());
    let is_of_another = name_another(K::PARTITION_CHART, &partition, website)
        || name_another(K::SORT_CHART, &sort, website);
    (!is_of_another).then(|| RawKey::new(tenant_pk(tenant, &partition), join(&sort)))
}

pub(crate) fn platform_pk(parts: &[String]) -> String {
    join(parts)
}

pub(crate) fn platform_key<K: PlatformKey>(key: &K) -> RawKey {
    RawKey::new(join(&key.partition()), join(&key.sort()))
}

/// Declares entities: for each its key type and everything derived from it.
macro_rules! keys {
    ($($scope:ident {$(
        $(#[$doc:meta])*
        $name:ident = $entity:literal v $schema:literal,
            pk($($pf:ident: $pt:ty),*) [$($pp:tt),+],
            sk($($sf:ident: $st:ty),*) [$sh:literal $(, $sp:tt)*];
    )+})+) => {
        $($(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq)]
            pub struct $name {
                $(#[doc = concat!("The ", stringify!($pf), ", part of the partition key.")] pub $pf: $pt,)*
                $(#[doc = concat!("The ", stringify!($sf), ", part of the sort key.")] pub $sf: $st,)*
            }

            impl $crate::key::Key for $name {
                const ENTITY: &'static str = $entity;
                const SCHEMA: u64 = $schema;
                const PARTITION_CHART: &'static [&'static str] =
                    &[$($crate::key::keys!(@chart $pp)),+];
                const SORT_CHART: &'static [&'static str] =
                    &[$sh $(, $crate::key::keys!(@chart $sp))*];
                const SCOPE: $crate::key::KeyScope = $crate::key::KeyScope::$scope;

                fn partition(&self) -> Vec<String> {
                    vec![$($crate::key::keys!(@text self $pp)),+]
                }

                fn sort(&self) -> Vec<String> {
                    vec![String::from($sh) $(, $crate::key::keys!(@text self $sp))*]
                }
            }

            impl $name {
                /// Names the partition that these keys share.
                #[must_use]
                pub fn partition_of($($pf: $pt),*) -> $crate::key::Partition<Self> {
                    $crate::key::Partition::new(vec![$($crate::key::keys!(@free $pp)),+], $sh)
                }
            }

            $crate::key::keys!(@scope $scope $name);
        )+)+

        /// The chart of the table: one line per entity.
        pub const CHART: &[ChartLine] = &[$($(ChartLine {
            entity: <$name as $crate::key::Key>::ENTITY,
            schema: <$name as $crate::key::Key>::SCHEMA,
            scope: <$name as $crate::key::Key>::SCOPE,
            partition: <$name as $crate::key::Key>::PARTITION_CHART,
            sort: <$name as $crate::key::Key>::SORT_CHART,
        },)+)+];
    };
    (@scope Tenant $name:ident) => { impl $crate::key::TenantKey for $name {} };
    (@scope Platform $name:ident) => { impl $crate::key::PlatformKey for $name {} };
    (@chart $literal:literal) => { $literal };
    (@chart $field:ident) => { concat!("<", stringify!($field), ">") };
    (@text $self:ident $literal:literal) => { String::from($literal) };
    (@text $self:ident $field:ident) => { $self.$field.to_string() };
    (@free $literal:literal) => { String::from($literal) };
    (@free $field:ident) => { $field.to_string() };
}
pub(crate) use keys;

#[cfg(test)]
mod tests {
    use events::CacheTag;
    use jiff::{SignedDuration, Timestamp};
    use kernel::{IdMint, ManualClock, SeededEntropy, TenantId};

    use super::{tenant_key, tenant_pk};
    use crate::keys::{PageKey, TenantRecordKey};
    use crate::objects::tenant_prefix;

    /// Threat A1: of a million pairs of tenants, nothing made of the one begins what is made of the
    /// other: keys of the table and the bucket, tags of the edge, groups of the queues.
    #[test]
    fn no_tenants_partition_is_a_prefix_of_anothers() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let entropy = SeededEntropy::new(1);
        let tenants: Vec<TenantId> = (0..1_500)
            .map(|number| {
                // Many are made within the same millisecond.
                clock.advance(SignedDuration::from_millis(i64::from(number % 50 == 0)));
                TenantId::mint(IdMint::new(&clock, &entropy))
            })
            .collect();
        let texts: [fn(TenantId) -> String; 4] = [
            |tenant| tenant_pk(tenant, &[]),
            tenant_prefix,
            |tenant| CacheTag::tenant(tenant).as_str().to_owned(),
            |tenant| tenant.to_string(),
        ];
        for text in texts {
            let mut made: Vec<String> = tenants.iter().copied().map(text).collect();
            made.sort_unstable();
            // What begins another stands before it in this order, and only such stand between.
            for pair in made.windows(2) {
                assert!(!pair[1].starts_with(&pair[0]), "{pair:?}");
            }
        }
        let key = tenant_key(tenants[0], &TenantRecordKey {});
        assert!(key.pk().starts_with(&tenant_pk(tenants[0], &[])));
    }

    #[test]
    fn the_text_of_a_key_is_derived_from_its_declaration() {
        let tenant = TenantId::parse("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        let website = "01890a5d-ac96-774b-bcce-b302099a8058".parse().unwrap();
        let page = "01890a5d-ac96-774b-bcce-b302099a8059".parse().unwrap();
        let key = tenant_key(tenant, &PageKey { website, page });
        assert_eq!(key.pk(), format!("T#{tenant}#SITE#{website}#PAGES"));
        assert_eq!(key.sk(), format!("PAGE#{page}"));
    }
}
