//! Pages, by a theme's templates. It must never let a template reach beyond the values it is given,
//! nor take more steps or write more bytes than the limits say.

mod context;
mod dialect;
mod environment;
mod guard;

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use kernel::ContentHash;
use minijinja::{Environment, value::Serde};

use crate::{
    document::{LinkContext, write_html},
    limits::COMPILED_THEMES_MAX,
    sanitizer::Sanitizer,
    site::{PageView, SiteView},
    theme::{Settings, Theme},
};
use context::Context;

pub use dialect::DialectError;

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template is not written in the dialect that can be bounded.
    #[error("the template `{template}` cannot be used")]
    Dialect {
        /// The template's path.
        template: String,
        /// What is wrong with it.
        source: DialectError,
    },
    /// A template cannot be compiled, or failed.
    #[error("the template failed")]
    Template(#[source] minijinja::Error),
    /// A template took too many steps.
    #[error("the template took too many steps")]
    OutOfFuel(#[source] minijinja::Error),
    /// The page is larger than a page may be.
    #[error("the page is too large")]
    TooLarge,
}

/// Makes pages, and keeps compiled themes by the hash of their package.
#[derive(Debug)]
pub struct Renderer {
    sanitizer: Sanitizer,
    environments: RwLock<BTreeMap<ContentHash, Arc<Environment<'static>>>>,
}

impl Default for Renderer {
    fn default() -> Self {
        Self::new()
    }
}

impl Renderer {
    /// Makes a renderer that has compiled nothing yet.
    pub fn new() -> Self {
        Self {
            sanitizer: Sanitizer::output(),
            environments: RwLock::default(),
        }
    }

    /// Makes a page.
    pub fn page(
        &self,
        theme: &Theme,
        settings: &Settings,
        site: &SiteView,
        page: &PageView<'_>,
    ) -> Result<String, RenderError> {
        let links = LinkContext {
            base_path: &site.base_path,
            locale: &site.locale,
        };
        let body = write_html(page.content.document(), &links);
        let body = self.sanitizer.clean_written(body);
        let context = Context::page(theme, settings, site, page, body);
        self.render(theme, &theme.manifest().templates.page, &context)
    }

    /// Makes the page for paths where there is none.
    pub fn not_found(
        &self,
        theme: &Theme,
        settings: &Settings,
        site: &SiteView,
    ) -> Result<String, RenderError> {
        let context = Context::not_found(theme, settings, site);
        self.render(theme, &theme.manifest().templates.not_found, &context)
    }

    /// Makes the page that is shown while the site is away.
    pub fn maintenance(
        &self,
        theme: &Theme,
        settings: &Settings,
        site: &SiteView,
    ) -> Result<String, RenderError> {
        let context = Context::maintenance(theme, settings, site);
        self.render(theme, &theme.manifest().templates.maintenance, &context)
    }

    /// Compiles a theme, so that its first page does not wait for it.
    pub fn prepare(&self, theme: &Theme) -> Result<(), RenderError> {
        self.environment(theme).map(|_| ())
    }

    fn render(
        &self,
        theme: &Theme,
        template: &str,
        context: &Context<'_>,
    ) -> Result<String, RenderError> {
        let environment = self.environment(theme)?;
        guard::render(&environment, template, Serde(context).into())
    }

    fn environment(&self, theme: &Theme) -> Result<Arc<Environment<'static>>, RenderError> {
        let hash = theme.package_hash();
        let known = self
            .environments
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&hash)
            .cloned();
        if let Some(environment) = known {
            return Ok(environment);
        }
        let environment = Arc::new(environment::compile(theme)?);
        let mut environments = self
            .environments
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // Whichever goes is compiled again when it is asked for: a matter of a millisecond.
        while environments.len() >= COMPILED_THEMES_MAX && environments.pop_first().is_some() {}
        environments.insert(hash, Arc::clone(&environment));
        Ok(environment)
    }
}
