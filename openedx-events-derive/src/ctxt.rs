//! Collecting errors, so that a user with three mistakes sees three messages.

use std::cell::RefCell;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The errors of one macro call. Must be asked with [`check`](Self::check).
#[derive(Default)]
pub(crate) struct Ctxt {
    errors: RefCell<Vec<syn::Error>>,
}

impl Ctxt {
    /// An error at these tokens.
    pub(crate) fn error(&self, at: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(at, message));
    }

    pub(crate) fn push(&self, error: syn::Error) {
        self.errors.borrow_mut().push(error);
    }

    /// The value, or an error that is kept.
    pub(crate) fn keep<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Whether anything is wrong so far.
    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.borrow().is_empty()
    }

    /// `Err` with all errors as tokens, if there are any.
    pub(crate) fn check(self) -> Result<(), TokenStream> {
        let errors = self.errors.into_inner().into_iter();
        match errors.reduce(|mut all, error| {
            all.combine(error);
            all
        }) {
            Some(all) => Err(all.into_compile_error()),
            None => Ok(()),
        }
    }
}
