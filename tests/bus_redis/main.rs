//! The bus on Redis Streams, on servers that the tests start: the suite that every backend must pass, and what is special
//! to this one.

mod acl;
mod address;
mod claims;
#[path = "../bus_crashes/crash_points.rs"]
mod crash_points;
mod crashes;
mod dead_letters;
mod departed;
mod failover;
mod flow;
mod frozen;
mod full_disk;
mod groups;
mod leases;
mod network_faults;
mod owners;
mod parked;
mod parked_events;
mod publishing;
mod reconnecting;
mod records;
mod refusals;
mod retention;
mod schemas;
mod server_faults;
mod suite;
mod support;
mod tls;
mod trimmed;
mod wire;
