//! Consumes the orders until SIGTERM or ctrl-c.
//!
//! With arguments it is the command line of openedx-events, for the events and receivers of this service: `worker --help`.

mod receipts;

use std::env;
use std::process::ExitCode;

use openedx_events::BoxError;
use openedx_events::bus::{self, EventConsumer, Topic};

use {{crate_name}}::settings;

use receipts::Receipts;

fn main() -> Result<ExitCode, BoxError> {
    let folder = env::var_os("RECEIPTS").unwrap_or_else(|| "receipts".into());
    openedx_events::provide(Receipts::in_folder(folder)?)?;
    if env::args_os().len() > 1 {
        return Ok(openedx_events::cli::main());
    }

    tracing_subscriber::fmt::init();
    openedx_events::check()?;
    let settings = settings::read()?;
    let bus = bus::open_with(settings.url.as_deref().unwrap_or_default(), &settings)?;
    let topic = Topic::with_prefix(&settings.topic_prefix, settings::ORDERS)?;
    // `run` returns the exit code: 0 if it was stopped and everything begun is finished.
    Ok(EventConsumer::new(bus, "receipts")
        .topic(topic)
        .settings(settings.consumer)
        .run())
}
