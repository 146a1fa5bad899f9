//! Consuming: what the loop does when the bus, a receiver or the program is at fault.

mod bus;
mod dead_letters;
mod dedup;
mod faulty_bus;
mod outage;
mod outcomes;
mod receiver_settings;
mod reconnecting;
mod retries;
mod start;
mod stop;
mod timeouts;
mod unknown_releases;
