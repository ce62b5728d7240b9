//! Drafts: what was handed in, checked and brought into the one form in which pages are stored.

use jiff::Timestamp;
use kernel::{ContentHash, PageSlug};
use render::{Document, FieldError, Format, PageContent, Seo};
use serde_json::Value;

/// The paths below every website that the platform answers itself: no visitor would find a page
/// there.
const ANSWERED_BY_PLATFORM: [&str; 3] = ["favicon.ico", "robots.txt", "sitemap.xml"];

/// A page as it was handed in.
#[derive(Debug)]
pub(crate) struct Source {
    /// The title.
    pub(crate) title: String,
    /// The path below the website, without leading slash.
    pub(crate) slug: String,
    /// What the body is written in.
    pub(crate) format: Format,
    /// The body.
    pub(crate) value: Value,
    /// What search engines and previews are told.
    pub(crate) seo: Seo,
}

/// A page that can be stored and published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    /// The page.
    pub(crate) content: PageContent,
    /// Its one form in bytes.
    pub(crate) bytes: Vec<u8>,
    /// The hash of the bytes.
    pub(crate) hash: ContentHash,
}

impl Draft {
    /// Checks everything at once; pointers lead into what was handed in.
    pub(crate) fn new(source: Source) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let slug = read_slug(&source.slug).map_err(|error| errors.push(error));
        let document = Document::parse(source.format, &source.value).map_err(|found| {
            errors.extend(found.into_iter().map(|error| error.under("/content/value")));
        });
        let (slug, document) = match (slug, document) {
            (Ok(slug), Ok(document)) => (slug, document),
            (slug, document) => {
                // The rest is looked at all the same, so that everything wrong is told at once.
                let slug = slug.ok().or_else(|| PageSlug::parse("").ok());
                if let Some(slug) = slug {
                    let document = document.unwrap_or_else(|()| Document::empty());
                    let rest = PageContent::new(source.title, slug, document, source.seo);
                    errors.extend(rest.err().into_iter().flatten());
                }
                return Err(errors);
            }
        };
        PageContent::new(source.title, slug, document, source.seo).map(Self::of)
    }

    /// Says when the page was changed, which is part of what visitors are shown.
    pub(crate) fn changed_at(self, instant: Timestamp) -> Self {
        Self::of(self.content.with_updated_at(instant))
    }

    fn of(content: PageContent) -> Self {
        let bytes = content.to_bytes();
        Self {
            hash: ContentHash::of(&bytes),
            bytes,
            content,
        }
    }
}

fn read_slug(text: &str) -> Result<PageSlug, FieldError> {
    if ANSWERED_BY_PLATFORM.contains(&text) {
        return Err(FieldError::new(
            "/slug",
            "is answered by the platform itself",
        ));
    }
    PageSlug::parse(text).map_err(|error| FieldError::new("/slug", error.to_string()))
}

#[cfg(test)]
mod tests {
    use render::{Format, Seo};
    use serde_json::{Value, json};

    use super::{Draft, Source};

    fn source(slug: &str, format: Format, value: Value) -> Source {
        Source {
            title: "Prices".to_owned(),
            slug: slug.to_owned(),
            format,
            value,
            seo: Seo::default(),
        }
    }

    #[test]
    fn every_format_comes_to_the_same_page() {
        let written = [
            (Format::Markdown, json!("Fair **ones**.")),
            (
                Format::Html,
                json!("<p>Fair <b>ones</b>.</p><script>1</script>"),
            ),
        ];
        let drafts = written.map(|(format, value)| Draft::new(source("shop", format, value)));
        let [markdown, html] = drafts.map(Result::unwrap);
        assert_eq!(markdown, html);
        let value = serde_json::to_value(markdown.content.document()).unwrap();
        let document = Draft::new(source("shop", Format::Document, value)).unwrap();
        assert_eq!(document, markdown, "what is read can be written back");
    }

    #[test]
    fn everything_wrong_is_pointed_at_at_once() {
        let mut all = source("Not A Slug", Format::Document, json!({"blocks": 1}));
        all.title = " ".to_owned();
        all.seo.keywords = vec!["a,b".to_owned()];
        let errors = Draft::new(all).unwrap_err();
        let pointers: Vec<&str> = errors.iter().map(|error| &*error.pointer).collect();
        for pointer in [
            "/slug",
            "/content/value/blocks",
            "/title",
            "/seo/keywords/0",
        ] {
            assert!(pointers.contains(&pointer), "{pointer} in {pointers:?}");
        }
    }

    #[test]
    fn a_body_is_of_its_format() {
        for (format, value) in [
            (Format::Markdown, json!({})),
            (Format::Html, json!(1)),
            (Format::Document, json!("text")),
        ] {
            let errors = Draft::new(source("", format, value)).unwrap_err();
            assert_eq!(errors[0].pointer, "/content/value", "{format:?}");
        }
    }
}
