//! A future that runs inside a scope: [`Instrumented`].

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::frame::Frame;
use super::handle::ScopeHandle;

pin_project! {
    /// A future that runs inside a scope, on whatever task or thread; see [`Scope::instrument`](crate::testing::Scope::instrument).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Instrumented<F> {
        // None outside of all scopes: the future is polled directly.
        frame: Option<Frame>,
        // None once it is being dropped.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Instrumented<F> {
        // What the future owns may send events when it is dropped: inside the scope, not outside of it.
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(frame) = this.frame {
                frame.during(|| this.future.set(None));
            }
        }
    }
}

/// The future inside this scope, if any.
pub(crate) fn instrumented<F: Future>(scope: Option<ScopeHandle>, future: F) -> Instrumented<F> {
    Instrumented { frame: scope.map(Frame::of), future: Some(future) }
}

impl<F: Future> Future for Instrumented<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        match this.frame {
            Some(frame) => frame.during(|| future.poll(cx)),
            None => future.poll(cx),
        }
    }
}
