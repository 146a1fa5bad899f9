//! Conversions between keys and text.

/// Implements the conversions for a key type with `parse` and `as_str`. Deserializing uses `parse`, so it accepts only
/// valid keys.
macro_rules! text_conversions {
    ($key:ident) => {
        impl std::fmt::Display for $key {
            /// The canonical text.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::fmt::Debug for $key {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($key)).field(&self.as_str()).finish()
            }
        }

        impl std::str::FromStr for $key {
            type Err = $crate::keys::InvalidKeyError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<&str> for $key {
            type Error = $crate::keys::InvalidKeyError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $key {
            type Error = $crate::keys::InvalidKeyError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$key> for String {
            /// The canonical text.
            fn from(key: $key) -> Self {
                key.as_str().to_owned()
            }
        }

        impl AsRef<str> for $key {
            /// The canonical text.
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl serde::Serialize for $key {
            /// The canonical text.
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $key {
            /// Parses a string. The error has the text of [`InvalidKeyError`]($crate::keys::InvalidKeyError).
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::keys::conversions::ParseVisitor::new(stringify!($key)))
            }
        }
    };
}

pub(super) use text_conversions;

use std::fmt::{self, Display, Formatter};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Error, Visitor};

/// Parses a borrowed or owned string.
pub(super) struct ParseVisitor<T> {
    key_type: &'static str,
    parsed: PhantomData<T>,
}

impl<T> ParseVisitor<T> {
    pub(super) fn new(key_type: &'static str) -> Self {
        Self { key_type, parsed: PhantomData }
    }
}

impl<T: FromStr<Err: Display>> Visitor<'_> for ParseVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "the text of a {}", self.key_type)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}
