//! A raw key cannot be made outside the tenant core.

fn main() {
    let _ = tenancy::storage::RawKey::new("T#another".to_owned(), "TENANT".to_owned());
}
