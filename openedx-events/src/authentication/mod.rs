//! The authentication subdomain: pages and emails by which users sign in and confirm their accounts.
//!
//! It has filters and no events. With the feature `filters`, the module `filters` has four filters of upstream's
//! `openedx_filters.authentication`, under the same names. The events about accounts are in [`learning`](crate::learning::signals).

#[cfg(feature = "filters")]
#[cfg_attr(docsrs, doc(cfg(feature = "filters")))]
pub mod filters;
