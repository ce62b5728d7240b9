//! What holds for any document and any text.

use proptest::{collection::vec, prelude::*};
use render::{
    Block, Document, Format, Inline, LinkContext, Mark,
    document::block::{Alignment, CalloutKind, ListItem, ListStyle, TableCell, TableRow},
    to_html,
};
use serde_json::Value;

use crate::{
    documents::shown,
    markup::{assert_well_formed, offences},
};

fn marks() -> impl Strategy<Value = Vec<Mark>> {
    let mark = prop_oneof![
        Just(Mark::Bold {}),
        Just(Mark::Italic {}),
        Just(Mark::Strike {}),
        Just(Mark::Code {}),
    ];
    let href = prop_oneof![
        "/[a-z]{0,8}",
        "#[a-z]{1,8}",
        "https://example\\.com/[a-z?=&;%']{0,8}",
        Just("mailto:a@example.com".to_owned()),
    ];
    let link = (href, proptest::option::of("\\PC{1,8}"))
        .prop_map(|(href, title)| Mark::Link { href, title });
    (vec(mark, 0..3), proptest::option::of(link)).prop_map(|(mut marks, link)| {
        marks.extend(link);
        marks
    })
}

fn line() -> impl Strategy<Value = Vec<Inline>> {
    let text = ("[a-z<>&\"'`{}%\u{a0}\r\n\t é\u{1f600}\u{0}]{0,12}", marks())
        .prop_map(|(text, marks)| Inline::text(text, marks));
    vec(
        prop_oneof![4 => text, 1 => Just(Inline::HardBreak {})],
        0..5,
    )
}

fn row() -> impl Strategy<Value = TableRow> {
    let cell = line().prop_map(|content| TableCell { content });
    vec(cell, 0..4).prop_map(|cells| TableRow { cells })
}

fn leaf() -> impl Strategy<Value = Block> {
    let title = || proptest::option::of("\\PC{0,8}");
    let align = prop_oneof![
        Just(Alignment::None),
        Just(Alignment::Left),
        Just(Alignment::Center),
        Just(Alignment::Right),
    ];
    prop_oneof![
        line().prop_map(|content| Block::Paragraph { content }),
        (1..=6_u8, line()).prop_map(|(level, content)| Block::Heading {
            level,
            id: String::new(),
            content,
        }),
        (
            proptest::option::of("[a-z+#]{1,8}"),
            "\\PC{0,20}\n?\\PC{0,9}"
        )
            .prop_map(|(language, text)| Block::Code { language, text }),
        (
            vec(align, 0..4),
            proptest::option::of(row()),
            vec(row(), 0..3)
        )
            .prop_map(|(columns, header, rows)| Block::Table {
                columns,
                header,
                rows
            }),
        ("/[a-z]{1,8}\\.png", "\\PC{0,12}", title(), line()).prop_map(
            |(src, alt, title, caption)| Block::Image {
                src,
                alt,
                title,
                caption
            }
        ),
        Just(Block::Divider {}),
    ]
}

fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let block = leaf().prop_recursive(3, 24, 4, |inner| {
        let kind = proptest::sample::select(CalloutKind::ALL.to_vec());
        let item = (proptest::bool::ANY, vec(inner.clone(), 0..3));
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|blocks| Block::Quote { blocks }),
            (kind, proptest::option::of("\\PC{0,8}"), vec(inner, 0..3)).prop_map(
                |(kind, title, blocks)| Block::Callout {
                    kind,
                    title,
                    blocks
                }
            ),
            (0..3_u8, 0..3_u32, vec(item, 0..4)).prop_map(|(style, start, items)| {
                let style = [ListStyle::Bullet, ListStyle::Ordered, ListStyle::Task]
                    .into_iter()
                    .nth(style.into())
                    .unwrap();
                let item = |(done, blocks): (bool, Vec<Block>)| ListItem {
                    checked: (style == ListStyle::Task).then_some(done),
                    blocks,
                };
                Block::List {
                    style,
                    start,
                    items: items.into_iter().map(item).collect(),
                }
            }),
        ]
    });
    vec(block, 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// Bytes and JSON come back as the same document, and equal documents have equal bytes.
    #[test]
    fn documents_survive_storage(blocks in blocks()) {
        let document = Document::new(blocks).unwrap();
        let again = Document::from_bytes(&document.to_bytes()).unwrap();
        prop_assert_eq!(&again, &document);
        let value = serde_json::to_value(&document).unwrap();
        let again = Document::parse(Format::Document, &value).unwrap();
        prop_assert_eq!(again.to_bytes(), document.to_bytes());
    }

    /// The sanitiser finds nothing to change in what documents are written in: what it returns it
    /// returns again, and it is well formed and harmless.
    #[test]
    fn documents_are_written_in_what_the_sanitiser_allows(blocks in blocks()) {
        let document = Document::new(blocks).unwrap();
        let html = shown(&document);
        prop_assert_eq!(offences(&html), Vec::<String>::new());
        assert_well_formed(&html);
    }

    /// Any text at all is read without a panic, and is harmless.
    #[test]
    fn any_text_is_harmless(source in "[<>/a-z\"'=!\\-`\\[\\](){}&#;:*_~|\\n\\t\\\\ ]{0,120}") {
        for format in [Format::Markdown, Format::Html] {
            let document = Document::parse(format, &Value::from(source.as_str())).unwrap();
            let html = shown(&document);
            prop_assert_eq!(offences(&html), Vec::<String>::new());
            assert_well_formed(&html);
        }
    }

    /// Reading HTML, writing it and reading it again changes nothing: sanitising is idempotent.
    #[test]
    fn sanitising_twice_is_sanitising_once(source in fragments()) {
        let once = Document::parse(Format::Html, &Value::from(source)).unwrap();
        let html = shown(&once);
        let twice = Document::parse(Format::Html, &Value::from(html.as_str())).unwrap();
        prop_assert_eq!(&shown(&twice), &html);
        prop_assert_eq!(twice, once);
    }

    /// An excerpt is never longer than it may be.
    #[test]
    fn excerpts_fit(source in "\\PC{0,80}", max in 1..40_usize) {
        let document = Document::parse(Format::Markdown, &Value::from(source)).unwrap();
        prop_assert!(document.excerpt(max).chars().count() <= max);
    }

    /// A base path changes addresses and nothing else.
    #[test]
    fn base_paths_only_change_addresses(blocks in blocks()) {
        let document = Document::new(blocks).unwrap();
        let context = LinkContext { base_path: "/_preview/token", locale: "en" };
        let html = to_html(&document, &context);
        prop_assert_eq!(html.replace("=\"/_preview/token/", "=\"/"), shown(&document));
    }
}

/// Pieces of HTML, whole and broken.
fn fragments() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<b>",
        "</b>",
        "<i>",
        "</i>",
        "<a href=/x>",
        "</a>",
        "<ul>",
        "</ul>",
        "<ol start=3>",
        "<li>",
        "</li>",
        "<table>",
        "</table>",
        "<tr>",
        "<td>",
        "<th>",
        "<pre>",
        "</pre>",
        "<code>",
        "</code>",
        "<h2>",
        "</h2>",
        "<blockquote>",
        "</blockquote>",
        "<img src=/a.png alt=a>",
        "<br>",
        "<hr>",
        "<svg>",
        "</svg>",
        "<math>",
        "<style>",
        "</style>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "text",
        " ",
        "\n",
        "&amp;",
        "&lt;b&gt;",
        "<figure>",
        "<figcaption>",
        "</figure>",
        "<dl><dt>",
        "<dd>",
        "</dl>",
        "<div class='callout callout-tip'>",
        "<p class=callout-title>",
        "<input type=checkbox checked>",
    ]);
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}
