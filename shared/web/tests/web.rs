//! Routes from outside: what must not compile.

#[test]
fn a_route_without_a_policy_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
