//! Themes, as callers see them.

use kernel::ReleaseId;
use release::ThemeReference;
use render::Theme;
use render::theme::SettingSpec;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::{settings_of, version_of};

/// The theme of a website.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThemeView {
    /// The theme.
    theme_id: String,
    /// Its version, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
    /// Its settings, complete with the theme's defaults.
    #[schema(value_type = Object)]
    settings: Value,
    /// The themes there are to choose from.
    available: Vec<AvailableThemeView>,
    /// The release that is live with it, in the answer to whoever chose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<ReleaseReferenceView>,
}

/// A theme to choose.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AvailableThemeView {
    /// The name by which it is chosen.
    id: &'static str,
    /// The name that people see.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// Who made it.
    author: &'static str,
    /// What it is good for.
    description: &'static str,
    /// Its settings: `key`, `label` and what each `accepts`.
    #[schema(value_type = Vec<Object>)]
    settings: &'static [SettingSpec],
}

/// A release by its id.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReleaseReferenceView {
    /// Its id.
    #[schema(value_type = String)]
    id: ReleaseId,
}

impl ThemeView {
    /// Shows a theme that is live.
    pub(crate) fn of(reference: &ThemeReference) -> Self {
        Self {
            theme_id: reference.id.to_string(),
            version: version_of(reference),
            settings: settings_of(reference),
            available: Theme::all().iter().map(AvailableThemeView::of).collect(),
            release: None,
        }
    }

    /// Adds the release that is live with it.
    pub(crate) fn with_release(mut self, id: ReleaseId) -> Self {
        self.release = Some(ReleaseReferenceView { id });
        self
    }
}

impl AvailableThemeView {
    fn of(theme: &'static Theme) -> Self {
        let manifest = theme.manifest();
        Self {
            id: theme.id(),
            name: &manifest.name,
            version: &manifest.version,
            author: &manifest.author,
            description: &manifest.description,
            settings: &manifest.settings,
        }
    }
}
