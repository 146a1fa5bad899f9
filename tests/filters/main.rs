//! Filters: what steps see and change, how runs end, and what the configuration chooses.

#[path = "../interop/notice.rs"]
mod notice;
#[path = "../interop/python.rs"]
mod python;

mod allocations;
mod awaited;
mod configured;
mod connected;
mod options;
mod peer;
mod repeated;
mod running;
mod scoped;
mod values;
