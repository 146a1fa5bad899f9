//! Reports as text.

use std::fmt;

use super::{Change, Finding, Former, Outcome, Report};

/// The changes by event with what they break, the unused waivers, and a summary line. Without a final line feed.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<_> = self.findings.iter().filter(|finding| finding.is_shown()).collect();
        for group in shown.chunk_by(|one, other| one.event_type == other.event_type) {
            writeln!(f, "{}", group[0].event_type)?;
            group.iter().try_for_each(|finding| finding.write(f))?;
        }
        for unused in &self.unused {
            let waiver = &unused.waiver;
            writeln!(f, "{}", waiver.event_type)?;
            let path = spaced(&waiver.path);
            writeln!(f, "  unused waiver: {}{path} for {}", waiver.rule, waiver.fingerprint)?;
            writeln!(f, "    {}", unused.why)?;
        }
        f.write_str(&self.summary())
    }
}

impl Report {
    /// Returns the summary line: the numbers of events, changes and breaking changes, and the policy.
    pub fn summary(&self) -> String {
        let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let changes = self.findings.iter().filter(|finding| finding.is_pending).count();
        let breaking = self.breaking().count();
        let waived =
            self.findings.iter().filter(|finding| matches!(finding.outcome, Outcome::Waived(_))).count();
        let mut text = format!(
            "{}, {}, {breaking} breaking, {waived} waived",
            count(self.events, "event"),
            count(changes, "change")
        );
        if !self.unused.is_empty() {
            text.push_str(", ");
            text.push_str(&count(self.unused.len(), "unused waiver"));
        }
        format!("{text} ({})", self.policy)
    }
}

impl Finding {
    /// Changes that were waived in the past are only counted.
    fn is_shown(&self) -> bool {
        self.is_pending || self.outcome == Outcome::Breaking
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.outcome {
            Outcome::Harmless => "change",
            Outcome::Breaking => "breaking",
            Outcome::Waived(_) => "waived",
        };
        writeln!(f, "  {word}: {}{}", self.change.rule, spaced(&self.change.path))?;
        writeln!(f, "    {}", self.change.detail)?;
        if !self.change.breaks.is_empty() {
            writeln!(f, "    breaks {}", self.change.breaks)?;
        }
        if let Some(against) = self.earlier() {
            writeln!(f, "    against {against}")?;
        }
        if let Outcome::Waived(reason) = &self.outcome {
            writeln!(f, "    allowed: {reason}")?;
        }
        Ok(())
    }

    /// Returns the change as a single line.
    pub(super) fn sentence(&self) -> String {
        let Change { path, detail, breaks, .. } = &self.change;
        let breaks = if breaks.is_empty() { String::new() } else { format!("; breaks {breaks}") };
        let against = self.earlier().map(|against| format!("; against {against}")).unwrap_or_default();
        let allowed = match &self.outcome {
            Outcome::Waived(reason) => format!("; allowed: {reason}"),
            _ => String::new(),
        };
        format!("{}{}: {detail}{breaks}{against}{allowed}", self.event_type, spaced(path))
    }

    /// Returns the former versions of the change except the last one.
    fn earlier(&self) -> Option<String> {
        let skipped = usize::from(self.is_pending);
        let earlier: Vec<_> = self.against.iter().skip(skipped).map(Former::to_string).collect();
        (!earlier.is_empty()).then(|| format!("the earlier {}", earlier.join(", ")))
    }
}

/// The schema's fingerprint, and the note or the minor version.
impl fmt::Display for Former {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fingerprint)?;
        match (&self.note, self.minor_version) {
            (Some(note), _) => write!(f, " ({note})"),
            (None, Some(minor_version)) => write!(f, " (minor version {minor_version})"),
            (None, None) => Ok(()),
        }
    }
}

fn spaced(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(" {path}") }
}
