//! How schemas evolve: what a change is called, what it breaks, the lock file, its test, and the `schema` commands.

mod assertion;
mod catalog;
mod commands;
mod events;
mod lock_file;
mod page;
mod positions;
mod process;
mod random;
mod resolution;
mod rules;
mod schemas;
mod waivers;
