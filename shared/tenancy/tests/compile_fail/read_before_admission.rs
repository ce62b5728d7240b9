//! The platform itself reads nothing of any tenant.

async fn read(platform: tenancy::Platform, key: tenancy::keys::WebsiteKey) {
    let _ = platform.get::<tenancy::records::WebsiteRecord>(&key).await;
}

fn main() {}
