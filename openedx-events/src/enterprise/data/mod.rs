//! The data of the events of the enterprise subdomain. The classes have upstream's names and fields.
//!
//! Create a class with its `builder()`, which is checked at compile time: fields without a default are required. Fields
//! that a later release adds have a default, so callers do not break. Read the fields directly.
//!
//! Setters of strings accept anything that is `Into<String>`. Optional fields have a setter for the value, and a setter
//! `maybe_…` for an `Option`.
//!
//! Upstream's base classes (`BaseLedgerTransaction`, `BaseEnterpriseFulfillment`) are not the data of any event. Their
//! fields come first in the classes that inherit from them.

// The modules are re-exported as a whole, including the builders, whose names are generated.
mod fulfillments;
mod groups;
mod subsidies;

pub use fulfillments::*;
pub use groups::*;
pub use subsidies::*;
