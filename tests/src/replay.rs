//! A website's history, replayed from its move records: what was published is there, and nothing
//! else is.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, anyhow, bail, ensure};
use kernel::{ReleaseId, WebsiteId};
use publication::{ChangeKind, MoveRecord, PointerRecord, Reader, ReleaseRecord, list_releases};
use release::{KeyRange, range};
use tenancy::Role;
use tenancy::keys::{MoveKey, PointerKey};
use tenancy::permission::ManageWebsites;

use crate::world::{Settled, World};

/// Releases and moves that are looked at, at most.
const RECORDS_MAX: usize = 1_000;

/// The keys of a tree's pages.
type Keys = BTreeSet<String>;

/// Replays the moves of a tenant's website and checks that they lead, one by one, to what is live.
///
/// Every move begins where the last one ended, every release adds to the one it was made from what
/// it says, and the tree that is live holds exactly that. Returns the releases in the order in
/// which they were first live.
pub async fn replay(world: &World, of: &Settled) -> anyhow::Result<Vec<ReleaseId>> {
    let permit = world
        .member(&of.tenant, Role::TenantAdmin)?
        .permit::<ManageWebsites>()
        .map_err(|denied| anyhow!("the owner may not: {denied:?}"))?;
    let id = of.website.rsplit('/').next().unwrap_or_default();
    let website: WebsiteId = id.parse()?;
    let pointer = permit.get::<PointerRecord>(&PointerKey { website }).await?;
    let pointer = pointer.context("the website has a pointer")?;
    let moves = permit
        .list::<MoveRecord>(&MoveKey::partition_of(website), None, RECORDS_MAX)
        .await?;
    let moves: Vec<MoveRecord> = moves
        .records
        .into_iter()
        .map(|stored| stored.record)
        .collect();
    let releases = list_releases(&permit, website, None, RECORDS_MAX).await?;
    let releases: BTreeMap<ReleaseId, ReleaseRecord> = releases
        .records
        .into_iter()
        .map(|release| (release.record.id, release.record))
        .collect();
    let (mut keys, mut order) = (BTreeMap::<ReleaseId, Keys>::new(), Vec::new());
    let mut live = None;
    for (place, step) in moves.iter().enumerate() {
        ensure!(step.number == place as u64 + 1, "a move is missing");
        ensure!(
            step.from == live,
            "move {} comes from elsewhere",
            step.number
        );
        let release = releases.get(&step.to).context("a move to no release")?;
        ensure!(release.tree_id == step.tree_id, "a move to another tree");
        if !keys.contains_key(&release.id) {
            ensure!(
                release.parent_id == live,
                "it was made from what was not live"
            );
            let before = live.and_then(|parent| keys.get(&parent)).cloned();
            keys.insert(release.id, applied(before.unwrap_or_default(), release)?);
            order.push(release.id);
        }
        live = Some(release.id);
    }
    ensure!(
        pointer.moves == moves.len() as u64,
        "a move without a record"
    );
    ensure!(live == Some(pointer.release_id), "the pointer is elsewhere");
    ensure!(order.len() == releases.len(), "a release was never live");
    let mut reader = Reader::new(&permit);
    let tree = reader.tree(pointer.tree_id).await?;
    let all = KeyRange::pages();
    let found = reader
        .run(|store| range(store, &tree.routes, &all, RECORDS_MAX))
        .await?;
    let found: Keys = found.items.iter().map(|(key, _)| key.to_string()).collect();
    ensure!(
        keys.get(&pointer.release_id) == Some(&found),
        "what is live is not what the moves lead to"
    );
    Ok(order)
}

/// Returns the keys after a release.
fn applied(mut keys: Keys, release: &ReleaseRecord) -> anyhow::Result<Keys> {
    ensure!(
        release.summary.route_count == release.summary.routes.len() as u64,
        "the summary names all that changed"
    );
    for route in &release.summary.routes {
        let was_there = keys.contains(&route.key);
        match route.change {
            ChangeKind::Added if !was_there => {
                keys.insert(route.key.clone());
            }
            ChangeKind::Changed if was_there => {}
            ChangeKind::Removed if was_there => {
                keys.remove(&route.key);
            }
            ChangeKind::Added | ChangeKind::Changed | ChangeKind::Removed => {
                bail!("`{}` was not {:?}", route.key, route.change)
            }
        }
    }
    Ok(keys)
}
