//! The walkthrough, in process and over a port.

use tests::walkthrough::{Owner, walk};
use tests::world::World;

#[tokio::test]
async fn a_tenant_signs_up_builds_publishes_and_is_read() {
    let world = World::new(1).await.unwrap();
    walk(&world.client(), &Owner::named("acme")).await.unwrap();
}

#[tokio::test]
async fn two_tenants_walk_side_by_side() {
    let world = World::new(2).await.unwrap();
    let client = world.client();
    let (first, second) = (Owner::named("first"), Owner::named("second"));
    let (one, two) = tokio::join!(walk(&client, &first), walk(&client, &second));
    one.unwrap();
    two.unwrap();
}
