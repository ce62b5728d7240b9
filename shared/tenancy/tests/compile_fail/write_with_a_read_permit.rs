//! A permit to read cannot begin a change.

fn change(permit: tenancy::Permit<tenancy::permission::ReadWebsites>) {
    let _ = permit.change(tenancy::Action::Update);
}

fn main() {}
