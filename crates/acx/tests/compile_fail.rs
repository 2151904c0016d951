//! Code that must not compile: each file in `ui` breaks one guarantee of the types, and the
//! compiler's error names it.

#[test]
fn broken_promises_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
