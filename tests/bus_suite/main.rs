//! The suite for backends is itself tested: backends that break one promise each, and the behaviours that catch them.

mod broken;
mod caught;
mod faults;
mod sound;
