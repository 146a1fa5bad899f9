//! The names that other libraries have for what a filter does, and those of a signal. A call does not compile, and the message has
//! the name that it has here. `signal/other_names.rs` says why it is made so.

use std::future::Ready;

use super::error::FilterError;
use super::filter::{Filter, FilterData};

/// Nothing implements it.
#[diagnostic::on_unimplemented(
    message = "a filter has no method of this name: `run_filter` runs its steps",
    label = "call `run_filter`",
    note = "the steps of an async filter are run by `run_filter_async`, and awaited"
)]
#[doc(hidden)]
pub trait RunByAnotherName {}

/// Nothing implements it.
#[diagnostic::on_unimplemented(
    message = "a filter has no method of this name: `run_filter_async` runs the steps of an async filter",
    label = "call `run_filter_async`",
    note = "a filter that is declared without `async` is run by `run_filter`"
)]
#[doc(hidden)]
pub trait AwaitedByAnotherName {}

const UNREACHABLE: &str = "nothing implements the bound";

impl<F: FilterData> Filter<F> {
    #[doc(hidden)]
    pub fn run<T>(&'static self, _: T) -> Result<F, FilterError<F::Halt>>
    where
        Self: RunByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn apply<T>(&'static self, _: T) -> Result<F, FilterError<F::Halt>>
    where
        Self: RunByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn apply_filters<T>(&'static self, _: T) -> Result<F, FilterError<F::Halt>>
    where
        Self: RunByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn run_pipeline<T>(&'static self, _: T) -> Result<F, FilterError<F::Halt>>
    where
        Self: RunByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn call<T>(&'static self, _: T) -> Result<F, FilterError<F::Halt>>
    where
        Self: RunByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn send_event<T>(&'static self, _: T) -> Result<F, FilterError<F::Halt>>
    where
        Self: RunByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn run_async<T>(&'static self, _: T) -> Ready<Result<F, FilterError<F::Halt>>>
    where
        Self: AwaitedByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn run_pipeline_async<T>(&'static self, _: T) -> Ready<Result<F, FilterError<F::Halt>>>
    where
        Self: AwaitedByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn send_event_async<T>(&'static self, _: T) -> Ready<Result<F, FilterError<F::Halt>>>
    where
        Self: AwaitedByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }
}
