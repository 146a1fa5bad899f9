//! What a filter's declaration says: [`FilterInfo`].

use std::panic::Location;

use crate::receiver::crate_of;

/// What a `#[filter]` declares.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FilterInfo {
    /// The filter type, such as `org.openedx.learning.course.enrollment.started.v1`.
    pub filter_type: &'static str,
    /// The name of the filter's static, such as `COURSE_ENROLLMENT_STARTED`.
    pub filter_name: &'static str,
    /// The doc comment; empty if there is none.
    pub description: &'static str,
    /// The fields of the data, in the order of the declaration.
    pub fields: &'static [FilterField],
    /// The type of what halts a run, as it is written in the declaration; `None` if no step can halt it.
    pub halts: Option<&'static str>,
    /// Whether it takes async steps, and is awaited.
    pub is_async: bool,
    /// The module that declares the filter, starting with its crate.
    pub module: &'static str,
    /// Where the filter is declared.
    pub location: &'static Location<'static>,
}

/// A field of a filter's data.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FilterField {
    /// Its name, by which a step takes it.
    pub name: &'static str,
    /// Its type, as it is written in the declaration.
    pub type_name: &'static str,
    /// The doc comment; empty if there is none.
    pub description: &'static str,
    /// Whether it is out of reach of the steps of other modules.
    pub is_private: bool,
}

impl FilterInfo {
    /// For `#[filter]`, which then calls the methods below.
    #[doc(hidden)]
    #[track_caller]
    pub const fn new(filter_type: &'static str, filter_name: &'static str, module: &'static str) -> Self {
        Self {
            filter_type,
            filter_name,
            description: "",
            fields: &[],
            halts: None,
            is_async: false,
            module,
            location: Location::caller(),
        }
    }

    #[doc(hidden)]
    pub const fn description(self, description: &'static str) -> Self {
        Self { description, ..self }
    }

    #[doc(hidden)]
    pub const fn fields(self, fields: &'static [FilterField]) -> Self {
        Self { fields, ..self }
    }

    #[doc(hidden)]
    pub const fn halts(self, type_name: &'static str) -> Self {
        Self { halts: Some(type_name), ..self }
    }

    #[doc(hidden)]
    pub const fn asynchronous(self) -> Self {
        Self { is_async: true, ..self }
    }

    /// The crate that declares the filter.
    pub fn crate_name(&self) -> &'static str {
        crate_of(self.module)
    }
}

impl FilterField {
    #[doc(hidden)]
    pub const fn new(name: &'static str, type_name: &'static str, description: &'static str) -> Self {
        Self { name, type_name, description, is_private: false }
    }

    #[doc(hidden)]
    pub const fn private(self) -> Self {
        Self { is_private: true, ..self }
    }
}
