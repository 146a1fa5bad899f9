//! What the events of the learning subdomain carry. The classes have upstream's names and fields.
//!
//! Every class is made through its `builder()`, which the compiler checks: a field without a default must be given, and
//! one that a later release adds has a default, so it breaks no caller. Fields are read directly.
//!
//! Texts take anything that is `Into<String>`; an optional field is given by its value, or by `maybe_…` where there
//! is an `Option` at hand.

// Whole modules are re-exported, as the builders, which a program may want to name, have generated names.
mod content;
mod courses;
mod credentials;
mod discussions;
mod exams;
mod grades;
mod notifications;
mod users;

pub use content::*;
pub use courses::*;
pub use credentials::*;
pub use discussions::*;
pub use exams::*;
pub use grades::*;
pub use notifications::*;
pub use users::*;
