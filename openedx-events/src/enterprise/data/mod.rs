//! What the events of the enterprise subdomain carry. The classes have upstream's names and fields.
//!
//! Every class is made through its `builder()`, which the compiler checks: a field without a default must be given, and
//! one that a later release adds has a default, so it breaks no caller. Fields are read directly.
//!
//! Texts take anything that is `Into<String>`; an optional field is given by its value, or by `maybe_…` where there
//! is an `Option` at hand.
//!
//! Upstream's base classes (`BaseLedgerTransaction`, `BaseEnterpriseFulfillment`) are no events' data; their fields
//! stand first in the classes that inherit them there.

// Whole modules are re-exported, as the builders, which a program may want to name, have generated names.
mod fulfillments;
mod groups;
mod subsidies;

pub use fulfillments::*;
pub use groups::*;
pub use subsidies::*;
