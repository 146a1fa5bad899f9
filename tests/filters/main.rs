//! Filters: what steps see and change, how runs end, and what the configuration chooses.

mod running;
