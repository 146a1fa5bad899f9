//! What receivers run again for: [`Letters`], or a [`Range`] of a topic.

mod args;
mod letters;
mod range;

pub(super) use args::{RerunArgs, check_receivers};
pub(super) use letters::{Letters, Replayed};
pub(super) use range::Range;
