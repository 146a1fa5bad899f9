//! Probing the buses of this process: [`watch`].

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::live;
use crate::bus::contract::Backend;
use crate::bus::message::topic::Topic;
use crate::sync;

/// Between two probes of a bus, and between two looks for buses that are new.
const INTERVAL: Duration = Duration::from_millis(500);
/// A bus that has not answered by then is lost.
const MAX_SILENCE: Duration = Duration::from_secs(1);

/// The buses that are probed.
static PROBES: LazyLock<Mutex<Vec<Arc<Probe>>>> = LazyLock::new(Mutex::default);

/// A bus that is probed.
struct Probe {
    backend: Weak<dyn Backend>,
    topic: Topic,
    state: Mutex<State>,
}

enum State {
    Answered,
    Asked(Instant),
    Failed(String),
}

/// Buses are probed until this is dropped.
pub(in crate::bus) struct Watch(Arc<AtomicBool>);

/// Starts to probe all buses that consumers and producers of this process use.
pub(in crate::bus) fn watch() -> io::Result<Watch> {
    let is_over = Arc::new(AtomicBool::new(false));
    let watched = Arc::clone(&is_over);
    thread::Builder::new().name("events-probes".to_owned()).spawn(move || {
        while !watched.load(Ordering::Acquire) {
            look(&watched);
            thread::sleep(INTERVAL);
        }
    })?;
    Ok(Watch(is_over))
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Starts to probe buses that are new.
fn look(is_over: &Arc<AtomicBool>) {
    let mut probes = sync::lock(&PROBES);
    for (backend, topic) in live::all().iter().filter_map(|live| live.bus()) {
        let is_known =
            |probe: &Arc<Probe>| probe.backend.upgrade().is_some_and(|known| Arc::ptr_eq(&known, &backend));
        if probes.iter().any(is_known) {
            continue;
        }
        let probe =
            Arc::new(Probe { backend: Arc::downgrade(&backend), topic, state: Mutex::new(State::Answered) });
        let (asked, is_over) = (Arc::clone(&probe), Arc::clone(is_over));
        // Without a thread it is tried again.
        if thread::Builder::new().name("events-probe".to_owned()).spawn(move || asked.run(&is_over)).is_ok() {
            probes.push(probe);
        }
    }
}

impl Probe {
    fn run(self: Arc<Self>, is_over: &AtomicBool) {
        while !is_over.load(Ordering::Acquire) {
            // Gone with the last one that uses it.
            let Some(backend) = self.backend.upgrade() else { break };
            *sync::lock(&self.state) = State::Asked(Instant::now());
            let answer = backend.has_topic(&self.topic);
            drop(backend);
            *sync::lock(&self.state) = match answer {
                // A bus that refuses the request answers.
                Err(error) if error.is_transient() => State::Failed(error.to_string()),
                _ => State::Answered,
            };
            thread::sleep(INTERVAL);
        }
        sync::lock(&PROBES).retain(|probe| !Arc::ptr_eq(probe, &self));
    }

    fn problem(&self) -> Option<String> {
        let backend = self.backend.upgrade()?;
        let why = match &*sync::lock(&self.state) {
            State::Answered => return None,
            State::Asked(since) if since.elapsed() <= MAX_SILENCE => return None,
            State::Asked(since) => format!("it has not answered for {:.1?}", since.elapsed()),
            State::Failed(error) => error.clone(),
        };
        Some(format!("the bus {} does not answer: {why}", backend.address()))
    }
}

/// What is wrong with the buses that are probed.
pub(super) fn problems() -> Vec<String> {
    sync::lock(&PROBES).iter().filter_map(|probe| probe.problem()).collect()
}
