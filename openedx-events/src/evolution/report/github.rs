//! Reports as annotations of GitHub.

use super::{Outcome, Report};

impl Report {
    /// The report as workflow commands of GitHub, one a line: an error for each change that breaks something, a notice
    /// for each other one, a warning for each waiver that allows nothing. `place` tells the file, and the line if it is
    /// known, that an event's annotations belong to.
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

/// What stands between `::` and `::`, escaped.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The message, escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
