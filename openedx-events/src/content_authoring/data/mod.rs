//! What the events of the content_authoring subdomain carry. The classes have upstream's names and fields.
//!
//! Every class is made through its `builder()`, which the compiler checks: a field without a default must be given, and
//! one that a later release adds has a default, so it breaks no caller. Fields are read directly.
//!
//! Texts take anything that is `Into<String>`; an optional field is given by its value, or by `maybe_…` where there
//! is an `Option` at hand.

// Whole modules are re-exported, as the builders, which a program may want to name, have generated names.
mod blocks;
mod certificates;
mod courses;
mod libraries;
mod objects;

pub use blocks::*;
pub use certificates::*;
pub use courses::*;
pub use libraries::*;
pub use objects::*;
