//! Hostile templates: what bounds them holds.

use std::collections::BTreeMap;

use kernel::PageSlug;
use render::{
    Document, Format, NavItem, PageContent, PageView, RenderError, Renderer, Seo, SiteView, Theme,
};
use serde_json::{Value, json};

/// Makes a theme whose page is `template`.
fn theme(template: &str) -> Theme {
    let manifest = json!({
        "id": "hostile", "name": "", "version": "", "author": "", "description": "",
        "templates": {"page": "page.html", "notFound": "page.html", "maintenance": "page.html", "partials": ["part.html"]},
        "stylesheets": [], "icon": "assets/icon.svg", "settings": [],
    });
    let files = [
        ("manifest.json", manifest.to_string()),
        ("page.html", template.to_owned()),
        ("part.html", "{% include \"part.html\" %}".to_owned()),
        ("assets/icon.svg", String::new()),
    ];
    let files: BTreeMap<String, Vec<u8>> = files
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.into_bytes()))
        .collect();
    Theme::from_files(files).unwrap()
}

fn render(template: &str) -> Result<String, RenderError> {
    render_site(template, &SiteView::sample())
}

fn render_site(template: &str, site: &SiteView) -> Result<String, RenderError> {
    let theme = theme(template);
    let page = PageContent::sample();
    Renderer::new().page(
        &theme,
        &theme.default_settings(),
        site,
        &PageView::sample(&page),
    )
}

fn wide_site() -> SiteView {
    SiteView {
        navigation: vec![NavItem::new("a", "/"); 500],
        ..SiteView::sample()
    }
}

#[test]
fn a_template_writes_escaped_values() {
    let site = SiteView::preview_sample();
    let html = render_site(
        "{{ site.name }}|{{ 1 }}|{{ 'a' if page.title else 'b' }}",
        &site,
    );
    assert_eq!(html.unwrap(), "Käse &amp; &lt;Brot&gt;|1|a");
}

#[test]
fn a_page_stops_growing_at_the_limit() {
    let text = "x".repeat(60_000);
    let template = format!("{{% for item in navigation %}}{text}{{% endfor %}}");
    let result = render_site(&template, &wide_site());
    assert!(matches!(result, Err(RenderError::TooLarge)), "{result:?}");
    let result = render_site(
        "{% for item in navigation %}{{ page.body }}{{ page.body }}{% endfor %}",
        &wide_site(),
    );
    assert!(matches!(result, Err(RenderError::TooLarge)), "{result:?}");
}

#[test]
fn a_template_stops_when_its_steps_are_used_up() {
    let loops = "{% for a in navigation %}{% for b in navigation %}{% if a.href == b.href %}{% endif %}{% endfor %}{% endfor %}";
    let result = render_site(loops, &wide_site());
    assert!(
        matches!(result, Err(RenderError::OutOfFuel(_))),
        "{result:?}"
    );
}

#[test]
fn a_template_cannot_recurse_without_end() {
    let result = render("{% include \"part.html\" %}");
    assert!(
        matches!(result, Err(RenderError::Template(_))),
        "{result:?}"
    );
    let result = render("{% for item in navigation recursive %}{{ loop(navigation) }}{% endfor %}");
    assert!(result.is_err());
}

#[test]
fn a_template_cannot_make_text_grow() {
    for template in [
        "{% set a = 'x' %}{% set a = a ~ a %}{{ a }}",
        "{{ 'x' * 1000000000 }}",
        "{{ [page.body, page.body]|join }}",
        "{% set a %}{{ page.body }}{% endset %}",
        "{% macro m() %}{{ page.body }}{% endmacro %}{{ m() }}",
        "{{ range(1000000000) }}",
    ] {
        let result = render(template);
        assert!(
            matches!(result, Err(RenderError::Dialect { .. })),
            "{template}: {result:?}"
        );
    }
}

#[test]
fn a_template_cannot_write_structures_or_what_is_not_there() {
    for template in [
        "{{ navigation }}",
        "{{ site }}",
        "{{ previous.children }}",
        "{{ nothing }}",
        "{{ site.nothing }}",
        "{% if nothing %}{% endif %}",
        "{% for item in nothing %}{% endfor %}",
        "{{ true }}",
    ] {
        assert!(
            matches!(render(template), Err(RenderError::Template(_))),
            "{template}"
        );
    }
}

#[test]
fn a_template_cannot_turn_escaping_off() {
    let site = SiteView::preview_sample();
    for template in [
        "{{ site.name|safe }}",
        "{% autoescape false %}{{ site.name }}{% endautoescape %}",
    ] {
        assert!(render_site(template, &site).is_err(), "{template}");
    }
}

#[test]
fn a_large_page_is_still_a_page() {
    let source = "A paragraph of *text* with a [link](/a) and `code` & more.\n\n".repeat(2_500);
    let document = Document::parse(Format::Markdown, &Value::from(source)).unwrap();
    let slug = PageSlug::parse("a").unwrap();
    let page = PageContent::new("Large", slug, document, Seo::default()).unwrap();
    for theme in Theme::all() {
        let html = Renderer::new()
            .page(
                theme,
                &theme.default_settings(),
                &wide_site(),
                &PageView::sample(&page),
            )
            .unwrap();
        assert!(html.len() > 250_000);
    }
}

#[test]
fn a_renderer_is_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let renderer = Renderer::new();
    shared(&renderer);
    for theme in Theme::all() {
        renderer.prepare(theme).unwrap();
    }
}
