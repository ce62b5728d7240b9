//! Publishing: the next tree is made of the one that is live, or of the one that an edit was made
//! against, with what others published since.

use std::collections::BTreeMap;

use events::{CacheTag, Event};
use kernel::limits::PUBLISH_ATTEMPTS_MAX;
use kernel::{ReleaseId, WebsiteId};
use release::{
    Entry, KeySpace, NewNode, RouteKey, Settings, ThemeReference, Tree, TreeId, TreeMerge,
    TreePart, apply, lookup, merge_trees,
};
use tenancy::audit::Action;
use tenancy::records::WebsiteStatus;
use tenancy::{Change, CommitError, Mutates, Once, Permit, Stored};

use crate::error::PublishError;
use crate::live::{Live, is_overtaken};
use crate::outcome::{Outcome, remember_unmoved};
use crate::reader::Reader;
use crate::records::{ChangeKind, MoveRecord, PointerRecord, ReleaseRecord, RouteSummary, Summary};

/// Entries that a release's summary names, at most.
const SUMMARY_ROUTES_MAX: usize = 20;

/// What is to be different in the next release.
#[derive(Debug, Clone)]
pub struct Edit {
    /// What it is for.
    pub message: String,
    /// How the audit trail calls it.
    pub action: Action,
    /// The tree that the edit was made against, if not whichever is live: what was published since
    /// then is kept, or is a conflict.
    pub base: Option<TreeId>,
    /// Whether visitors are let in from then on, if that changes along with the release.
    pub status: Option<WebsiteStatus>,
    /// Entries to put, and to take away.
    pub routes: BTreeMap<RouteKey, Option<Entry>>,
    /// The theme, if another.
    pub theme: Option<ThemeReference>,
    /// The configuration, if another.
    pub config: Option<Settings>,
    /// The objects that new entries name, and the package of another theme.
    pub objects: Vec<Vec<u8>>,
    /// What makes the request repeatable, if it is.
    pub once: Option<Once>,
}

impl Edit {
    /// Makes an edit that changes nothing yet.
    pub fn new(message: impl Into<String>, action: Action) -> Self {
        Self {
            message: message.into(),
            action,
            base: None,
            status: None,
            routes: BTreeMap::new(),
            theme: None,
            config: None,
            objects: Vec::new(),
            once: None,
        }
    }
}

/// Publishes `edit` on a website, whoever else moves the pointer at the same moment. `also` adds what
/// must be written with the move, and is called once per attempt.
pub async fn publish<P: Mutates>(
    permit: &Permit<P>,
    website: WebsiteId,
    edit: &Edit,
    also: impl for<'a> Fn(Change<'a>) -> Change<'a>,
) -> Result<Outcome, PublishError> {
    let mut live = Live::read(permit, website).await?;
    for _ in 1..PUBLISH_ATTEMPTS_MAX {
        if let Some(outcome) = live.publish(edit, &also).await? {
            return Ok(outcome);
        }
        live.read_again().await?;
    }
    let last = live.publish(edit, &also).await?;
    last.ok_or(PublishError::Contended)
}

