//! What callers send.

use kernel::{ReleaseId, SiteLabel, WebsiteId};
use render::limits::{
    ADDRESS_BYTES_MAX, NAVIGATION_DEPTH_MAX, NAVIGATION_ITEMS_MAX, NAVIGATION_TITLE_CHARS_MAX,
};
use render::{FieldError, NavItem, Theme};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tenancy::records::WebsiteStatus;
use utoipa::ToSchema;
use web::shapes::{DisplayName, LINE_WITH_TEXT, WebsiteSubdomain};

use crate::domain::{Configuration, ThemeChoice, read_name};
use crate::error::WebsiteError;

/// A website in a path.
#[derive(Debug, Deserialize)]
pub(crate) struct WebsitePath {
    pub(crate) website: WebsiteId,
}

/// A release in a path.
#[derive(Debug, Deserialize)]
pub(crate) struct ReleasePath {
    pub(crate) website: WebsiteId,
    pub(crate) release: ReleaseId,
}

/// Two releases in a path.
#[derive(Debug, Deserialize)]
pub(crate) struct DiffPath {
    pub(crate) website: WebsiteId,
    pub(crate) a: ReleaseId,
    pub(crate) b: ReleaseId,
}

web::shapes! {
    /// A website's navigation, up to three levels deep.
    pub(crate) Navigation = navigation(NAVIGATION_DEPTH_MAX);
    /// The name by which a theme is chosen.
    pub(crate) ThemeId = json!({
        "type": "string",
        "enum": Theme::all().iter().map(Theme::id).collect::<Vec<_>>(),
    });
}

/// Describes items of a navigation with as many levels as are left.
fn navigation(depth: usize) -> Value {
    let children = if depth == 1 {
        json!({"type": "array", "maxItems": 0, "items": {"type": "object"}})
    } else {
        navigation(depth - 1)
    };
    json!({
        "type": "array",
        "maxItems": NAVIGATION_ITEMS_MAX,
        "items": {
            "type": "object",
            "required": ["title"],
            "additionalProperties": false,
            "properties": {
                "title": {
                    "type": "string",
                    "pattern": LINE_WITH_TEXT,
                    "maxLength": NAVIGATION_TITLE_CHARS_MAX,
                },
                "href": {"type": "string", "maxLength": ADDRESS_BYTES_MAX},
                "children": children,
            },
        },
    })
}

/// A website to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewWebsite {
    /// Its name.
    #[schema(value_type = DisplayName)]
    name: String,
    /// Its name in host names: 1 to 30 lower-case letters, digits and single hyphens.
    #[schema(value_type = WebsiteSubdomain)]
    subdomain: String,
}

impl NewWebsite {
    /// Returns the name, and the name in host names.
    pub(crate) fn read(self) -> Result<(String, SiteLabel), WebsiteError> {
        let label = SiteLabel::parse(&self.subdomain)
            .map_err(|error| FieldError::new("/subdomain", error.to_string()));
        match (read_name(&self.name, "/name"), label) {
            (Ok(name), Ok(label)) => Ok((name, label)),
            (name, label) => Err(WebsiteError::Invalid(
                name.err().into_iter().chain(label.err()).collect(),
            )),
        }
    }
}

/// What a website is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WebsiteChange {
    /// Its name.
    #[schema(value_type = DisplayName)]
    name: String,
    /// Whether visitors are let in; as before, if left out.
    status: Option<WishedStatus>,
    /// Its configuration; as before, if left out.
    configuration: Option<NewConfiguration>,
}

/// A status that a tenant can choose.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub(crate) enum WishedStatus {
    /// Visitors can read the website; also brings a deleted one back.
    Active,
    /// Visitors are asked to come back later.
    Maintenance,
}

/// A website's configuration.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewConfiguration {
    /// The language, as a BCP 47 tag; `en` if left out.
    #[schema(
        pattern = "^[A-Za-z][A-Za-z0-9]{0,7}(-[A-Za-z0-9]{1,8})*$",
        max_length = 35
    )]
    locale: Option<String>,
    /// What the website is about.
    #[schema(pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$", max_length = 1000)]
    description: Option<String>,
    /// The navigation: items with `title`, `href` and `children`, up to three levels deep.
    #[serde(default)]
    #[schema(value_type = Navigation)]
    navigation: Vec<NavItem>,
}

/// A change of a website, read.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) name: String,
    pub(crate) status: Option<WebsiteStatus>,
    pub(crate) configuration: Option<Configuration>,
}

impl WebsiteChange {
    /// Reads what is wished for.
    pub(crate) fn read(self) -> Result<Wish, WebsiteError> {
        let name = read_name(&self.name, "/name");
        let configuration = self.configuration.map(|new| {
            Configuration::new(new.locale, new.description, new.navigation).map_err(|found| {
                let found = found.into_iter();
                found
                    .map(|error| error.under("/configuration"))
                    .collect::<Vec<_>>()
            })
        });
        let (name, configuration) = match (name, configuration.transpose()) {
            (Ok(name), Ok(configuration)) => (name, configuration),
            (name, configuration) => {
                let errors = name.err().into_iter();
                let errors = errors.chain(configuration.err().into_iter().flatten());
                return Err(WebsiteError::Invalid(errors.collect()));
            }
        };
        Ok(Wish {
            name,
            status: self.status.map(|status| match status {
                WishedStatus::Active => WebsiteStatus::Active,
                WishedStatus::Maintenance => WebsiteStatus::Maintenance,
            }),
            configuration,
        })
    }
}

/// A choice of a theme.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewTheme {
    /// The theme.
    #[schema(value_type = ThemeId)]
    theme_id: String,
    /// Its settings; what is left out takes the theme's defaults.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
}

impl NewTheme {
    /// Reads the choice.
    pub(crate) fn read(&self) -> Result<ThemeChoice, WebsiteError> {
        ThemeChoice::new(&self.theme_id, &self.settings).map_err(WebsiteError::Invalid)
    }
}
