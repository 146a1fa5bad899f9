//! Datetimes as text.
