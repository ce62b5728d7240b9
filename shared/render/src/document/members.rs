//! Reading blocks, text and marks in one pass. What a node is stands in its member `type`, which may
//! come last, so whatever any kind of node may have is taken first, and then given to the kind that
//! it is. It must accept no member that the kind does not have.

use serde::{Deserialize, Deserializer};

use super::block::{Alignment, Block, CalloutKind, ListItem, ListStyle, TableRow};
use super::inline::{Inline, Mark};

/// Why members do not make a node.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MembersError {
    /// A member that the kind cannot do without.
    #[error("missing field `{0}`")]
    Missing(&'static str),
    /// A member that the kind does not have.
    #[error("must have no `{0}`: its type has none")]
    Unknown(&'static str),
}

/// Declares members that may be there, and how the ones that were not taken are refused.
macro_rules! members {
    (
        $(#[$attribute:meta])* struct $name:ident { tag: $tag:ident, $($member:ident: $type:ty),+ $(,)? }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            #[serde(rename = "type")]
            tag: $tag,
            $(#[serde(default, deserialize_with = "there")]
            $member: Option<$type>,)+
        }

        impl $name {
            /// Refuses what the kind does not have: everything that is still there.
            fn finish(&self) -> Result<(), MembersError> {
                $(if self.$member.is_some() {
                    return Err(MembersError::Unknown(stringify!($member)));
                })+
                Ok(())
            }
        }
    };
}

/// Tells a member that is there from one that is not, whatever it holds.
fn there<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

fn required<T>(name: &'static str, member: &mut Option<T>) -> Result<T, MembersError> {
    member.take().ok_or(MembersError::Missing(name))
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum BlockKind {
    Paragraph,
    Heading,
    List,
    Quote,
    Code,
    Table,
    Image,
    Divider,
    Callout,
}

members! {
    /// What a block may have.
    struct BlockMembers {
        tag: BlockKind,
        content: Vec<Inline>,
        level: u8,
        id: String,
        style: ListStyle,
        start: u32,
        items: Vec<ListItem>,
        blocks: Vec<Block>,
        language: Option<String>,
        text: String,
        columns: Vec<Alignment>,
        header: Option<TableRow>,
        rows: Vec<TableRow>,
        src: String,
        alt: String,
        title: Option<String>,
        caption: Vec<Inline>,
        kind: CalloutKind,
    }
}

impl TryFrom<BlockMembers> for Block {
    type Error = MembersError;

    fn try_from(mut members: BlockMembers) -> Result<Self, MembersError> {
        let it = &mut members;
        let block = match it.tag {
            BlockKind::Paragraph => Self::Paragraph {
                content: it.content.take().unwrap_or_default(),
            },
            BlockKind::Heading => Self::Heading {
                level: required("level", &mut it.level)?,
                id: it.id.take().unwrap_or_default(),
                content: it.content.take().unwrap_or_default(),
            },
            BlockKind::List => Self::List {
                style: required("style", &mut it.style)?,
                start: it.start.take().unwrap_or(1),
                items: required("items", &mut it.items)?,
            },
            BlockKind::Quote => Self::Quote {
                blocks: required("blocks", &mut it.blocks)?,
            },
            BlockKind::Code => Self::Code {
                language: it.language.take().flatten(),
                text: required("text", &mut it.text)?,
            },
            BlockKind::Table => Self::Table {
                columns: it.columns.take().unwrap_or_default(),
                header: it.header.take().flatten(),
                rows: required("rows", &mut it.rows)?,
            },
            BlockKind::Image => Self::Image {
                src: required("src", &mut it.src)?,
                alt: it.alt.take().unwrap_or_default(),
                title: it.title.take().flatten(),
                caption: it.caption.take().unwrap_or_default(),
            },
            BlockKind::Divider => Self::Divider {},
            BlockKind::Callout => Self::Callout {
                kind: required("kind", &mut it.kind)?,
                title: it.title.take().flatten(),
                blocks: required("blocks", &mut it.blocks)?,
            },
        };
        members.finish()?;
        Ok(block)
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum InlineKind {
    Text,
    HardBreak,
}

members! {
    /// What a piece of a line may have.
    struct InlineMembers {
        tag: InlineKind,
        text: String,
        marks: Vec<Mark>,
    }
}

impl TryFrom<InlineMembers> for Inline {
    type Error = MembersError;

    fn try_from(mut members: InlineMembers) -> Result<Self, MembersError> {
        let inline = match members.tag {
            InlineKind::Text => Self::Text {
                text: required("text", &mut members.text)?,
                marks: members.marks.take().unwrap_or_default(),
            },
            InlineKind::HardBreak => Self::HardBreak {},
        };
        members.finish()?;
        Ok(inline)
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum MarkKind {
    Link,
    Bold,
    Italic,
    Strike,
    Code,
}

members! {
    /// What a mark may have.
    struct MarkMembers {
        tag: MarkKind,
        href: String,
        title: Option<String>,
    }
}

impl TryFrom<MarkMembers> for Mark {
    type Error = MembersError;

    fn try_from(mut members: MarkMembers) -> Result<Self, MembersError> {
        let mark = match members.tag {
            MarkKind::Link => Self::Link {
                href: required("href", &mut members.href)?,
                title: members.title.take().flatten(),
            },
            MarkKind::Bold => Self::Bold {},
            MarkKind::Italic => Self::Italic {},
            MarkKind::Strike => Self::Strike {},
            MarkKind::Code => Self::Code {},
        };
        members.finish()?;
        Ok(mark)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::super::block::Block;
    use super::super::inline::{Inline, Mark};

    fn reads<T: DeserializeOwned>(value: &Value) -> bool {
        let text = value.to_string();
        let read = serde_json::from_str::<T>(&text).is_ok();
        assert_eq!(read, serde_json::from_value::<T>(value.clone()).is_ok());
        read
    }

    #[test]
    fn a_kind_has_its_own_members_wherever_its_type_stands() {
        let late = r#"{"text":"a","marks":[{"href":"/b","type":"link"}],"type":"text"}"#;
        let early = r#"{"type":"text","marks":[{"type":"link","href":"/b"}],"text":"a"}"#;
        let [late, early] = [late, early].map(|it| serde_json::from_str::<Inline>(it).unwrap());
        assert_eq!(late, early);
        for (value, is_block) in [
            (json!({"type": "divider"}), true),
            (json!({"type": "divider", "text": "a"}), false),
            (json!({"type": "paragraph"}), true),
            (json!({"type": "paragraph", "content": null}), false),
            (json!({"type": "paragraph", "title": null}), false),
            (json!({"type": "code", "text": "a", "language": null}), true),
            (json!({"type": "code", "language": "a"}), false),
            (
                json!({"type": "list", "style": "bullet", "items": []}),
                true,
            ),
            (
                json!({"type": "list", "style": "bullet", "items": [], "start": null}),
                false,
            ),
            (
                json!({"type": "callout", "kind": "tip", "blocks": []}),
                true,
            ),
            (json!({"type": "callout", "blocks": []}), false),
            (json!({"type": "quote", "kind": "tip", "blocks": []}), false),
            (json!({"type": "unknown"}), false),
            (json!({"type": "divider", "unknown": 1}), false),
            (json!({}), false),
            (json!("divider"), false),
        ] {
            assert_eq!(reads::<Block>(&value), is_block, "{value}");
        }
        assert!(reads::<Mark>(&json!({"type": "bold"})));
        assert!(!reads::<Mark>(&json!({"type": "bold", "href": "/"})));
        assert!(!reads::<Inline>(&json!({"type": "hardBreak", "text": ""})));
        assert!(serde_json::from_str::<Mark>(r#"{"type":"bold","type":"bold"}"#).is_err());
    }
}
