//! Every limit on documents, pages, themes and rendering, each once, with its unit and its reason.

kernel::limits! {
    /// Markdown or HTML handed in, in bytes: parsing takes time in proportion.
    SOURCE_BYTES_MAX: usize = 262_144;
    /// A document's canonical form, in bytes: a page is read whole for every render.
    DOCUMENT_BYTES_MAX: usize = 1_048_576;
    /// A document's HTML, in bytes: it must fit into the page around it.
    BODY_HTML_BYTES_MAX: usize = 1_048_576;
    /// Blocks, list items, table rows and cells of a document together.
    BLOCKS_MAX: usize = 20_000;
    /// Runs of text of a document.
    INLINES_MAX: usize = 100_000;
    /// Blocks within blocks, in levels: rendering recurses once for each.
    DEPTH_MAX: usize = 12;
    /// Nesting of a document's JSON, in levels: within what parsers accept.
    JSON_DEPTH_MAX: usize = 96;
    /// Nesting of imported HTML, in levels; deeper elements count as their parent.
    MARKUP_DEPTH_MAX: usize = 64;
    /// Elements of imported HTML that are open at once: parsing takes time in proportion to them.
    UNCLOSED_TAGS_MAX: usize = 256;
    /// Ampersands and hard spaces of imported HTML: writing it takes time in proportion to them.
    ESCAPES_MAX: usize = 20_000;
    /// Marks of quotes before a line of Markdown: parsing takes time in proportion to them.
    QUOTE_MARKS_MAX: usize = 200;
    /// Columns of a table.
    TABLE_COLUMNS_MAX: usize = 64;
    /// An address in a link or an image, in bytes: what browsers and proxies agree on.
    ADDRESS_BYTES_MAX: usize = 2_048;
    /// An image's alternative text, or the title of a link, an image or a callout, in characters.
    LABEL_CHARS_MAX: usize = 1_000;
    /// A heading's id, in characters.
    ANCHOR_CHARS_MAX: usize = 100;
    /// A code block's language, in bytes.
    LANGUAGE_BYTES_MAX: usize = 40;
    /// Errors told about one input: enough to mend it, not a second document.
    FIELD_ERRORS_MAX: usize = 20;
    /// A title for search results and previews, in characters.
    SEO_TITLE_CHARS_MAX: usize = 500;
    /// A description for search results and previews, in characters.
    SEO_DESCRIPTION_CHARS_MAX: usize = 1_000;
    /// Keywords of a page.
    SEO_KEYWORDS_MAX: usize = 50;
    /// A keyword, in characters.
    SEO_KEYWORD_CHARS_MAX: usize = 100;
    /// The description made from a page's text, in characters: what search engines show.
    SEO_EXCERPT_CHARS: usize = 160;
    /// Items of a site's navigation, nested ones included.
    NAVIGATION_ITEMS_MAX: usize = 500;
    /// Levels of a site's navigation: what a menu can show.
    NAVIGATION_DEPTH_MAX: usize = 3;
    /// A navigation item's title, in characters.
    NAVIGATION_TITLE_CHARS_MAX: usize = 200;
    /// A theme's text setting, in characters, unless the theme asks for less.
    SETTING_CHARS_MAX: usize = 1_000;
    /// A whole page's HTML, in bytes: the writer stops there.
    PAGE_BYTES_MAX: usize = 2_097_152;
    /// Steps a template may take for one page.
    TEMPLATE_FUEL: u64 = 200_000;
    /// Nesting of template calls: blocks, includes and recursive loops.
    TEMPLATE_DEPTH_MAX: usize = 60;
    /// A theme's package, in bytes: every file of it, read whole where it is not built in.
    PACKAGE_BYTES_MAX: usize = 262_144;
    /// Themes that a renderer keeps compiled.
    COMPILED_THEMES_MAX: usize = 32;
    /// One template's source, in bytes.
    TEMPLATE_BYTES_MAX: usize = 65_536;
}
