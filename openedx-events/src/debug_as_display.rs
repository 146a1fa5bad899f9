//! [`debug_as_display`].

/// Implements `Debug` of an error so that it reads like its `Display`: `unwrap` and `fn main() -> Result<…>` print `Debug`.
macro_rules! debug_as_display {
    ($error:ty) => {
        impl ::std::fmt::Debug for $error {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(self, f)
            }
        }
    };
}