impl<P: Mutates> Live<'_, P> {
    /// Publishes `edit` on what is live, or does nothing where somebody moved the pointer since it
    /// was read. `also` adds what must be written with the move.
    pub async fn publish(
        &mut self,
        edit: &Edit,
        also: impl for<'a> FnOnce(Change<'a>) -> Change<'a>,
    ) -> Result<Option<Outcome>, PublishError> {
        let next = self.next(edit).await?;
        let permit = self.permit;
        if next.tree == self.tree {
            let release = self.pointer.release_id;
            return Ok(Some(remember_unmoved(permit, release, edit.once).await?));
        }
        let nodes = next.nodes.into_iter().map(|node| node.bytes);
        let mut objects = edit.objects.clone();
        objects.extend(nodes);
        objects.push(next.tree.encode());
        permit.put_objects(objects).await?;
        let summary = summarise(&mut self.reader, &self.tree, &next.tree, edit).await?;
        let step = Move::new(permit, &self.pointer, &next.tree, edit, summary);
        let change = step.change(permit, &self.pointer, edit);
        match also(change).commit().await {
            Ok(()) => Ok(Some(Outcome::moved(step.release.id))),
            Err(CommitError::Replayed(first)) => Ok(Some(Outcome::replayed(&first)?)),
            Err(error) if is_overtaken(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the next tree: of what is live, or of the edit's base, with what was published since
    /// then put on top.
    async fn next(&mut self, edit: &Edit) -> Result<Next, PublishError> {
        let base = match edit.base {
            Some(base) if base != self.pointer.tree_id => self.reader.tree(base).await?,
            Some(_) | None => self.tree.clone(),
        };
        let ours = edited(&mut self.reader, &base, edit).await?;
        if base == self.tree {
            return Ok(ours);
        }
        let merge = self
            .reader
            .run(|store| merge_trees(store, &base, &ours.tree, &self.tree))
            .await?;
        match merge {
            TreeMerge::Merged { tree, nodes } => {
                for node in &nodes {
                    self.reader.insert_node(node.hash, &node.bytes)?;
                }
                let nodes = nodes.into_iter().chain(ours.nodes).collect();
                Ok(Next { tree: *tree, nodes })
            }
            TreeMerge::Conflicts(conflicts) => {
                let parts = conflicts.parts.iter().map(|part| match part {
                    TreePart::Theme => "theme".to_owned(),
                    TreePart::Plugins => "plugins".to_owned(),
                    TreePart::Config => "config".to_owned(),
                });
                let routes = conflicts
                    .routes
                    .iter()
                    .map(|route| route.key.as_str().to_owned());
                Err(PublishError::Conflict(parts.chain(routes).collect()))
            }
        }
    }
}

/// Applies `edit` to `base`.
async fn edited<P: Mutates>(
    reader: &mut Reader<'_, P>,
    base: &Tree,
    edit: &Edit,
) -> Result<Next, PublishError> {
    let edited = reader
        .run(|store| apply(store, &base.routes, &edit.routes))
        .await?;
    for node in &edited.nodes {
        reader.insert_node(node.hash, &node.bytes)?;
    }
    let tree = Tree {
        theme: edit.theme.clone().unwrap_or_else(|| base.theme.clone()),
        plugins: base.plugins.clone(),
        config: edit.config.clone().unwrap_or_else(|| base.config.clone()),
        routes: edited.root,
    };
    Ok(Next {
        tree,
        nodes: edited.nodes,
    })
}

/// A tree with the nodes that may not be stored yet.
struct Next {
    tree: Tree,
    nodes: Vec<NewNode>,
}

/// One attempt to move the pointer.
struct Move {
    pointer: PointerRecord,
    release: ReleaseRecord,
    record: MoveRecord,
    purge: Vec<CacheTag>,
}

impl Move {
    fn new<P: Mutates>(
        permit: &Permit<P>,
        before: &PointerRecord,
        tree: &Tree,
        edit: &Edit,
        summary: Summary,
    ) -> Self {
        let website = before.website_id;
        let (id, tree_id) = (ReleaseId::mint(permit.mint()), tree.id());
        let purge = if summary.theme || summary.config {
            vec![CacheTag::website(website)]
        } else {
            let pages = edit.routes.keys().filter_map(|key| page_tag(website, key));
            pages.chain([CacheTag::sitemap(website)]).collect()
        };
        let release = ReleaseRecord {
            id,
            website_id: website,
            tree_id,
            parent_id: Some(before.release_id),
            person_id: permit.actor().person(),
            created_at: permit.now(),
            message: edit.message.clone(),
            summary,
        };
        let (mut pointer, record) = moved(permit, before, &release);
        pointer.status = edit.status.unwrap_or(before.status);
        Self {
            pointer,
            release,
            record,
            purge,
        }
    }

    fn change<'a, P: Mutates>(
        &self,
        permit: &'a Permit<P>,
        before: &Stored<PointerRecord>,
        edit: &Edit,
    ) -> Change<'a> {
        permit
            .change(edit.action)
            .update(before, &self.pointer)
            .attach(&self.release)
            .attach(&self.record)
            .own(self.release.id)
            .once(edit.once, Outcome::moved(self.release.id))
            .event(Event::ReleaseActivated {
                website_id: self.pointer.website_id,
                release_id: self.release.id,
                purge: self.purge.clone(),
            })
    }
}

/// Returns the pointer after its move to `release`, and the record of the move.
pub(crate) fn moved<P: Mutates>(
    permit: &Permit<P>,
    before: &PointerRecord,
    release: &ReleaseRecord,
) -> (PointerRecord, MoveRecord) {
    let number = before.moves.saturating_add(1);
    let pointer = PointerRecord {
        release_id: release.id,
        tree_id: release.tree_id,
        moves: number,
        ..before.clone()
    };
    let record = MoveRecord {
        website_id: before.website_id,
        number,
        from: Some(before.release_id),
        to: release.id,
        tree_id: release.tree_id,
        person_id: permit.actor().person(),
        moved_at: permit.now(),
    };
    (pointer, record)
}

fn page_tag(website: WebsiteId, key: &RouteKey) -> Option<CacheTag> {
    match key.space()? {
        KeySpace::Page { path } => Some(CacheTag::page(website, &format!("/{path}"))),
        KeySpace::ListItem { .. } | KeySpace::Block { .. } => None,
    }
}

async fn summarise<P: Mutates>(
    reader: &mut Reader<'_, P>,
    live: &Tree,
    next: &Tree,
    edit: &Edit,
) -> Result<Summary, PublishError> {
    let mut summary = Summary {
        theme: live.theme != next.theme,
        config: live.config != next.config,
        ..Summary::default()
    };
    for (key, entry) in &edit.routes {
        let before = reader.run(|store| lookup(store, &live.routes, key)).await?;
        let change = match (before, entry) {
            (None, Some(_)) => ChangeKind::Added,
            (Some(_), None) => ChangeKind::Removed,
            (Some(before), Some(after)) if before != *after => ChangeKind::Changed,
            (Some(_), Some(_)) | (None, None) => continue,
        };
        summary.route_count = summary.route_count.saturating_add(1);
        if summary.routes.len() < SUMMARY_ROUTES_MAX {
            summary.routes.push(RouteSummary {
                key: key.as_str().to_owned(),
                change,
            });
        }
    }
    Ok(summary)
}
