//! CloudFront's XML. It must never know which distributions there are.

use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};
use bytes::Bytes;
use http::Response;

use crate::services::cloudfront::Invalidation;
use crate::services::protocol::xml::{self, Xml};

const NAMESPACE: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

/// A batch of items to invalidate.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) caller_reference: String,
    pub(crate) items: Vec<String>,
}

impl Batch {
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
        let batch = Self::decode(text).map_err(|error| error.to_string())?;
        if batch.caller_reference.is_empty() {
            return Err("there is no CallerReference".to_owned());
        }
        Ok(batch)
    }

    fn decode(text: &str) -> Result<Self, XmlDecodeError> {
        let mut document = Document::new(text);
        let mut root = document.root_element()?;
        let mut batch = Self::default();
        while let Some(mut tag) = root.next_tag() {
            match tag.start_el().local() {
                "CallerReference" => batch.caller_reference = try_data(&mut tag)?.into_owned(),
                "Paths" => read_items(&mut tag, &mut batch.items)?,
                _ => {}
            }
        }
        Ok(batch)
    }
}

fn read_items(
    paths: &mut ScopedDecoder<'_, '_>,
    items: &mut Vec<String>,
) -> Result<(), XmlDecodeError> {
    while let Some(mut list) = paths.next_tag() {
        if list.start_el().local() != "Items" {
            continue;
        }
        while let Some(mut path) = list.next_tag() {
            items.push(try_data(&mut path)?.into_owned());
        }
    }
    Ok(())
}

/// Answers with an invalidation.
pub(crate) fn answer(status: u16, invalidation: &Invalidation) -> Response<Bytes> {
    Xml::document()
        .root("Invalidation", NAMESPACE, |xml| {
            xml.text("Id", &invalidation.id)
                .text("Status", "Completed")
                .text("CreateTime", &invalidation.created_at.to_string())
                .element("InvalidationBatch", |xml| {
                    xml.element("Paths", |xml| {
                        xml.text("Quantity", &invalidation.items.len().to_string())
                            .element("Items", |xml| xml.texts("Path", &invalidation.items))
                    })
                    .text("CallerReference", &invalidation.caller_reference)
                })
        })
        .answer(status)
}

/// Answers a refused request.
pub(crate) fn failure(status: u16, code: &str, message: &str) -> Response<Bytes> {
    xml::failure(status, NAMESPACE, code, message)
}
