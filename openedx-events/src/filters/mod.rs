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
//! The setting [`OPEN_EDX_FILTERS_CONFIG`](FiltersConfig) chooses the steps and their order. [`Filter`] has an example.
//!
//! # The filters of Open edX
//!
//! They are in the modules `filters` of the subdomains: `authentication::filters`, `content_authoring::filters` and
//! `learning::filters`. Their names, types and fields are upstream's.
//!
//! - Where upstream hands over an object of Django, there is a data class of the events: `UserData`, `CourseEnrollmentData`,
//!   `CohortData`. Ten of upstream's 43 filters hold objects that have none, such as queries and blocks, which mean nothing outside
//!   of their process. These are not here.
//! - Upstream's exceptions are the variants of an enum, the filter's halts. The enums are exhaustive: a caller handles each way in
//!   which a run can be halted, and does not compile when there is a new one.
//! - The structs are plain, and a caller writes them out. A field that upstream adds breaks the callers of its filter, of which
//!   there are one or two. It breaks no step, as steps name the fields that they take.
//! - `Debug` redacts users, and the values in contexts, forms and responses. It shows the texts of halts, such as `message`: a step
//!   writes nothing there that logs must not have.

mod config;
mod connection;
mod error;
mod filter;
mod info;
pub(crate) mod options;
mod other_names;
pub(crate) mod output;
mod plan;
mod problem;
pub(crate) mod registry;
mod run;
pub(crate) mod scoped;
pub(crate) mod step;
mod values;

#[cfg(any(feature = "bus", feature = "cli"))]
pub(crate) use config::OPEN_EDX_FILTERS_CONFIG;
pub use config::{FiltersConfig, FiltersConfigError, FiltersConfigProblem};
#[cfg(feature = "cli")]
pub(crate) use config::{LeftOut, ShownOptions, ShownStep, ShownSteps};
pub use connection::StepConnection;
pub use error::{FilterError, StepError};
pub use filter::{AnyFilter, AsyncFilter, Filter, FilterData, SyncFilter};
pub use info::{FilterField, FilterInfo};
pub use output::{StepHalt, StepOutput};
pub use problem::FilterProblem;
pub(crate) use problem::problems;
pub use registry::{UnknownFilter, all_filters, get_filter_by_type};
pub use step::{OnFailure, StepInfo};
pub use values::{Context, FormData, HiddenFields, HttpResponse};
