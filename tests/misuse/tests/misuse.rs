//! Each program of `programs` is refused, with the kept message. The test fails with the compiler's new words if they
//! change, as they may with a new toolchain; `TRYBUILD=overwrite` keeps them, and the difference is to be read: the message
//! must say what is wrong, and where.

#[test]
fn wrong_use_is_refused_with_the_kept_message() {
    trybuild::TestCases::new().compile_fail("tests/programs/*.rs");
}
