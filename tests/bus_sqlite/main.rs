//! The bus in a file: the suite that every backend must pass, and what is special to this one.

mod abandoned_groups;
mod busy;
#[path = "../bus_crashes/crash_points.rs"]
mod crash_points;
mod crashes;
mod damage;
mod event;
mod files;
mod formats;
mod frozen;
mod handles;
mod key_order;
mod leases;
mod parked;
mod parked_events;
mod processes;
mod retention;
mod suite;
mod support;
