//! `spilling-producer SPILL_PATH`: produces to a bus in memory that is down, so that events are spilled, and does what
//! standard input says:
//!
//! | line | answer |
//! |---|---|
//! | `send FROM TO` | the numbers of the events that were refused, and the last error |
//! | `up` | makes the bus reachable, waits until all is published, and answers with the numbers on the bus |
//! | `report` | the numbers of spilled, published and lost events |
//!
//! The first event fills the queue.

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

/// Sent when a drop has fallen.
#[signal("org.example.rain.drop.spilled.v1", key = number)]
struct DropSpilled {
    number: i64,
    text: String,
}

/// More than fits in a queue.
const LARGE: usize = 17 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let path = PathBuf::from(std::env::args().nth(1).ok_or("no path")?);
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
