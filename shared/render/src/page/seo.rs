//! What search engines and link previews are told about a page.

use serde::{Deserialize, Serialize};

use crate::{
    document::address::{self, Use},
    field_error::{FieldError, FieldErrors, place},
    limits::{
        SEO_DESCRIPTION_CHARS_MAX, SEO_KEYWORD_CHARS_MAX, SEO_KEYWORDS_MAX, SEO_TITLE_CHARS_MAX,
    },
};

/// What search engines and link previews are told; what is left out is made from the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Seo {
    /// The title in search results and in the browser's tab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The description in search results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Keywords.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// The preview where pages are shared by the Open Graph protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_graph: Option<OpenGraph>,
    /// The preview on X, formerly Twitter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twitter_card: Option<TwitterCard>,
}

/// A preview by the Open Graph protocol.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenGraph {
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The address of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// What the page is, such as `website` or `article`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// A preview on X, formerly Twitter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TwitterCard {
    /// How it is laid out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardKind>,
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The address of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The site's account, such as `@example`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
}

/// How a preview is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// A small picture beside the text.
    Summary,
    /// A large picture above the text.
    SummaryLargeImage,
}

impl CardKind {
    /// Returns the name that previews know.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::SummaryLargeImage => "summary_large_image",
        }
    }
}

impl Seo {
    /// Says what is wrong, with pointers from this object.
    pub fn check(&self) -> Vec<FieldError> {
        let mut errors = FieldErrors::default();
        self.check_into("", &mut errors);
        errors.into_vec()
    }

    pub(crate) fn check_into(&self, at: &str, errors: &mut FieldErrors) {
        text(
            [&self.title, &self.description],
            &[format!("{at}/title"), format!("{at}/description")],
            errors,
        );
        if self.keywords.len() > SEO_KEYWORDS_MAX {
            let detail = format!("must have at most {SEO_KEYWORDS_MAX} keywords");
            errors.add(format!("{at}/keywords"), detail);
        }
        for (index, keyword) in self.keywords.iter().enumerate() {
            let pointer = place(at, "keywords", index);
            if keyword.trim().is_empty() || keyword.contains(',') {
                errors.add(&*pointer, "must not be empty or contain a comma");
            }
            errors.chars(&pointer, keyword, SEO_KEYWORD_CHARS_MAX);
        }
        if let Some(graph) = &self.open_graph {
            graph.check(&format!("{at}/openGraph"), errors);
        }
        if let Some(card) = &self.twitter_card {
            card.check(&format!("{at}/twitterCard"), errors);
        }
    }

    /// Returns one that says everything that can be said.
    pub fn sample() -> Self {
        let some = |text: &str| Some(text.to_owned());
        Self {
            title: some("Getting started with HotSwap"),
            description: some("Sign in, publish a page & roll it back \"at once\"."),
            keywords: vec!["publishing".to_owned(), "releases".to_owned()],
            open_graph: Some(OpenGraph {
                title: some("Publish without fear"),
                description: some("A website is a pointer to an immutable release."),
                image: some("/media/tree.png"),
                kind: some("article"),
            }),
            twitter_card: Some(TwitterCard {
                card: Some(CardKind::SummaryLargeImage),
                title: some("Publish without fear"),
                description: some("Roll back in one write."),
                image: some("https://images.example.com/tree.png"),
                site: some("@example"),
            }),
        }
    }
}

impl OpenGraph {
    fn check(&self, at: &str, errors: &mut FieldErrors) {
        text(
            [&self.title, &self.description],
            &[format!("{at}/title"), format!("{at}/description")],
            errors,
        );
        image(self.image.as_deref(), at, errors);
        let is_kind = |kind: &str| {
            (1..=50).contains(&kind.len())
                && kind
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || b"._".contains(&byte))
        };
        if self.kind.as_deref().is_some_and(|kind| !is_kind(kind)) {
            let detail = "must be lower-case letters, dots and underscores, at most 50";
            errors.add(format!("{at}/type"), detail);
        }
    }
}

impl TwitterCard {
    fn check(&self, at: &str, errors: &mut FieldErrors) {
        text(
            [&self.title, &self.description],
            &[format!("{at}/title"), format!("{at}/description")],
            errors,
        );
        image(self.image.as_deref(), at, errors);
        let is_account = |text: &str| {
            text.strip_prefix('@').is_some_and(|name| {
                (1..=50).contains(&name.len())
                    && name
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            })
        };
        if self.site.as_deref().is_some_and(|site| !is_account(site)) {
            let detail = "must be `@` and letters, digits or underscores";
            errors.add(format!("{at}/site"), detail);
        }
    }
}

fn text(texts: [&Option<String>; 2], pointers: &[String; 2], errors: &mut FieldErrors) {
    let limits = [SEO_TITLE_CHARS_MAX, SEO_DESCRIPTION_CHARS_MAX];
    for ((text, pointer), max) in texts.into_iter().zip(pointers).zip(limits) {
        let Some(text) = text else { continue };
        if text.chars().any(char::is_control) {
            errors.add(&**pointer, "must not contain control characters");
        }
        errors.chars(pointer, text, max);
    }
}

fn image(image: Option<&str>, at: &str, errors: &mut FieldErrors) {
    if let Some(Err(detail)) = image.map(|image| address::check(image, Use::Image)) {
        errors.add(format!("{at}/image"), detail);
    }
}
