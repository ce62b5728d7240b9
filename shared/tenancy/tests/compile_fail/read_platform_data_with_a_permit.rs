//! A tenant's permit does not reach the platform's data.

async fn read(
    permit: tenancy::Permit<tenancy::permission::ReadWebsites>,
    key: tenancy::keys::HostKey,
) {
    let _ = permit.get::<tenancy::records::HostRecord>(&key).await;
}

fn main() {}
