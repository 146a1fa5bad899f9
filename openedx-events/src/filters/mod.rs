//! Filters: hooks that can change what a program does, and stop it.
//!
//! An event tells what has happened; a filter is asked before it happens. [`macro@crate::filter`] declares one and its data;
//! [`macro@crate::pipeline_step`] registers a function that is called with the data, in any crate of the program;
//! [`Filter::run_filter`] runs all steps and returns what they have made of the data. Nothing goes over the event bus.
//!
//! - A step takes fields of the data by name: `&T` to read one, `&mut T` to change a copy, which is put back when the step ends
//!   well. Neither an error nor a panic leaves half a change.
//! - A private field is out of reach of the steps of other modules.
//! - A step ends the run early with [`ControlFlow::Break`](std::ops::ControlFlow::Break), and halts it with one of the filter's own
//!   halts, which the caller matches on.
//! - A step that fails ends the run: a guard that is broken lets nobody through.
//!
//! The setting [`OPEN_EDX_FILTERS_CONFIG`](FiltersConfig) chooses the steps and their order. [`Filter`] has an example. The filters
//! of Open edX are in the modules `filters` of the subdomains, such as `learning::filters`.

mod config;
mod connection;
mod error;
mod filter;
mod info;
pub(crate) mod options;
pub(crate) mod output;
mod plan;
mod problem;
pub(crate) mod registry;
mod run;
pub(crate) mod scoped;
pub(crate) mod step;
mod values;

pub use config::{FiltersConfig, FiltersConfigError, FiltersConfigProblem};
pub use connection::StepConnection;
pub use error::{FilterError, StepError};
pub use filter::{AnyFilter, AsyncFilter, Filter, FilterData, SyncFilter};
pub use info::{FilterField, FilterInfo};
pub use output::{StepHalt, StepOutput};
pub use problem::FilterProblem;
pub(crate) use problem::problems;
pub use registry::{UnknownFilter, all_filters, get_filter_by_type};
pub use step::{OnFailure, StepInfo};
pub use values::{Context, FormData, HiddenFields};
