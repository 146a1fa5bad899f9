//! The shipped events: against upstream's catalog, against recorded payloads, and as a crate outside uses them.

mod builders;
mod classes;
mod conformance;
mod declarations;
mod defaults;
mod downstream;
mod files;
mod personal;
mod vectors;
