//! What a source may ask of the parsers. They take time in proportion to its length times what is
//! open at once, so that is limited before they see it; this must take time in proportion to the
//! length alone.

use std::cell::RefCell;

use html5ever::LocalName;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::markup::is_void;
use crate::field_error::FieldError;
use crate::limits::{ESCAPES_MAX, QUOTE_MARKS_MAX, UNCLOSED_TAGS_MAX};

/// Checks that few elements are open at once. Elements are counted as open where a parser might see
/// them so: an end tag closes nothing but the innermost element, or what the HTML standard (§13.1.2.4)
/// lets authors leave open within it.
pub(crate) fn check_html(source: &str) -> Result<(), Vec<FieldError>> {
    // The sanitiser's writer looks through the rest of a text for each sign that it may escape.
    let is_escaped = |sign: &char| matches!(sign, '&' | '\u{80}'..='\u{bf}');
    if source.chars().filter(is_escaped).count() > ESCAPES_MAX {
        let detail = format!("must not have more than {ESCAPES_MAX} ampersands and hard spaces");
        return Err(vec![FieldError::new("", detail)]);
    }
    let tokenizer = Tokenizer::new(Depth::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(source.into());
    // Nothing here pauses the tokenizer, so one call reads all.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    if tokenizer.sink.0.into_inner().deepest <= UNCLOSED_TAGS_MAX {
        return Ok(());
    }
    let detail = format!("must not have more than {UNCLOSED_TAGS_MAX} elements open at once");
    Err(vec![FieldError::new("", detail)])
}

/// Checks that no line begins with very many marks of quotes.
pub(crate) fn check_markdown(source: &str) -> Result<(), Vec<FieldError>> {
    let marks = |line: &str| {
        line.bytes()
            .take_while(|byte| matches!(byte, b'>' | b' ' | b'\t'))
            .filter(|byte| *byte == b'>')
            .count()
    };
    if source.lines().all(|line| marks(line) <= QUOTE_MARKS_MAX) {
        return Ok(());
    }
    let detail = format!("must not have a line that begins with more than {QUOTE_MARKS_MAX} `>`");
    Err(vec![FieldError::new("", detail)])
}

#[derive(Default)]
struct Depth(RefCell<Open>);

#[derive(Default)]
struct Open {
    names: Vec<LocalName>,
    deepest: usize,
}

impl TokenSink for Depth {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(tag) = token {
            let mut open = self.0.borrow_mut();
            match tag.kind {
                TagKind::StartTag => open.start(tag),
                TagKind::EndTag => open.end(&tag.name),
            }
        }
        TokenSinkResult::Continue
    }
}

impl Open {
    fn start(&mut self, tag: Tag) {
        if is_void(&tag.name) || self.names.len() > UNCLOSED_TAGS_MAX {
            return;
        }
        while self
            .names
            .last()
            .is_some_and(|last| is_ended_by(last, &tag.name))
        {
            self.names.pop();
        }
        self.names.push(tag.name);
        self.deepest = self.deepest.max(self.names.len());
    }

    fn end(&mut self, name: &LocalName) {
        let left_open = self
            .names
            .iter()
            .rev()
            .take_while(|it| may_be_left_open(it));
        let left_open = left_open.take_while(|it| *it != name).count();
        let at = self.names.len().checked_sub(left_open + 1);
        if let Some(at) = at.filter(|at| self.names.get(*at) == Some(name)) {
            self.names.truncate(at);
        }
    }
}

/// Returns whether authors may leave out the end tag of an element.
fn may_be_left_open(name: &str) -> bool {
    matches!(
        name,
        "p" | "li" | "dt" | "dd" | "tr" | "td" | "th" | "thead" | "tbody" | "tfoot" | "option"
    )
}

/// Returns whether an element that is left open ends where another one begins.
fn is_ended_by(open: &str, next: &str) -> bool {
    match open {
        "li" => next == "li",
        "dt" | "dd" => matches!(next, "dt" | "dd"),
        "td" | "th" => matches!(next, "td" | "th" | "tr" | "tbody" | "tfoot"),
        "tr" => matches!(next, "tr" | "tbody" | "tfoot"),
        "thead" | "tbody" | "tfoot" => matches!(next, "tbody" | "tfoot"),
        "option" => next == "option",
        "p" => matches!(
            next,
            "p" | "li"
                | "dt"
                | "dd"
                | "div"
                | "ul"
                | "ol"
                | "dl"
                | "table"
                | "pre"
                | "blockquote"
                | "h1"
                | "h2"
                | "h3"
                | "h4"
                | "h5"
                | "h6"
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{check_html, check_markdown};
    use crate::limits::{ESCAPES_MAX, UNCLOSED_TAGS_MAX};

    #[test]
    fn what_is_closed_or_may_be_left_open_is_not_counted() {
        for unit in [
            "<div>x</div>",
            "<p>x",
            "<p>x<p>y</p>",
            "<p>x<div>y</div>",
            "<br><img src=x>",
            "<ul><li>x<li>y</ul>",
            "<dl><dt>x<dd>y</dl>",
            "<table><tr><td>x<td>y<tr><th>z</table>",
            "<!-- <div> -->",
            "a < b & c",
        ] {
            assert!(check_html(&unit.repeat(1_000)).is_ok(), "{unit}");
        }
    }

    #[test]
    fn what_is_open_is_counted_however_it_is_hidden() {
        for unit in [
            "<div>",
            "<b>",
            "<b>x</i>",
            "<ul><li>",
            "<div><!--</div>-->",
            "<div><script></div></script>",
            "<div title=\"</div>\">",
            "<div><p></p></span>",
        ] {
            assert!(
                check_html(&unit.repeat(UNCLOSED_TAGS_MAX / 2)).is_ok(),
                "{unit}"
            );
            assert!(
                check_html(&unit.repeat(UNCLOSED_TAGS_MAX + 1)).is_err(),
                "{unit}"
            );
        }
    }

    #[test]
    fn quotes_in_quotes_have_an_end() {
        assert!(check_markdown("> > a\n>>> b\na > b").is_ok());
        assert!(check_markdown(&"> ".repeat(201)).is_err());
        assert!(check_markdown(&format!("a\n{}", ">".repeat(201))).is_err());
    }

    #[test]
    fn signs_that_are_escaped_have_an_end() {
        for sign in ["&", "&amp;", "\u{a0}"] {
            assert!(check_html(&sign.repeat(ESCAPES_MAX)).is_ok(), "{sign}");
            assert!(check_html(&sign.repeat(ESCAPES_MAX + 1)).is_err(), "{sign}");
        }
    }
}
