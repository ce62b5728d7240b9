//! Pages of lists.

use jiff::Timestamp;
use kernel::limits::{CURSOR_BYTES_MAX, LIST_ITEMS_DEFAULT, LIST_ITEMS_MAX};
use kernel::{ContentHash, Entropy};
use serde_json::json;
use tenancy::{Platform, Position, Slice, Stored};

use crate::cursor::CursorSealer;
use crate::extract::{Call, FromCall};
use crate::openapi::OperationDoc;
use crate::problem::{Problem, ProblemType};
use crate::reply::Listed;

/// Where a list is gone on with: for lists whose pages have no size that callers name.
#[derive(Debug)]
pub struct Continued {
    /// Where the page before ended.
    pub after: Option<Position>,
    scope: ContentHash,
    sealer: CursorSealer,
    platform: Platform,
}

impl Continued {
    /// Makes the cursor of the page after one that ended at `next`, which goes on the list of this caller, route and
    /// filter and no other.
    pub fn cursor(&self, next: Option<&Position>) -> Option<String> {
        let (entropy, now): (&dyn Entropy, Timestamp) =
            (self.platform.entropy(), self.platform.now());
        self.sealer.seal(entropy, now, &self.scope, next?)
    }
}

impl<S> FromCall<S> for Continued {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        let cursor = call.query.remove("cursor");
        let filter = serde_urlencoded::to_string(&call.query).unwrap_or_default();
        let place = call.place();
        // Of what is no tenant's, a page is for the one who asked.
        let whose = call
            .tenant
            .as_ref()
            .map_or_else(|| call.caller.clone(), |tenant| tenant.tenant().to_string());
        let scope = ContentHash::of_parts(&[
            whose.as_bytes(),
            call.operation.as_bytes(),
            place.as_bytes(),
            filter.as_bytes(),
        ]);
        let Some(sealer) = call.cursors.clone() else {
            return Err(Problem::new(ProblemType::Internal));
        };
        let after = match cursor {
            None => None,
            Some(text) => Some(
                sealer
                    .open(call.platform.now(), &scope, &text)
                    .ok_or_else(|| Problem::new(ProblemType::InvalidCursor))?,
            ),
        };
        Ok(Self {
            after,
            scope,
            sealer,
            platform: call.platform.clone(),
        })
    }

    fn describe(operation: &mut OperationDoc) {
        operation.query_parameter(
            "cursor",
            "The `nextCursor` of the page before.",
            &json!({
                "type": "string",
                "pattern": "^[A-Za-z0-9_-]+$",
                "maxLength": CURSOR_BYTES_MAX,
            }),
        );
        operation.refuses(&[ProblemType::ValidationFailed, ProblemType::InvalidCursor]);
    }
}

/// Which page of a list is asked for.
#[derive(Debug)]
pub struct Paging {
    /// Items of the page, at most.
    pub limit: usize,
    /// Where it begins.
    pub from: Continued,
}

impl Paging {
    /// Makes the answer of a page.
    pub fn page<R, V>(&self, slice: Slice<R>, view: impl FnMut(Stored<R>) -> V) -> Listed<V> {
        Listed {
            next_cursor: self.from.cursor(slice.next.as_ref()),
            items: slice.records.into_iter().map(view).collect(),
        }
    }
}

impl<S> FromCall<S> for Paging {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        let limit = match call.query.remove("limit") {
            None => LIST_ITEMS_DEFAULT,
            // Digits alone: a sign is none.
            Some(text) => Some(text.as_str())
                .filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()))
                .and_then(|digits| digits.parse().ok())
                .filter(|limit| (1..=LIST_ITEMS_MAX).contains(limit))
                .ok_or_else(|| {
                    Problem::invalid_field("query:limit", "must be a whole number from 1 to 100")
                })?,
        };
        let from = Continued::from_call(call)?;
        Ok(Self { limit, from })
    }

    fn describe(operation: &mut OperationDoc) {
        operation.query_parameter(
            "limit",
            "Items of a page, 1 to 100; 50 if not given.",
            &json!({"type": "integer", "minimum": 1, "maximum": LIST_ITEMS_MAX}),
        );
        <Continued as FromCall<S>>::describe(operation);
    }
}
