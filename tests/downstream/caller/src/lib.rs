//! The crate of events, in the version that the feature names.

#[cfg(feature = "v1")]
pub use downstream_v1 as post;
#[cfg(feature = "v2")]
pub use downstream_v2 as post;
