//! The commands of the event bus, as processes on a redis-server.

mod exit_codes;
mod groups;
mod looking;
mod producing;
mod program;
mod receiving;
mod settings;
mod stopping;
mod terminal;
mod world;
