//! Why a visitor's request failed. Visitors are told none of it; the log is told all.

use kernel::ContentHash;
use publication::PublishError;
use render::RenderError;
use render::page::PageError;
use render::theme::ThemeError;
use tenancy::StorageError;

use crate::redirect::RedirectError;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliveryError {
    /// Storage failed.
    #[error("cannot find the website")]
    Storage(#[from] StorageError),
    /// A tree or an object cannot be read.
    #[error("cannot read what is published")]
    Published(#[from] PublishError),
    /// The package of a release's theme is not there.
    #[error("there is no theme package {0}")]
    ThemeMissing(ContentHash),
    /// What is stored as the package of a release's theme is none.
    #[error("cannot read a theme's package")]
    Theme(#[from] ThemeError),
    /// A page's object is no page.
    #[error("cannot read a page")]
    Page(#[from] PageError),
    /// A redirect's object is no redirect.
    #[error("cannot read a redirect")]
    Redirect(#[from] RedirectError),
    /// A page cannot be made.
    #[error("cannot make a page")]
    Render(#[from] RenderError),
}

impl DeliveryError {
    /// Tells whether it may work in a moment.
    pub(crate) fn is_passing(&self) -> bool {
        let storage = match self {
            Self::Storage(error) | Self::Published(PublishError::Storage(error)) => error,
            Self::Published(_)
            | Self::ThemeMissing(_)
            | Self::Theme(_)
            | Self::Page(_)
            | Self::Redirect(_)
            | Self::Render(_) => return false,
        };
        matches!(
            storage,
            StorageError::Unavailable { .. } | StorageError::Contended
        )
    }

    /// Tells whether the website cannot be shown in its looks. It is not shown in others, and can
    /// be shown again once the package is back.
    pub(crate) fn is_of_theme(&self) -> bool {
        matches!(self, Self::ThemeMissing(_) | Self::Theme(_))
    }
}
