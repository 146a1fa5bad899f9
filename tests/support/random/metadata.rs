//! Metadata of events.

use openedx_events::EventsMetadata;
use serde_json::json;

use super::Random;

impl Random {
    /// The metadata of an event of this type: every member has a value of its own, which says nothing of where it was made.
    ///
    /// The release is upstream's present one or one that is not out yet, since an older one would say that the data are of
    /// an older schema.
    pub fn metadata(&mut self, event_type: &str) -> EventsMetadata {
        self.nothing = 0;
        self.edges = self.of(&[0, 1, 2, 4]);
        loop {
            let metadata = json!({
                "event_type": event_type,
                "id": super::uuid_of(self.rng.u128(..)),
                "minorversion": self.long().unsigned_abs() % (1 << 32),
                // Not empty, as an empty text is none on the bus.
                "source": self.text(),
                "sourcehost": self.text(),
                "time": self.datetime(),
                "sourcelib": self.of::<&[u32]>(&[&[11, 2, 0], &[11, 2, 0], &[11, 2, 0], &[4000, 0, 1]]),
            });
            // A time can be out of range when it is in UTC, and its offset one that only Python knows.
            if let Ok(metadata) = EventsMetadata::from_json(&metadata.to_string()) {
                return metadata;
            }
        }
    }
}
