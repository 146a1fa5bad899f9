//! A future that runs inside a scope: [`Instrumented`].

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::frame::Frame;
use super::handle::ScopeHandle;

pin_project! {
    /// A future that runs inside a scope, on whatever task or thread; see [`Scope::instrument`](super::Scope::instrument).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Instrumented<F> {
        // None outside of all scopes: the future runs as it is.
        frame: Option<Frame>,
        #[pin]
        future: F,
    }
}

/// The future inside this scope, if any.
pub(crate) fn instrumented<F: Future>(scope: Option<ScopeHandle>, future: F) -> Instrumented<F> {
    Instrumented { frame: scope.map(Frame::of), future }
}

impl<F: Future> Future for Instrumented<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        match this.frame {
            Some(frame) => frame.during(|| this.future.poll(cx)),
            None => this.future.poll(cx),
        }
    }
}
