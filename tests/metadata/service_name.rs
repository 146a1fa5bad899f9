//! Names the service that events come from, step by step, for the tests of it: `name=…`, `source=…` and `show`.

use openedx_events::{EventsMetadata, set_service_name, set_source};

fn main() {
    for step in std::env::args().skip(1) {
        let done = match step.split_once('=') {
            Some(("name", name)) => set_service_name(name),
            Some(("source", source)) => set_source(source),
            _ => {
                println!("source: {}", EventsMetadata::new("org.example.house.door.shut.v1").source());
                continue;
            }
        };
        println!("{}", done.err().map_or_else(|| "set".to_owned(), |error| error.to_string()));
    }
}
