//! The data of the events of the content_authoring subdomain. The classes have upstream's names and fields.
//!
//! Create a class with its `builder()`, which is checked at compile time: fields without a default are required. Fields
//! that a later release adds have a default, so callers do not break. Read the fields directly.
//!
//! Setters of strings accept anything that is `Into<String>`. Optional fields have a setter for the value, and a setter
//! `maybe_…` for an `Option`.

// The modules are re-exported as a whole, including the builders, whose names are generated.
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
