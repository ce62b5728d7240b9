//! The XML answers of the older services. It must never know what any operation does.

use bytes::Bytes;
use http::Response;

use crate::services::protocol::answer;

const CONTENT_TYPE: &str = "text/xml";

/// An XML document being written.
#[derive(Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    /// Begins a document.
    pub(crate) fn document() -> Self {
        Self(r#"<?xml version="1.0" encoding="UTF-8"?>"#.to_owned())
    }

    /// Writes the element `name` with what `content` writes inside.
    pub(crate) fn element(mut self, name: &str, content: impl FnOnce(Self) -> Self) -> Self {
        self.open(name);
        let mut inner = content(self);
        inner.close(name);
        inner
    }

    /// Writes the element `name` in `namespace` with what `content` writes inside.
    pub(crate) fn root(
        mut self,
        name: &str,
        namespace: &str,
        content: impl FnOnce(Self) -> Self,
    ) -> Self {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push_str(" xmlns=\"");
        self.0.push_str(namespace);
        self.0.push_str("\">");
        let mut inner = content(self);
        inner.close(name);
        inner
    }

    /// Writes the element `name` holding `text`.
    pub(crate) fn text(mut self, name: &str, text: &str) -> Self {
        self.open(name);
        for character in text.chars() {
            match character {
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '&' => self.0.push_str("&amp;"),
                '"' => self.0.push_str("&quot;"),
                other => self.0.push(other),
            }
        }
        self.close(name);
        self
    }

    /// Writes one element `name` for each of `texts`.
    pub(crate) fn texts(self, name: &str, texts: &[String]) -> Self {
        texts.iter().fold(self, |xml, text| xml.text(name, text))
    }

    /// Ends the document as an answer.
    pub(crate) fn answer(self, status: u16) -> Response<Bytes> {
        answer(status, CONTENT_TYPE, self.0)
    }

    fn open(&mut self, name: &str) {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
    }

    fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }
}

/// Answers a refused request.
pub(crate) fn failure(status: u16, namespace: &str, code: &str, message: &str) -> Response<Bytes> {
    let kind = if status < 500 { "Sender" } else { "Receiver" };
    Xml::document()
        .root("ErrorResponse", namespace, |xml| {
            xml.element("Error", |xml| {
                xml.text("Type", kind)
                    .text("Code", code)
                    .text("Message", message)
            })
            .text("RequestId", "local")
        })
        .answer(status)
}

/// Answers a refused request the way S3 does.
pub(crate) fn object_failure(status: u16, code: &str, message: &str) -> Response<Bytes> {
    Xml::document()
        .element("Error", |xml| {
            xml.text("Code", code)
                .text("Message", message)
                .text("RequestId", "local")
        })
        .answer(status)
}
