//! The backend in a file passes the suite for backends; each test has a file of its own.

use std::path::PathBuf;
use std::sync::Arc;

use openedx_events::bus::Backend;
use openedx_events::bus::sqlite::Sqlite;
use openedx_events::bus::suite::Subject;
use tempfile::TempDir;

struct InAFile(TempDir);

impl InAFile {
    fn path(&self) -> PathBuf {
        self.0.path().join("events.db")
    }
}

impl Subject for InAFile {
    fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(Sqlite::open(self.path()).expect("a file of its own"))
    }
}

openedx_events::bus_suite!(Some(InAFile(tempfile::tempdir().expect("a folder"))));
