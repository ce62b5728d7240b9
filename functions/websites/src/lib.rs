//! websites.
