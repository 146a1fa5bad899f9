//! Reports as GitHub annotations.

use super::{Outcome, Report};

impl Report {
    /// Returns the report as GitHub workflow commands, one per line: an error for each breaking change, a notice for
    /// each other change, and a warning for each unused waiver. `place` returns the file, and the line if it is known,
    /// for the annotations of an event.
    pub fn to_github(&self, place: impl Fn(&str) -> (String, Option<usize>)) -> String {
        let command = |level: &str, event_type: &str, title: &str, message: &str| {
            let (file, line) = place(event_type);
            let line = line.map(|line| format!(",line={line}")).unwrap_or_default();
            format!("::{level} file={}{line},title={}::{}\n", property(&file), property(title), data(message))
        };
        let mut text = String::new();
        for finding in &self.findings {
            let level = match finding.outcome {
                Outcome::Breaking => "error",
                Outcome::Harmless | Outcome::Waived(_) if finding.is_pending => "notice",
                _ => continue,
            };
            text += &command(level, &finding.event_type, finding.change.rule.name(), &finding.sentence());
        }
        for unused in &self.unused {
            let waiver = &unused.waiver;
            let message = format!("{} {}: {}", waiver.event_type, waiver.path, unused.why);
            text += &command(
                "warning",
                &waiver.event_type,
                &format!("unused waiver of {}", waiver.rule),
                &message,
            );
        }
        text
    }
}

/// Escapes a property, between `::` and `::`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Escapes the message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
