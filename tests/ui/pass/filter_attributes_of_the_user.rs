#![deny(warnings, deprecated, missing_docs, unreachable_pub, unused_qualifications, unused_results)]
#![forbid(unsafe_code)]

//! Attributes of the user on filters.

use openedx_events::{filter, pipeline_step};

/// Deprecated: its filter is, too, and nothing that is generated warns.
#[deprecated(note = "use `PriceRequested`")]
#[filter("org.example.shop.cost.requested.v1")]
#[derive(Clone)]
pub struct CostRequested {
    /// In cents.
    pub cents: i64,
}

/// With a deprecated field, and a name that is none of Rust.
#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
#[allow(non_snake_case)]
#[doc(hidden)]
#[non_exhaustive]
pub struct PriceRequested {
    /// In cents.
    #[deprecated]
    pub cents: i64,
    /// Its currency.
    #[doc(alias = "money")]
    pub Currency: String,
}

/// Under a condition that holds.
#[cfg(all())]
#[filter("org.example.shop.tax.requested.v1")]
#[derive(Clone)]
#[repr(C)]
pub struct TaxRequested {
    /// In cents.
    pub cents: i64,
}

/// Under one that does not.
#[filter("org.example.shop.tax.requested.v1")]
#[cfg(any())]
#[derive(Clone)]
pub struct TaxRequested {
    /// In cents.
    pub cents: i64,
}

/// With the derive above the filter.
#[derive(Clone, Debug)]
#[filter("org.example.shop.fee.requested.v1")]
#[must_use = "it is to be run"]
#[cfg_attr(all(), allow(dead_code, reason = "a field is not read"))]
pub(crate) struct FeeRequested {
    cents: i64,
}

/// It runs until its successor does.
#[deprecated(note = "use `discount`")]
#[pipeline_step(TAX_REQUESTED)]
pub fn sale(cents: &mut i64) {
    *cents -= 1;
}

/// Deprecated below.
#[pipeline_step(TAX_REQUESTED)]
#[deprecated]
#[must_use = "it may fail"]
#[inline(always)]
#[track_caller]
#[doc(hidden)]
pub fn discount(cents: &mut i64) -> std::ops::ControlFlow<()> {
    *cents -= 1;
    std::ops::ControlFlow::Continue(())
}

#[pipeline_step(TAX_REQUESTED)]
#[deny(warnings)]
#[forbid(unsafe_code)]
#[expect(unused_variables, reason = "the parameter is not used")]
fn linted(cents: i64, #[cfg(any())] currency: &str, #[allow(unused)] #[cfg(all())] _cents: &i64) {}

#[cfg_attr(all(), pipeline_step(TAX_REQUESTED), allow(unused_variables))]
fn under_a_condition(cents: i64) {}

fn main() {
    let tax = TAX_REQUESTED.run_filter(TaxRequested { cents: 5 }).map(|tax| tax.cents);
    assert!(matches!(tax, Ok(3)));
    let _fee = FEE_REQUESTED.run_filter(FeeRequested { cents: 1 });
    assert_eq!(openedx_events::registry_summary().steps, 4);
    assert_eq!(openedx_events::registry_summary().filters, 4);
}
