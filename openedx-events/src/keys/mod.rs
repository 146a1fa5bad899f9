//! Opaque keys.
