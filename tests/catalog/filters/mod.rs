//! The filters against `conformance/filters.json`, and as a caller and its steps use them.

mod declarations;
mod halts;
mod page;
mod personal;
mod registration;
mod upstream;
