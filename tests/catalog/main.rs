//! The shipped events and filters: against upstream's catalogs, against recorded payloads, and as a crate outside uses them.

mod builders;
mod classes;
mod conformance;
mod declarations;
mod defaults;
mod downstream;
mod files;
mod filters;
mod personal;
mod vectors;
