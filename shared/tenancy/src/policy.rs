//! What each role may do in a tenant, the built-in policy and what tenants make of it; and what comes of it for
//! somebody.

use std::collections::BTreeMap;

use kernel::WebsiteId;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::permission::{
    EditContent, EditOwnContent, ManageApiKeys, ManageMembers, ManageRoles, ManageSupport,
    PERMISSIONS, Permission, PreviewReleases, READING, ReadPublished,
};
use crate::role::{Role, Roles};

/// Permissions that tenant admins alone have: with any of them somebody could take all the others.
pub const RESERVED: [&str; 4] = [
    ManageApiKeys::NAME,
    ManageMembers::NAME,
    ManageRoles::NAME,
    ManageSupport::NAME,
];

/// Permissions that others include, each with the one that does.
const WIDER: [(&str, &str); 1] = [(EditOwnContent::NAME, EditContent::NAME)];

/// Some of the permissions inside a tenant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PermissionSet(u64);

impl PermissionSet {
    /// Returns what a role may do where nobody said otherwise.
    pub fn built_in(role: Role) -> Self {
        let has = |(_, least): &&(&str, Role)| *least <= role;
        let permitted = PERMISSIONS.iter().filter(has);
        permitted.filter_map(|(name, _)| Self::of(name)).collect()
    }

    /// Returns what a tenant can give away, to roles and to programs.
    pub fn grantable() -> Self {
        let reserved: Self = RESERVED.into_iter().filter_map(Self::of).collect();
        Self::built_in(Role::TenantAdmin).without(reserved)
    }

    /// Returns what operators may do in a support session: read, and change as well where the tenant lets them. What
    /// is reserved is not among it, nor are preview links, which are good for whoever has one after the session's end.
    pub fn of_support(may_change: bool) -> Self {
        let lasting = Self::of(PreviewReleases::NAME).unwrap_or_default();
        let all = Self::grantable().without(lasting);
        if may_change {
            return all;
        }
        all.and(READING.iter().filter_map(|name| Self::of(name)).collect())
    }

    /// Returns the set of the one permission of this name, with those that it includes, if there is one.
    pub fn of(name: &str) -> Option<Self> {
        let place = |name: &str| PERMISSIONS.iter().position(|(other, _)| *other == name);
        let included = WIDER.iter().filter(|(_, wider)| *wider == name);
        let mut set = Self(1 << place(name)?);
        for (name, _) in included {
            set = set.or(Self(1 << place(name)?));
        }
        Some(set)
    }

    /// Returns whether `P` is among them.
    pub fn has<P: Permission>(self) -> bool {
        Self::of(P::NAME).is_some_and(|one| self.contains(one))
    }

    fn contains(self, other: Self) -> bool {
        self.and(other) == other
    }

    /// Returns those that are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns those that are in one of the two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns those that are not in the other one.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    fn to_text(self) -> String {
        self.names().collect::<Vec<_>>().join(&ALSO.to_string())
    }

    /// Reads names. A permission that this code does not know is none that it could grant.
    fn of_text(text: &str) -> Self {
        text.split(ALSO).filter_map(Self::of).collect()
    }

    /// Returns whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Goes through their names, in the order in which they are declared.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let has = move |(name, _): &&(&'static str, Role)| {
            Self::of(name).is_some_and(|one| self.contains(one))
        };
        PERMISSIONS.iter().filter(has).map(|(name, _)| *name)
    }
}

impl FromIterator<Self> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Self>>(sets: I) -> Self {
        sets.into_iter().fold(Self::default(), Self::or)
    }
}

impl Serialize for PermissionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

impl<'de> Deserialize<'de> for PermissionSet {
    /// Reads names. What is no permission any more, or is none yet, is not granted.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Ok(names.iter().filter_map(|name| Self::of(name)).collect())
    }
}

/// What each role may do in one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Policy(BTreeMap<Role, PermissionSet>);

impl Policy {
    /// Returns the one of tenants that made none of their own.
    pub fn built_in() -> Self {
        let roles = Role::CHANGEABLE.map(|role| (role, PermissionSet::built_in(role)));
        Self(roles.into_iter().collect())
    }

    /// Returns the one that grants nobody anything but those whose role is no tenant's to change.
    pub fn nothing() -> Self {
        Self(BTreeMap::new())
    }

    /// Returns what a role may do.
    pub fn of(&self, role: Role) -> PermissionSet {
        if Role::CHANGEABLE.contains(&role) {
            self.0.get(&role).copied().unwrap_or_default()
        } else {
            PermissionSet::built_in(role)
        }
    }

    /// Returns the policy with a changeable role that may do this, of which what is reserved is left out.
    #[must_use]
    pub fn with(mut self, role: Role, permissions: PermissionSet) -> Self {
        self.0
            .insert(role, permissions.and(PermissionSet::grantable()));
        self
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::built_in()
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let roles = BTreeMap::<Role, PermissionSet>::deserialize(deserializer)?;
        roles
            .into_iter()
            .try_fold(Self::nothing(), |policy, (role, permissions)| {
                if Role::CHANGEABLE.contains(&role) {
                    Ok(policy.with(role, permissions))
                } else {
                    Err(D::Error::custom("a role that is no tenant's to change"))
                }
            })
    }
}

/// What somebody may do in one tenant: everywhere, and more on single websites.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    everywhere: PermissionSet,
    websites: BTreeMap<WebsiteId, PermissionSet>,
}

impl Rights {
    /// Returns what comes of one set in the whole tenant.
    pub fn everywhere(permissions: PermissionSet) -> Self {
        Self {
            everywhere: permissions.or(PermissionSet::built_in(Role::Visitor)),
            websites: BTreeMap::new(),
        }
    }

