//! The tenant core from outside: what must not compile, and what must hold for all ids.

mod gateway;
mod keys;
mod roles;

#[test]
fn mistakes_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
