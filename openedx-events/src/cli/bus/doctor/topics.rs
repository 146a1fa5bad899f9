//! Topics and their groups.

use crate::bus::{Finding, GroupInfo, TopicInfo};
use crate::cli::bus::alarms::{Alarms, Lag, MAX_IDLE};
use crate::cli::bus::amount::{age, counted};

/// `name` is that of the topic without the prefix of the settings, as commands take it.
pub(super) fn findings(
    name: &str,
    info: &TopicInfo,
    groups: &[GroupInfo],
    max_length: Option<u64>,
) -> Vec<Finding> {
    let topic = &info.topic;
    let mut findings = Vec::new();
    if let Some(number) = info.dead_letters.filter(|number| *number > 0) {
        let detail = counted(number, "dead letter");
        findings.push(Finding::warn(format!("topic {topic}"), detail, format!("dlq list -t {name}")));
    } else {
        findings.push(Finding::ok(format!("topic {topic}"), entries(info.length)));
    }
    if groups.is_empty() {
        findings.push(Finding::ok(format!("groups of {topic}"), "none: nobody consumes it in a group"));
    }
    for group in groups {
        let found = findings.len();
        let subject = format!("group {} of {topic}", group.name);
        let alarms = Alarms::of(info, Some(group)).group;
        let target = format!("-t {name} -g {}", quoted(&group.name));
        if alarms.abandoned > 0 {
            let since = group
                .idle
                .filter(|idle| *idle >= MAX_IDLE)
                .map(|idle| format!(", for {}", age(idle)))
                .unwrap_or_default();
            let wait = if alarms.abandoned == 1 { "waits" } else { "wait" };
            findings.push(Finding::bad(
                &*subject,
                format!("{} {wait} and nobody consumes{since}", entries(alarms.abandoned)),
                format!("start its consumer, or group delete {target}"),
            ));
        }
        if alarms.parked > 0 {
            findings.push(Finding::bad(
                &*subject,
                format!("{} parked for receivers that do not work", counted(alarms.parked, "event")),
                format!("parked list {target}"),
            ));
        }
        if alarms.lag == Lag::Unknown {
            findings.push(Finding::warn(
                &*subject,
                "the lag is unknown: the cursor of the group was moved, as Python's consumer does whenever it starts, or entries in \
                 front of it were deleted; events may have been skipped",
                format!("give consumers in Python a group of their own, and replay -t {name} what was skipped"),
            ));
        }
        if let (Some(late), 0) = (alarms.late, alarms.abandoned) {
            findings.push(Finding::warn(
                &*subject,
                format!("an entry has waited for {}", age(late)),
                format!("see which one and why: pending {target}; or add consumers"),
            ));
        }
        let waiting = group.lag.unwrap_or_default().saturating_add(group.pending);
        if let Some(max) = max_length.filter(|max| waiting >= max / 10 * 9) {
            findings.push(Finding::bad(
                &*subject,
                format!(
                    "{} of at most {max} before the topic is trimmed: those behind are lost",
                    entries(waiting)
                ),
                "raise EVENT_BUS_REDIS_STREAM_MAX_LEN, or add consumers",
            ));
        }
        if findings.len() == found {
            findings.push(Finding::ok(subject, state(group)));
        }
    }
    findings
}

fn entries(number: u64) -> String {
    if number == 1 { "1 entry".to_owned() } else { format!("{number} entries") }
}

fn state(group: &GroupInfo) -> String {
    let GroupInfo { lag, pending, consumers, oldest, .. } = group;
    let lag = lag.map_or_else(|| "unknown".to_owned(), |lag| lag.to_string());
    let oldest = oldest.map(|oldest| format!(", oldest {}", age(oldest))).unwrap_or_default();
    format!("lag {lag}, pending {pending}{oldest}; {}", counted(consumers.len() as u64, "consumer"))
}

/// The name for a shell.
fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_.:@/".contains(c);
    if !name.is_empty() && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::bus::{FindingLevel, Topic};

    fn levels(group: GroupInfo, max_length: Option<u64>) -> Vec<FindingLevel> {
        let topic = TopicInfo::new(Topic::new("dev-yard").expect("a name"), 10).dead_letters(Some(0));
        findings("yard", &topic, &[group], max_length)
            .into_iter()
            .skip(1)
            .map(|finding| finding.level)
            .collect()
    }

    fn group(lag: Option<u64>, pending: u64, consumers: &[&str]) -> GroupInfo {
        GroupInfo::new("porters", lag, pending, consumers.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn what_loses_or_delays_events_is_found() {
        use FindingLevel::{Bad, Ok, Warn};

        assert_eq!(levels(group(Some(5), 1, &["carl"]), None), [Ok]);
        assert_eq!(levels(group(Some(0), 0, &[]), None), [Ok]);
        assert_eq!(levels(group(Some(5), 0, &[]), None), [Bad]);
        assert_eq!(
            levels(group(Some(0), 1, &["carl"]).idle_for(Some(Duration::from_secs(600))), None),
            [Bad]
        );
        assert_eq!(levels(group(None, 0, &["carl"]), None), [Warn]);
        assert_eq!(levels(group(Some(0), 0, &["carl"]).parked(1), None), [Bad]);
        assert_eq!(levels(group(Some(95), 0, &["carl"]), Some(100)), [Bad]);
        assert_eq!(levels(group(Some(5), 0, &["carl"]), Some(100)), [Ok]);
        let late = |seconds| group(Some(5), 0, &["carl"]).oldest(Some(Duration::from_secs(seconds)));
        assert_eq!(levels(late(3600), None), [Ok]);
        assert_eq!(levels(late(3601), None), [Warn]);
    }

    #[test]
    fn commands_can_be_copied_to_a_shell() {
        let topic = TopicInfo::new(Topic::new("dev-yard").expect("a name"), 10).dead_letters(Some(1));
        let mut odd = group(Some(1), 0, &[]);
        odd.name = "the porter's".to_owned();
        let fixes: Vec<_> =
            findings("yard", &topic, &[odd], None).into_iter().filter_map(|finding| finding.remedy).collect();
        assert_eq!(
            fixes,
            ["dlq list -t yard", r"start its consumer, or group delete -t yard -g 'the porter'\''s'"]
        );
    }
}
