//! The bus on Redis Streams, on servers that the tests start: what every backend must do, and what is special to it.

mod acl;
#[path = "../bus_faults/deaths.rs"]
mod deaths;
mod flow;
mod on_redis;
mod soak;
mod suite;
