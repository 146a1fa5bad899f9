//! The compiler's messages for mistakes in the use of the macros, kept beside each mistake.
//!
//! Refresh the messages with `TRYBUILD=overwrite cargo test -p openedx-events-ui`, and read every change.

use trybuild::TestCases;

#[test]
fn correct_code_compiles() {
    TestCases::new().pass("pass/*.rs");
}

/// Messages of the macros.
#[test]
fn mistakes_have_a_message() {
    TestCases::new().compile_fail("fail/*/*.rs");
}

/// Messages of rustc, some with notes of ours. They are those of the compiler in `rust-toolchain.toml`.
#[test]
fn mistakes_that_rustc_finds_have_a_message() {
    TestCases::new().compile_fail("rustc/*/*.rs");
}
