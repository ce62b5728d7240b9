//! Websites, as callers see them.

use jiff::Timestamp;
use kernel::{OperationId, SiteAddresses, WebsiteId};
use release::Tree;
use render::NavItem;
use serde::Serialize;
use tenancy::records::{OperationRecord, OperationStatus, WebsiteRecord, WebsiteStatus};
use utoipa::ToSchema;

use crate::domain::{Configuration, version_of};

/// A website.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebsiteView {
    /// Its id.
    #[schema(value_type = String)]
    id: WebsiteId,
    /// Its name.
    name: String,
    /// Its name in host names.
    subdomain: String,
    /// The hosts it answers at, the canonical one first.
    hosts: Vec<String>,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// `Provisioning`, `Active`, `Maintenance`, `Suspended` or `Deleted`.
    status: &'static str,
    /// The theme that is live; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    theme: Option<LiveThemeView>,
    /// The configuration that is live; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<ConfigurationView>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it changed last.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Until when it can be brought back, where it is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    purge_at: Option<Timestamp>,
    /// The operation that makes it, in the answer to whoever asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<OperationReference>,
}

/// The theme that is live.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LiveThemeView {
    /// Its id.
    id: String,
    /// Its version, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
}

/// A website's configuration.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfigurationView {
    /// The language.
    locale: String,
    /// What the website is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// The navigation.
    #[schema(value_type = Vec<Object>)]
    navigation: Vec<NavItem>,
}

/// An operation in progress.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationReference {
    /// Its id.
    #[schema(value_type = String)]
    id: OperationId,
    /// `pending`, `running`, `succeeded` or `failed`.
    status: &'static str,
    /// Its address.
    href: String,
}

impl WebsiteView {
    /// Shows a website, as lists do.
    pub(crate) fn of(website: &WebsiteRecord, addresses: &SiteAddresses) -> Self {
        let mut hosts = website.hosts.clone();
        hosts.sort_by_key(|host| addresses.canonical(host) != *host);
        let canonical = hosts.first();
        Self {
            id: website.id,
            name: website.name.clone(),
            subdomain: website.subdomain.to_string(),
            url: canonical.map(|host| format!("{}/", addresses.origin(host))),
            hosts: hosts.iter().map(ToString::to_string).collect(),
            status: status_name(website.status),
            theme: None,
            configuration: None,
            created_at: website.created_at,
            updated_at: website.updated_at,
            purge_at: website.purge_at,
            operation: None,
        }
    }

    /// Adds what is live.
    pub(crate) fn with_tree(mut self, tree: &Tree) -> Self {
        let configuration = Configuration::of_settings(&tree.config);
        self.theme = Some(LiveThemeView {
            id: tree.theme.id.to_string(),
            version: version_of(&tree.theme),
        });
        self.configuration = Some(ConfigurationView {
            locale: configuration.locale,
            description: configuration.description,
            navigation: configuration.navigation,
        });
        self
    }

    /// Adds the operation that makes the website.
    pub(crate) fn with_operation(mut self, operation: &OperationRecord) -> Self {
        self.operation = Some(OperationReference::of(operation));
        self
    }
}

impl OperationReference {
    fn of(operation: &OperationRecord) -> Self {
        Self {
            id: operation.id,
            status: match operation.status {
                OperationStatus::Pending => "pending",
                OperationStatus::Running => "running",
                OperationStatus::Succeeded => "succeeded",
                OperationStatus::Failed => "failed",
            },
            href: format!("/api/v1/operations/{}", operation.id),
        }
    }
}

fn status_name(status: WebsiteStatus) -> &'static str {
    match status {
        WebsiteStatus::Provisioning => "Provisioning",
        WebsiteStatus::Active => "Active",
        WebsiteStatus::Suspended => "Suspended",
        WebsiteStatus::Maintenance => "Maintenance",
        WebsiteStatus::Deleted => "Deleted",
    }
}
