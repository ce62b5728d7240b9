//! The first release: the default theme, an empty navigation, no pages.

use publication::PointerRecord;
use release::{Plugins, Root, Settings, ThemeReference, Tree};
use render::Theme;
use serde_json::json;
use tenancy::audit::Action;
use tenancy::keys::{MoveKey, MoveNumber, PointerKey, ReleaseKey};

use crate::error::{Reason, StepError};
use crate::website::Work;

/// Stores the release and points to it.
pub(super) async fn perform(work: Work<'_>) -> Result<(), StepError> {
    work.active_tenant().await?;
    let website = work.website().await?;
    let (tree, theme) = Theme::all()
        .first()
        .and_then(|theme| Some((first_tree(theme, &website.name)?, theme)))
        .ok_or(StepError::Impossible(Reason::Unavailable))?;
    let objects = vec![theme.package()];
    let first = publication::first_release(work.permit, work.website_id, &tree, objects).await?;
    work.permit
        .step(Action::Create)
        .with(|change| first.add_to(change))
        .with(|change| change.update(work.before, &work.after))
        .commit()
        .await?;
    Ok(())
}

/// Takes pointer, release and move away. The objects stay for the sweeper: other websites may
/// name the same ones.
pub(super) async fn undo(work: Work<'_>) -> Result<(), StepError> {
    let website = work.website_id;
    let mut change = work.permit.step(Action::Delete);
    if let Some(pointer) = work
        .permit
        .get::<PointerRecord>(&PointerKey { website })
        .await?
    {
        let release = pointer.release_id;
        change = change.with(|change| {
            change
                .delete(&pointer)
                .detach(&ReleaseKey { website, release })
                .detach(&MoveKey {
                    website,
                    number: MoveNumber(pointer.moves),
                })
        });
        change = change.disown(release);
    }
    change
        .with(|change| change.update(work.before, &work.after))
        .commit()
        .await?;
    Ok(())
}

/// Makes the tree of a website without pages.
fn first_tree(theme: &Theme, name: &str) -> Option<Tree> {
    let config = json!({ "name": name, "locale": "en", "navigation": [] });
    Some(Tree {
        theme: ThemeReference {
            package: theme.package_hash(),
            id: theme.id().parse().ok()?,
            settings: Settings::empty(),
        },
        plugins: Plugins::default(),
        config: Settings::new(config.as_object()?).ok()?,
        routes: Root::empty(),
    })
}

#[cfg(test)]
mod tests {
    use render::Theme;

    use super::first_tree;

    #[test]
    fn the_first_tree_can_be_made_and_read_again() {
        let name = "n".repeat(kernel::limits::NAME_CHARS_MAX);
        let tree = first_tree(&Theme::all()[0], &name).unwrap();
        assert_eq!(release::Tree::decode(&tree.encode()).unwrap(), tree);
    }
}
