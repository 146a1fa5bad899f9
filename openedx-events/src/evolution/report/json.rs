//! Reports as JSON.

use serde_json::{Value, json};

use super::{Finding, Former, Outcome, Report};
use crate::evolution::readers::{Breaks, Reader, Readers};

impl Report {
    /// Returns the report as one JSON object. Its members are stable: later releases may add some, but remove none.
    pub fn to_json(&self) -> Value {
        json!({
            "ok": self.is_ok(),
            "current": self.is_current(),
            "mode": self.policy.mode.name(),
            "readers": readers(self.policy.readers),
            "events": self.events,
            "changes": self.findings.iter().map(finding).collect::<Vec<_>>(),
            "unused_waivers": self.unused.iter().map(|unused| {
                let waiver = &unused.waiver;
                json!({
                    "event_type": waiver.event_type,
                    "fingerprint": waiver.fingerprint.to_string(),
                    "rule": waiver.rule.name(),
                    "path": waiver.path,
                    "reason": waiver.reason,
                    "why": unused.why,
                })
            }).collect::<Vec<_>>(),
        })
    }
}

fn finding(finding: &Finding) -> Value {
    let (outcome, reason) = match &finding.outcome {
        Outcome::Harmless => ("harmless", None),
        Outcome::Breaking => ("breaking", None),
        Outcome::Waived(reason) => ("waived", Some(reason)),
    };
    json!({
        "event_type": finding.event_type,
        "rule": finding.change.rule.name(),
        "path": finding.change.path,
        "breaks": breaks(finding.change.breaks),
        "outcome": outcome,
        "reason": reason,
        "pending": finding.is_pending,
        "fingerprint": finding.fingerprint.to_string(),
        "against": finding.against.iter().map(former).collect::<Vec<_>>(),
        "detail": finding.change.detail,
    })
}

fn former(former: &Former) -> Value {
    json!({
        "fingerprint": former.fingerprint.to_string(),
        "minor_version": former.minor_version,
        "note": former.note,
    })
}

fn breaks(breaks: Breaks) -> Value {
    json!({ "backward": readers(breaks.backward), "forward": readers(breaks.forward) })
}

fn readers(readers: Readers) -> Vec<&'static str> {
    readers.iter().map(Reader::name).collect()
}
