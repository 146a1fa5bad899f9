//! The text of errors with their sources: [`Chain`], and the `Debug` of our own.

use std::cell::Cell;
use std::error::Error;
use std::fmt;

use crate::panics;

/// An error with all its sources, in one line. A source that the text already contains is not repeated: some errors print
/// their source, as [`SendError`](crate::SendError) does.
///
/// Such an error can be that of a receiver whose send has failed, whose error is again one of those. An error that is
/// printed inside another is therefore printed without its sources: otherwise each further one would double the work.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The errors are the receivers' own: a `Display` that panics must not take the sender with it.
        let chain = || {
            let outermost = Outermost::new();
            let mut text = self.0.to_string();
            let mut source = outermost.as_ref().and_then(|_| self.0.source());
            while let Some(error) = source {
                let cause = error.to_string();
                if !text.contains(&cause) {
                    text.push_str(": ");
                    text.push_str(&cause);
                }
                source = error.source();
            }
            text
        };
        match panics::catch(chain) {
            Ok(text) => f.write_str(&text),
            Err(message) => write!(f, "(its text panicked: {message})"),
        }
    }
}

thread_local! {
    static IS_PRINTING: Cell<bool> = const { Cell::new(false) };
}

/// An error that is not printed inside another.
struct Outermost(());

impl Outermost {
    fn new() -> Option<Self> {
        (!IS_PRINTING.replace(true)).then(|| Self(()))
    }
}

impl Drop for Outermost {
    fn drop(&mut self) {
        IS_PRINTING.set(false);
    }
}

/// Implements `Debug` for errors so that it reads like `Display`, with the sources: `unwrap`, `expect` and
/// `fn main() -> Result<…>` print that one.
macro_rules! debug_like_display {
    ($($error:ty),+ $(,)?) => {
        $(
            impl ::std::fmt::Debug for $error {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    ::std::fmt::Display::fmt(&$crate::chain::Chain(self), f)
                }
            }
        )+
    };
}

pub(crate) use debug_like_display;
