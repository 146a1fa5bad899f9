//! The commands of the event bus, as processes on a redis-server.

mod closed_output;
mod dlq;
mod dlq_faults;
mod doctor;
mod exit_codes;
mod fixture;
mod follow;
mod group;
mod look;
mod lot;
mod overview;
mod parked;
mod parked_faults;
mod parked_live;
mod pending;
mod produce;
mod program;
mod receive;
mod replay;
mod seek;
mod settings;
mod spill;
mod status;
mod stop;
mod tail;
mod terminal;
