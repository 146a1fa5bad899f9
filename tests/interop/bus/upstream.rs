//! A service in Python that has upstream's bus: `bus_peer.py`.

use std::path::Path;

use openedx_events::EventsMetadata;
use openedx_events_tests::redis_server::RedisServer;
use serde_json::{Value, json};

use crate::ledger::Ledger;
use crate::peer::Peer;
use crate::settled::settled;

/// A process with the real producer, or a real consumer. It ends with this.
pub(crate) struct Upstream {
    peer: Peer,
    /// Errors that it has logged.
    pub(crate) log: Vec<String>,
}

/// An event that a receiver in Python received.
pub(crate) struct Received {
    pub(crate) metadata: EventsMetadata,
    record: Value,
    from_event_bus: bool,
}

impl Upstream {
    /// A service on a server, whose topics begin with this.
    pub(crate) fn start(python: &Path, server: &RedisServer) -> Self {
        let settings = json!({
            "EVENT_BUS_REDIS_CONNECTION_URL": server.url(),
            "EVENT_BUS_TOPIC_PREFIX": PREFIX,
            // By default it waits for a minute on the server, while its client gives up after five seconds.
            "EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT": 1,
        });
        let peer = Peer::start(python, "bus_peer.py", &[&settings.to_string()]);
        Self { peer, log: Vec::new() }
    }

    /// The answer to a request. What is logged in between is kept.
    fn ask(&mut self, request: &Value) -> Value {
        let mut answer = self.peer.ask(request);
        loop {
            let message = answer.unwrap_or_else(|error| panic!("{error}, and logged: {:?}", self.log));
            match message["log"].as_str() {
                Some(line) => self.log.push(line.to_owned()),
                None => return message,
            }
            answer = self.peer.answer();
        }
    }

    /// Passes events to the real producer. Upstream's reports failures only in the log.
    pub(crate) fn produce(&mut self, topic: &str, events: &[(&Value, &EventsMetadata)]) {
        let events: Vec<_> = events
            .iter()
            .map(|(record, metadata)| {
                let metadata: Value = serde_json::from_str(&metadata.to_json()).expect("JSON");
                json!({ "record": record, "metadata": metadata })
            })
            .collect();
        let answer = self.ask(&json!({ "produce": topic, "events": events }));
        assert_eq!(answer["produced"], events.len());
    }

    /// Makes a real consumer, and no more.
    pub(crate) fn construct(&mut self, arguments: &Value) {
        assert_eq!(self.ask(&json!({ "construct": arguments }))["constructed"], true);
    }

    /// Runs a real consumer from here on. It has made its group, or moved its cursor, when this returns.
    pub(crate) fn consume(&mut self, arguments: &Value, is_to_raise: bool) {
        let answer = self.ask(&json!({ "consume": arguments, "raise": is_to_raise }));
        assert_eq!(answer["consuming"], true);
    }

    /// Runs the management command until it ends.
    pub(crate) fn consume_events(&mut self, options: &Value) {
        assert_eq!(self.ask(&json!({ "consume_events": options }))["returned"], true);
    }

    /// The next event that a receiver receives.
    pub(crate) fn received(&mut self) -> Received {
        loop {
            let message = self.peer.answer().unwrap_or_else(|error| panic!("{error}"));
            if let Some(line) = message["log"].as_str() {
                self.log.push(line.to_owned());
                continue;
            }
            let mut event = message["received"].clone();
            assert!(event.is_object(), "the consumer says {message}");
            let metadata = EventsMetadata::from_json(&event["metadata"].to_string()).expect("metadata");
            assert_eq!(event["event_type"], metadata.event_type());
            return Received {
                metadata,
                record: event["record"].take(),
                from_event_bus: event["from_event_bus"] == true,
            };
        }
    }

    /// Records received events in a ledger, until everything that was sent has arrived. A logged error is a failure.
    pub(crate) fn receive_all(&mut self, ledger: &Ledger) {
        while !ledger.is_complete() {
            let received = self.received();
            if !received.from_event_bus {
                ledger.fail(format!("{} does not come from the bus", received.metadata.id()));
            }
            ledger.receive(&received.metadata, |sent| settled(sent, received.record));
        }
        self.log.drain(..).for_each(|line| ledger.fail(format!("Python logs: {line}")));
    }
}

/// What the names of topics begin with on both sides.
pub(crate) const PREFIX: &str = "interop";

/// The arguments of a real consumer.
pub(crate) fn arguments(topic: &str, group: &str, name: &str, check_backlog: bool) -> Value {
    json!({ "topic": topic, "group_id": group, "consumer_name": name, "check_backlog": check_backlog })
}
