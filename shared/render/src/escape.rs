//! Text into HTML, the way the HTML standard serialises it (§13.3).

/// Appends `text` as the content of an element.
pub(crate) fn text(out: &mut String, text: &str) {
    append(out, text, false);
}

/// Appends `text` as the value of a double-quoted attribute.
pub(crate) fn attribute(out: &mut String, text: &str) {
    append(out, text, true);
}

fn append(out: &mut String, text: &str, quotes: bool) {
    let mut rest = text;
    // Bytes are quicker to look through than characters; 0xc2 begins the space that does not break.
    let special = |byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | 0xc2);
    while let Some(at) = rest.bytes().position(special) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = special.chars();
        match characters.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('"') if quotes => out.push_str("&quot;"),
            Some('\u{a0}') => out.push_str("&nbsp;"),
            Some(other) => out.push(other),
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}
