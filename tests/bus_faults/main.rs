//! Faults of receivers, processes and servers: each test runs services in processes of their own, on a real bus.

mod bounds;
mod circuits;
mod crashes;
mod deadlines;
mod event;
mod parking;

mod support;
