//! The bus where nothing but the program is needed: the backend in memory, producing, consuming and the settings.

mod consuming;
mod page;
mod policy;
mod producing;
mod settings;
mod suite;
