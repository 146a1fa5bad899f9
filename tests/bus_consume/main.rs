//! The consume loop: retries, timeouts, dedup, dead letters, outages, starting and stopping.
//!
//! The tests run on the bus in memory, some of them with a switch that makes it fail.

mod around;
mod bus;
mod consumed;
mod dead_letters;
mod dedup;
mod faulty_bus;
mod handle;
mod held;
mod logs;
mod outage;
mod outcomes;
mod parked_events;
mod parking;
mod receiver_settings;
mod recipient;
mod reconnecting;
mod retries;
mod retry_after;
mod run_all;
mod start;
mod stop;
mod stop_async;
mod timeouts;
mod unknown_releases;
