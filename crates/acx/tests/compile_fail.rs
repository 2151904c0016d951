//! What must not compile: each file in `ui` breaks one promise of the types, and the compiler says
//! which.

#[test]
fn broken_promises_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
