//! A permit comes from a context, and from nowhere else.

fn permit(
    context: tenancy::TenantContext,
) -> tenancy::Permit<tenancy::permission::ManageTenant> {
    tenancy::Permit::new(context)
}

fn main() {}
