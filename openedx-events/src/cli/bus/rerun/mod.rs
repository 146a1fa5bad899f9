//! Running receivers again for what was consumed before: a bus whose consumers read what was chosen.

mod backend;
mod letters;
mod range;

pub(super) use backend::Rerun;
pub(super) use letters::{Letters, Replayed};
pub(super) use range::Range;
