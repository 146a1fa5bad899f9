//! Consumers that crash between any two steps.

use std::sync::Arc;

use openedx_events::bus::Backend;
use openedx_events::bus::sqlite::Sqlite;
use tempfile::TempDir;

use crate::crash_points;

fn place() -> (TempDir, Arc<dyn Backend>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.db");
    let bus = Arc::new(Sqlite::open(&path).expect("a file of its own"));
    (folder, bus, format!("sqlite:{}", path.display()))
}

#[test]
fn a_consumer_may_crash_at_every_point() {
    let (_folder, bus, url) = place();
    crash_points::every_point(&bus, &url);
}

#[test]
fn an_event_that_crashes_consumers_is_dead_lettered() {
    let (_folder, bus, url) = place();
    crash_points::a_killer(&bus, &url);
}