    /// Returns what comes of roles where this policy is in force.
    pub fn of(roles: &Roles, policy: &Policy) -> Self {
        let on = |(website, role)| (website, policy.of(role));
        roles
            .websites
            .iter()
            .map(on)
            .fold(Self::everywhere(policy.of(roles.tenant)), Self::and_on)
    }

    /// Adds what may be done on a website, beside what may be done everywhere.
    #[must_use]
    pub fn and_on(mut self, (website, permissions): (WebsiteId, PermissionSet)) -> Self {
        let there = self.everywhere.or(permissions);
        self.websites.insert(website, there);
        self
    }

    /// Returns whether `P` is among them: in the whole tenant, or on a website.
    pub fn has<P: Permission>(&self, website: Option<WebsiteId>) -> bool {
        let there = website.and_then(|website| self.websites.get(&website));
        there.unwrap_or(&self.everywhere).has::<P>()
    }

    /// Goes through the websites on which `P` is among them, by id, where it is not everywhere.
    pub fn websites_with<P: Permission>(&self) -> impl Iterator<Item = WebsiteId> {
        let has = |(_, there): &(&WebsiteId, &PermissionSet)| there.has::<P>();
        self.websites
            .iter()
            .filter(has)
            .map(|(website, _)| *website)
    }

    /// Writes them in one line: the names of those in the whole tenant, and each other set with the websites on
    /// which it holds.
    pub(crate) fn to_text(&self) -> String {
        let mut sets: BTreeMap<u64, (PermissionSet, Vec<String>)> = BTreeMap::new();
        for (website, there) in &self.websites {
            let (_, websites) = sets.entry(there.0).or_insert((*there, Vec::new()));
            websites.push(website.to_string());
        }
        let mut text = self.everywhere.to_text();
        for (set, websites) in sets.into_values() {
            text.push(SET);
            text.push_str(&set.to_text());
            text.push(ON);
            text.push_str(&websites.join(&AND.to_string()));
        }
        text
    }

    /// Reads them. Everybody may read what is published: a line that does not say so was not written here.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        let mut sets = text.split(SET);
        let everywhere = PermissionSet::of_text(sets.next()?);
        everywhere.has::<ReadPublished>().then_some(())?;
        let mut rights = Self::everywhere(everywhere);
        for part in sets {
            let (names, websites) = part.split_once(ON)?;
            let set = PermissionSet::of_text(names);
            for website in websites.split(AND) {
                rights = rights.and_on((website.parse().ok()?, set));
            }
        }
        Some(rights)
    }
}

/// Stands between the names of a set.
const ALSO: char = ' ';

/// Stands before a set that holds on single websites.
const SET: char = '|';

/// Stands between a set and the websites on which it holds.
const ON: char = '=';

/// Stands between two websites.
const AND: char = ',';

#[cfg(test)]
mod tests {
    use super::{PermissionSet, Policy, RESERVED};
    use crate::permission::{EditContent, EditOwnContent, PERMISSIONS, ReadContent};
    use crate::role::Role;

    #[test]
    fn every_permission_has_its_place_in_a_set() {
        assert!(PERMISSIONS.len() <= 64, "a set has 64 places");
        for (name, least) in PERMISSIONS {
            let one = PermissionSet::of(name).unwrap();
            assert!(one.names().any(|one| one == *name));
            for role in Role::ALL {
                let has = PermissionSet::built_in(role).contains(one);
                assert_eq!(has, role >= *least, "{name} of {}", role.name());
            }
        }
        assert_eq!(PermissionSet::of("nobody.knows"), None);
    }

    #[test]
    fn support_reads_and_changes_only_where_it_may_and_never_what_is_reserved() {
        let (reads, changes) = (
            PermissionSet::of_support(false),
            PermissionSet::of_support(true),
        );
        assert!(reads.has::<ReadContent>() && !reads.has::<EditContent>());
        assert!(changes.has::<ReadContent>() && changes.has::<EditContent>());
        for name in RESERVED.into_iter().chain(["releases.preview"]) {
            let one = PermissionSet::of(name).unwrap();
            assert!(
                reads.and(one).is_empty() && changes.and(one).is_empty(),
                "{name}"
            );
        }
    }

    #[test]
    fn who_edits_every_page_edits_the_own_ones() {
        let one = |name| PermissionSet::of(name).unwrap();
        assert!(one("content.edit").has::<EditOwnContent>());
        assert!(!one("content.editOwn").has::<EditContent>());
    }

    #[test]
    fn what_is_reserved_is_never_granted() {
        let all = PermissionSet::built_in(Role::System);
        for role in Role::CHANGEABLE {
            let granted = Policy::built_in().with(role, all).of(role);
            assert!(granted.names().all(|name| !RESERVED.contains(&name)));
            assert!(granted.names().all(|name| {
                let (_, least) = PERMISSIONS.iter().find(|(it, _)| *it == name).unwrap();
                *least <= Role::TenantAdmin
            }));
        }
    }

    #[test]
    fn a_policy_is_read_as_it_was_written_and_what_nobody_knows_is_not_granted() {
        let policy = Policy::built_in().with(Role::Member, PermissionSet::default());
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
        let read: Policy =
            serde_json::from_str(r#"{"member":["content.read","of.another.time"]}"#).unwrap();
        assert!(read.of(Role::Member).has::<ReadContent>());
        assert!(!read.of(Role::Member).has::<EditContent>());
        assert!(read.of(Role::ContentEditor).is_empty(), "deny by default");
        for wrong in [r#"{"tenantAdmin":[]}"#, r#"{"system":[]}"#, "[]"] {
            assert!(serde_json::from_str::<Policy>(wrong).is_err(), "{wrong}");
        }
    }
}
