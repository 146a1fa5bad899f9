//! Fixtures that the test binaries share.
