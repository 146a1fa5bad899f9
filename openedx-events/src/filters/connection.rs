//! Closures that are connected as steps at run time: [`StepConnection`].

use std::fmt;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::filter::{Filter, FilterData};
use super::output::StepResult;
use super::step::StepInfo;
use crate::panics;
use crate::signal::scope::{self, ScopeHandle};
use crate::sync;

type Call<F> = dyn Fn(&mut F) -> StepResult<F> + Send + Sync;

/// A connected closure.
pub(super) struct Connected<F: FilterData> {
    pub(super) info: StepInfo,
    pub(super) call: Box<Call<F>>,
    /// The test scope that it belongs to.
    scope: Option<ScopeHandle>,
}

impl<F: FilterData> Connected<F> {
    pub(super) fn new(info: StepInfo, call: Box<Call<F>>) -> Arc<Self> {
        Arc::new(Self { info, call, scope: scope::current() })
    }

    fn is_of(&self, scope: Option<&ScopeHandle>) -> bool {
        match (&self.scope, scope) {
            (None, None) => true,
            (Some(own), Some(scope)) => own.is(scope),
            _ => false,
        }
    }
}

/// What a closure owns is the user's, and whoever drops the last list drops it, such as a run.
impl<F: FilterData> Drop for Connected<F> {
    fn drop(&mut self) {
        // What takes its place has no size, so that nothing is allocated.
        let call = std::mem::replace(&mut self.call, Box::new(|_| Ok(ControlFlow::Continue(()))));
        if let Err(message) = panics::catch(|| drop(call)) {
            let step = &self.info;
            tracing::error!(%step, panic = &*message, "a connected closure panicked when it was dropped");
        }
    }
}

/// The connected closures of a filter, in their order.
pub(super) struct Connections<F: FilterData> {
    any: AtomicBool,
    list: Mutex<Vec<Arc<Connected<F>>>>,
}

impl<F: FilterData> Connections<F> {
    pub(super) const fn new() -> Self {
        Self { any: AtomicBool::new(false), list: Mutex::new(Vec::new()) }
    }

    /// Whether there are any. This is all that a run pays for them otherwise.
    #[inline]
    pub(super) fn any(&self) -> bool {
        // Acquire: whoever has seen the connection made, sees it here.
        self.any.load(Ordering::Acquire)
    }

    /// Those of a scope, or those outside of all scopes.
    pub(super) fn of(&self, scope: Option<&ScopeHandle>) -> Vec<Arc<Connected<F>>> {
        if !self.any() {
            return Vec::new();
        }
        sync::lock(&self.list).iter().filter(|each| each.is_of(scope)).cloned().collect()
    }

    pub(super) fn connect(&self, filter: &'static Filter<F>, connected: Arc<Connected<F>>) -> StepConnection {
        let mut list = sync::lock(&self.list);
        list.push(Arc::clone(&connected));
        self.any.store(true, Ordering::Release);
        drop(list);
        let name = connected.info.to_string();
        let disconnect = move || filter.connections.disconnect(&connected);
        StepConnection { name, disconnect: Some(Box::new(disconnect)) }
    }

    fn disconnect(&self, connected: &Arc<Connected<F>>) {
        let mut list = sync::lock(&self.list);
        list.retain(|each| !Arc::ptr_eq(each, connected));
        self.any.store(!list.is_empty(), Ordering::Release);
    }
}

/// Keeps a closure connected to a filter: see [`Filter::connect`].
#[must_use = "the closure is disconnected when this is dropped"]
pub struct StepConnection {
    name: String,
    disconnect: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl StepConnection {
    /// Keeps the closure connected until the program ends.
    pub fn keep(mut self) {
        self.disconnect = None;
    }
}

impl Drop for StepConnection {
    fn drop(&mut self) {
        if let Some(disconnect) = self.disconnect.take() {
            disconnect();
        }
    }
}

impl fmt::Debug for StepConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StepConnection").field(&self.name).finish()
    }
}
