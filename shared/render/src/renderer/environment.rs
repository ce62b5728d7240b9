//! A theme's templates, compiled into an engine that has nothing but them: no filters, no tests,
//! no functions, no loader.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, syntax::SyntaxConfig};

use super::{RenderError, dialect, guard};
use crate::{
    limits::{TEMPLATE_DEPTH_MAX, TEMPLATE_FUEL},
    theme::Theme,
};

/// Compiles a theme.
pub(super) fn compile(theme: &Theme) -> Result<Environment<'static>, RenderError> {
    let mut environment = empty()?;
    for path in theme.manifest().templates.all() {
        let source = theme.template(path).unwrap_or_default();
        dialect::check(source).map_err(|source| RenderError::Dialect {
            template: path.to_owned(),
            source,
        })?;
        environment
            .add_template_owned(path.to_owned(), source.to_owned())
            .map_err(RenderError::Template)?;
    }
    Ok(environment)
}

fn empty() -> Result<Environment<'static>, RenderError> {
    let mut environment = Environment::empty();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(guard::format);
    environment.set_fuel(Some(TEMPLATE_FUEL));
    environment.set_recursion_limit(TEMPLATE_DEPTH_MAX);
    let syntax = SyntaxConfig::builder()
        .keep_trailing_newline(true)
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
        .map_err(RenderError::Template)?;
    environment.set_syntax(syntax);
    Ok(environment)
}
