//! All filters and steps of the program, sorted: [`Registry`].

use std::any::TypeId;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::ptr;
use std::sync::Mutex;

use super::filter::AnyFilter;
use super::step::StepRegistration;
use crate::chain::debug_like_display;
use crate::signal::registry::declared::{self, Declared};
use crate::signal::registry::registration::OtherHooks;
use crate::suggest::nearest;
use crate::sync;

/// A filter that `#[filter]` declared.
#[derive(Debug)]
pub struct FilterDeclaration {
    filter: &'static dyn AnyFilter,
}

impl FilterDeclaration {
    #[doc(hidden)]
    pub const fn new(filter: &'static dyn AnyFilter) -> Self {
        Self { filter }
    }
}

inventory::collect!(FilterDeclaration);

inventory::submit! { OtherHooks { crates } }

/// The crate of each filter and of each step.
fn crates() -> (Vec<&'static str>, Vec<&'static str>) {
    let registry = get();
    let filters = registry.filters.iter().map(|filter| filter.info().crate_name());
    (filters.collect(), registry.steps.iter().map(|step| step.info.crate_name()).collect())
}

/// All filters and steps, sorted, as `inventory` promises no order. Built again when a library was loaded that has more.
pub(crate) struct Registry {
    /// By filter type, then by location.
    filters: Vec<&'static dyn AnyFilter>,
    /// In the order in which they run.
    steps: Vec<&'static StepRegistration>,
    /// The filter types that several filters have, and where these are declared.
    duplicates: BTreeMap<&'static str, String>,
    latest: Latest,
}

/// The newest of each kind. As `inventory` forgets nothing and puts what is new in front, more is registered when it differs.
#[derive(Clone, Copy)]
pub(super) struct Latest(Option<&'static FilterDeclaration>, Option<&'static StepRegistration>);

impl Latest {
    #[inline]
    pub(super) fn now() -> Self {
        Self(
            inventory::iter::<FilterDeclaration>.into_iter().next(),
            inventory::iter::<StepRegistration>.into_iter().next(),
        )
    }
}

impl PartialEq for Latest {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        let is_same = self.0.map(ptr::from_ref) == other.0.map(ptr::from_ref);
        is_same && self.1.map(ptr::from_ref) == other.1.map(ptr::from_ref)
    }
}

/// The registry of what is registered by now.
pub(crate) fn get() -> &'static Registry {
    /// A registry that is replaced may still be in use, and is kept: that is as rare as a library that is loaded.
    static REGISTRY: Mutex<Option<&'static Registry>> = Mutex::new(None);
    let mut registry = sync::lock(&REGISTRY);
    let latest = Latest::now();
    match *registry {
        Some(registry) if registry.latest == latest => registry,
        _ => registry.insert(Box::leak(Box::new(Registry::collect(latest)))),
    }
}

impl Registry {
    fn collect(latest: Latest) -> Self {
        let mut filters: Vec<_> =
            inventory::iter::<FilterDeclaration>.into_iter().map(|declared| declared.filter).collect();
        declared::sort(&mut filters);
        let mut steps: Vec<_> = inventory::iter::<StepRegistration>.into_iter().collect();
        steps.sort_by_key(|step| step.order());
        let duplicates = declared::duplicates(&filters);
        Self { filters, steps, duplicates, latest }
    }

    pub(crate) fn filters(&self) -> &[&'static dyn AnyFilter] {
        &self.filters
    }

    /// In the order in which they run, unless the settings give another one.
    pub(crate) fn steps(&self) -> &[&'static StepRegistration] {
        &self.steps
    }

    /// The steps of the filter with these data.
    pub(crate) fn steps_of(&self, data: TypeId) -> impl Iterator<Item = &'static StepRegistration> {
        self.steps.iter().filter(move |step| (step.data)() == data).copied()
    }

    /// The filter types that several filters have, and where these are declared.
    pub(crate) fn duplicates(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.duplicates.iter().map(|(filter_type, places)| (*filter_type, places.as_str()))
    }

    /// Where the filters of this type are declared, if there are several.
    pub(crate) fn places_of_duplicate(&self, filter_type: &str) -> Option<&str> {
        self.duplicates.get(filter_type).map(String::as_str)
    }

    fn filters_of(&self, filter_type: &str) -> &[&'static dyn AnyFilter] {
        declared::of_type(&self.filters, filter_type)
    }
}

impl Declared for &'static dyn AnyFilter {
    fn hook_type(&self) -> &'static str {
        self.info().filter_type
    }

    fn place(&self) -> (&'static str, &'static str, &'static Location<'static>) {
        let info = self.info();
        (info.module, info.filter_name, info.location)
    }
}

/// All filters of the program, sorted by filter type. Filters of crates that the program does not name are missing: see
/// [`link!`](crate::link).
pub fn all_filters() -> &'static [&'static dyn AnyFilter] {
    get().filters()
}

/// Returns the filter of a filter type.
///
/// # Errors
///
/// No filter has this type, and the error suggests similar ones; or several filters have it.
///
/// # Examples
///
/// ```standalone_crate
/// use openedx_events::{filter, filters};
///
/// #[filter("org.example.shop.price.requested.v1")]
/// #[derive(Clone)]
/// pub struct PriceRequested {
///     pub cents: i64,
/// }
///
/// let filter = filters::get_filter_by_type("org.example.shop.price.requested.v1")?;
/// assert_eq!(filter.info().filter_name, "PRICE_REQUESTED");
///
/// let error = filters::get_filter_by_type("org.example.shop.price.request.v1").unwrap_err();
/// assert!(error.to_string().contains("did you mean `org.example.shop.price.requested.v1`"));
/// # Ok::<(), filters::UnknownFilter>(())
/// ```
pub fn get_filter_by_type(filter_type: &str) -> Result<&'static dyn AnyFilter, UnknownFilter> {
    match get().filters_of(filter_type) {
        [filter] => Ok(*filter),
        filters => {
            Err(UnknownFilter { filter_type: filter_type.to_owned(), is_duplicate: !filters.is_empty() })
        }
    }
}

/// No filter has this type, or several have it.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownFilter {
    filter_type: String,
    is_duplicate: bool,
}

impl fmt::Display for UnknownFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.filter_type.escape_debug();
        if self.is_duplicate {
            return Duplicate(&self.filter_type).fmt(f);
        }
        let names = all_filters().iter().map(|filter| filter.info().filter_type);
        write!(f, "no filter has the type `{shown}`{}", nearest(&self.filter_type, names))?;
        if all_filters().is_empty() {
            f.write_str("; the program has no filters: enable the feature of a subdomain or name your crates with `openedx_events::link!`")?;
        }
        Ok(())
    }
}

debug_like_display!(UnknownFilter);

impl std::error::Error for UnknownFilter {}

/// A filter type that several filters have.
pub(crate) struct Duplicate<'a>(pub(crate) &'a str);

impl fmt::Display for Duplicate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = get().places_of_duplicate(self.0).unwrap_or_default();
        write!(f, "several filters have the type `{}`: {places}; give each a type of its own", self.0)
    }
}
