//! Webhooks, against an HTTP server of the test's own that answers as the test wants.

mod addresses;
mod answers;
mod commands;
mod forms;
mod gone;
mod personal;
mod reference;
mod server;
mod settings;
mod world;

#[path = "../interop/notice.rs"]
mod notice;
#[path = "../interop/python.rs"]
mod python;
