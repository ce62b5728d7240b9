//! Work that is done many times over, to be counted from outside: compiling a theme, making a page
//! of what is stored, answering a request. It must never measure itself.

use std::hint::black_box;
use std::io::BufRead;

use anyhow::{Context, bail};
use kernel::PageSlug;
use render::{
    Document, Format, PageContent, PageView, Renderer, Seo, Settings as Choices, SiteView, Theme,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::adapter::{Delivery, Settings};
use crate::pages;
use crate::sites::{PAGE, PAGE_SECTIONS};

/// The theme that pages are made in.
const THEME: &str = "atlas";

/// What is asked of a `delivery`, over and over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Visit {
    /// How the function is started.
    pub settings: Settings,
    /// The host that is asked for.
    pub host: String,
    /// The path that is asked for.
    pub path: String,
}

/// A page as it is stored, and what it is shown in.
#[derive(Debug)]
pub struct Sample {
    /// The bytes of the object.
    pub stored: Vec<u8>,
    site: SiteView,
    theme: &'static Theme,
    choices: Choices,
}

impl Sample {
    /// Makes a page of a seed.
    pub fn new(seed: u64) -> anyhow::Result<Self> {
        let source = Value::from(pages::markdown(seed, PAGE_SECTIONS));
        let Ok(document) = Document::parse(Format::Markdown, &source) else {
            bail!("the page is refused");
        };
        let slug = PageSlug::parse(PAGE.trim_start_matches('/'))?;
        let Ok(page) = PageContent::new("A page", slug, document, Seo::default()) else {
            bail!("the page is refused");
        };
        let theme = Theme::builtin(THEME).context("there is no such theme")?;
        Ok(Self {
            stored: page.to_bytes(),
            site: SiteView::sample(),
            theme,
            choices: theme.default_settings(),
        })
    }

    /// Makes the page as it is served, of what is stored.
    pub fn render(&self, renderer: &Renderer) -> anyhow::Result<String> {
        let content = PageContent::from_bytes(black_box(&self.stored))?;
        let shown = PageView::new(&content, PAGE);
        Ok(renderer.page(self.theme, &self.choices, &self.site, &shown)?)
    }
}

/// Makes a page `rounds` times.
pub fn render(seed: u64, rounds: u32) -> anyhow::Result<()> {
    let sample = Sample::new(seed)?;
    let renderer = Renderer::new();
    for _ in 0..=rounds {
        black_box(sample.render(&renderer)?);
    }
    Ok(())
}

/// Compiles a theme `rounds` times.
pub fn compile(rounds: u32) -> anyhow::Result<()> {
    let theme = Theme::builtin(THEME).context("there is no such theme")?;
    for _ in 0..=rounds {
        black_box(Renderer::new()).prepare(black_box(theme))?;
    }
    Ok(())
}

/// Answers the request on the standard input `rounds` times, after a first one.
pub async fn visit(rounds: u32) -> anyhow::Result<()> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let visit: Visit = serde_json::from_str(&line)?;
    let delivery = Delivery::start(&visit.settings).await?;
    for _ in 0..=rounds {
        let answer = delivery.answer(&visit.host, &visit.path).await?;
        if answer.get("statusCode").and_then(Value::as_u64) != Some(200) {
            bail!("the answer is {answer}");
        }
    }
    Ok(())
}
