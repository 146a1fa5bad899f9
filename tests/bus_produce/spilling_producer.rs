//! `spilling-producer SPILL_PATH [layer]`: produces to a bus in memory that is down, so that events are spilled, and does what
//! standard input says:
//!
//! | line | answer |
//! |---|---|
//! | `send FROM TO` | the numbers of the events that were refused, and the last error |
//! | `up` | makes the bus reachable, waits until all is published, and answers with the numbers on the bus |
//! | `report` | the numbers of spilled, published and lost events |
//!
//! The first event fills the queue. With `layer` an event with the number 1000 is sent for each error about the spill file,
//! by what takes the log.

use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::{
    Backend, BusSettings, EventProducer, KeyPath, Overflow, ProducerConfig, Topic, TopicConfig,
};
use openedx_events::signal;
use openedx_events_tests::faulty::Faulty;
use tracing::{Event, Level, Metadata, Subscriber, span};

/// Sent when a drop has fallen.
#[signal("org.example.rain.drop.spilled.v1", key = number)]
struct DropSpilled {
    number: i64,
    text: String,
}

/// More than fits in a queue.
const LARGE: usize = 17 << 20;

/// Sends an event for each error about the spill file.
struct Layer;

impl Subscriber for Layer {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR && metadata.target().ends_with("::spill::file")
    }

    fn event(&self, _: &Event<'_>) {
        DROP_SPILLED.send_event(DropSpilled { number: 1000, text: String::new() });
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = PathBuf::from(std::env::args().nth(1).ok_or("no path")?);
    if std::env::args().nth(2).is_some() {
        tracing::subscriber::set_global_default(Layer)?;
    }
    let config = TopicConfig::new(KeyPath::new(&DROP_SPILLED, "number")?);
    let settings = BusSettings::new()
        .producer_config(ProducerConfig::new().topic(&DROP_SPILLED, "rain", config))
        .overflow(Overflow::Spill(path))
        .audit_logging(false);
    let faulty = Faulty::default();
    faulty.set_down(true);
    let backend: Arc<dyn Backend> = Arc::new(faulty.clone());
    let producer = EventProducer::start_on(&backend, &settings)?;
    let send = |number, size| DROP_SPILLED.send_event(DropSpilled { number, text: "x".repeat(size) });
    send(0, LARGE).into_result()?;
    let mut stdout = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let answer = match line.split(' ').collect::<Vec<_>>()[..] {
            ["send", from, to] => {
                let (mut refused, mut error) = (Vec::new(), String::new());
                for number in from.parse::<i64>()?..to.parse()? {
                    let responses = send(number, 1000);
                    if !responses.is_ok() {
                        refused.push(number);
                        error = responses.to_string().replace('\n', " ");
                    }
                }
                format!("{refused:?} {error}")
            }
            ["up"] => {
                faulty.set_down(false);
                let left = producer.flush(Duration::from_mins(1));
                let entries = faulty.memory.browse(&Topic::new("rain")?, None, usize::MAX)?;
                let keys = entries.iter().map(|entry| entry.message.key().unwrap_or_default());
                let keys: Vec<_> = keys.map(String::from_utf8_lossy).collect();
                format!("[{}] {left} left", keys.join(", "))
            }
            ["report"] => {
                let report = producer.report();
                format!("{} {} {}", report.spilled, report.published, report.lost)
            }
            _ => return Err(format!("unknown: {line}").into()),
        };
        writeln!(stdout, "{answer}")?;
    }
    Ok(())
}
