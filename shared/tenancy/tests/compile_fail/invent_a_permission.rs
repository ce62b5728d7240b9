//! Permissions are declared in one place.

enum Everything {}

impl tenancy::Permission for Everything {
    const NAME: &'static str = "everything";
    const LEAST_ROLE: tenancy::Role = tenancy::Role::Visitor;
}

fn main() {}
