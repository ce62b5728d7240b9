//! A tenant context cannot be made by hand.

fn main() {
    let _ = tenancy::TenantContext { tenant: todo!() };
}
