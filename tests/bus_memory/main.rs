//! The bus where nothing but the program is needed: the backend in memory, producing, consuming and the settings.

mod policy;
mod suite;
