//! The proof that no tenant reaches another: every operation, with every kind of id that another tenant has, in every
//! place of a request, by everybody who is not that tenant. Nothing of the other tenant comes out, in an answer or
//! beside it; nothing of the other tenant changes; and what is another's is answered like what never was.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod cast;
mod controls;
mod judge;
mod leaks;
mod marks;
mod proof;
mod side;
mod tuples;
