//! A key has no place for a tenant.

fn key(tenant: kernel::TenantId, website: kernel::WebsiteId) -> tenancy::keys::WebsiteKey {
    tenancy::keys::WebsiteKey { tenant, website }
}

fn main() {}
