//! What the template that is deployed says of functions and queues.

use std::collections::BTreeMap;

use anyhow::Context;
use local::platform::{ACCOUNT, REGION};
use local::template::{Account, Source, Template};

use crate::world::TEMPLATE;

/// Reads the template.
pub fn template() -> anyhow::Result<Template> {
    let account = Account {
        region: REGION.to_owned(),
        account: ACCOUNT.to_owned(),
        domain: "localhost".to_owned(),
        parameters: BTreeMap::new(),
    };
    Ok(Template::parse(TEMPLATE, &account)?)
}

/// Returns how long a function's message that was not dealt with stays hidden, in seconds.
pub fn redelivery_s(function: &str) -> anyhow::Result<i64> {
    let template = template()?;
    let queue = template
        .functions
        .iter()
        .filter(|found| found.name == function)
        .flat_map(|found| &found.sources)
        .find_map(|source| match source {
            Source::Queue(source) => Some(&source.queue),
            Source::Http(_) | Source::Stream(_) | Source::Schedule(_) | Source::Rule(_) => None,
        });
    let queue = queue.with_context(|| format!("`{function}` has no queue"))?;
    let queue = template.queues.iter().find(|found| found.name == *queue);
    let queue = queue.context("the queue is not there")?;
    Ok(i64::from(queue.visibility_timeout_seconds))
}
