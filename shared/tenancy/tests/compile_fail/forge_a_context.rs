//! A tenant context cannot be made by hand.

fn forge(tenant: kernel::TenantId) -> tenancy::TenantContext {
    tenancy::TenantContext { tenant }
}

fn main() {
    let _ = forge;
}
