//! The macros of `openedx-events`.
