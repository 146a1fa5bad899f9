//! Crates that call ours by another name, that are of an older edition, that deny every lint.

use openedx_events::AnySignal;

openedx_events::link!(
    openedx_events_hygiene_renamed,
    openedx_events_hygiene_edition_2021,
    openedx_events_hygiene_strict
);

#[test]
fn a_renamed_crate() {
    assert_eq!(openedx_events_hygiene_renamed::send(), 11);
    assert_eq!(openedx_events_hygiene_renamed::run(), 11);
    assert_eq!(
        openedx_events_hygiene_renamed::ORDER_PLACED.info().crate_name(),
        "openedx_events_hygiene_renamed"
    );
}

#[test]
fn a_renamed_crate_that_no_macro_is_told_of() {
    assert_eq!(openedx_events_hygiene_renamed::unnamed::send(), 3);
    assert_eq!(openedx_events_hygiene_renamed::unnamed::filter_name(), "FEE_REQUESTED");
}

#[test]
fn an_older_edition() {
    assert_eq!(openedx_events_hygiene_edition_2021::send(), 11);
    assert_eq!(openedx_events_hygiene_edition_2021::run(), 2);
}

#[test]
fn strict_lints() {
    assert_eq!(openedx_events_hygiene_strict::send(), 12);
    assert_eq!(openedx_events_hygiene_strict::run(), 11);
}
