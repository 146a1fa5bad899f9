//! A topic of one test, and what produces to it and consumes it.

use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::{
    Backend, BusSettings, ConsumerSettings, EventConsumer, EventProducer, KeyPath, ProducerConfig,
    RetryPolicy, RunningConsumer, Topic, TopicConfig,
};
use openedx_events::{Event, Signal};
use openedx_events_tests::faulty::Faulty;
use openedx_events_tests::{DEADLINE, wait_until};

pub(crate) struct Shop {
    pub(crate) faulty: Faulty,
    pub(crate) topic: Topic,
}

impl Shop {
    pub(crate) fn new(topic: &str) -> Self {
        Self { faulty: Faulty::default(), topic: Topic::new(topic).expect("a topic") }
    }

    fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(self.faulty.clone())
    }

    pub(crate) fn producer<E: Event>(&self, signal: &'static Signal<E>) -> EventProducer {
        let key = KeyPath::new(signal, "customer").expect("a key");
        let config = ProducerConfig::new().topic(signal, self.topic.as_str(), TopicConfig::new(key));
        let settings = BusSettings::new().producer_config(config);
        EventProducer::start_on(&self.backend(), &settings).expect("started")
    }

    /// Publishes events of this customer.
    pub(crate) fn publish<E: Event>(&self, signal: &'static Signal<E>, events: impl IntoIterator<Item = E>) {
        let producer = self.producer(signal);
        for event in events {
            signal.event(event).send().into_result().expect("queued");
        }
        producer.shutdown(DEADLINE).expect("published");
    }

    pub(crate) fn start(&self) -> RunningConsumer {
        let retry = RetryPolicy::new().max_attempts(2).initial_backoff(Duration::from_millis(1));
        let settings = ConsumerSettings::new().allow_no_receivers(true).retry(retry);
        let consumer =
            EventConsumer::new(self.backend(), "shop").topic(self.topic.clone()).settings(settings);
        consumer.start().expect("started")
    }

    /// Consumes until this many events are done or dead-lettered.
    pub(crate) fn consume(&self, events: u64) {
        let running = self.start();
        wait_until("all are over", || {
            let report = running.report();
            report.done + report.dead_letters() + report.suppressed.no_receivers + report.suppressed.disabled
                == events
        });
        running.stop(DEADLINE).expect("stopped");
    }
}
