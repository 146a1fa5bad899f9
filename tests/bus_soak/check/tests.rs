//! Doctored logs, one for each rule. So the checker is known to find what it looks for.

use super::{Order, Setup, check};
use crate::history::{History, parse};

/// A log whose lines are written as in the file, with the time in milliseconds.
#[derive(Clone)]
struct Doctored(Vec<String>);

impl Doctored {
    /// A producer, two consumers of one group, and two events of one key, which the first consumer has done.
    fn good() -> Self {
        let mut lines = Self(Vec::new());
        for (member, group) in [("first.1", "-"), ("one.1", "g"), ("two.1", "g")] {
            lines = lines.with_life(0, member, group).with(&format!("1 {member} subscribing"));
        }
        lines
            .with("10 first.1 sent 1 k healthy bill")
            .with("11 first.1 published 1")
            .with("12 first.1 sent 2 k healthy bill")
            .with("13 first.1 published 2")
            .with("20 one.1 delivered e1 1 read 15")
            .with("20 one.1 delivered e2 2 read 15")
            .handled(21, "one.1", 1)
            .handled(31, "one.1", 2)
            .with("950 soak.1 stored e1 1")
            .with("950 soak.1 stored e2 2")
    }

    fn with(mut self, line: &str) -> Self {
        self.0.push(line.to_owned());
        self
    }

    /// A process that starts at this time and ends when the soak does.
    fn with_life(self, at: u64, life: &str, group: &str) -> Self {
        self.with(&format!("{at} soak.1 start {life} {group}"))
            .with(&format!("900 soak.1 finish {life}"))
            .with(&format!("910 soak.1 ended {life} exit-0"))
    }

    /// An event is done by all receivers and acknowledged, within nine milliseconds.
    fn handled(self, at: u64, life: &str, number: i64) -> Self {
        let (mut lines, mut at) = (self, at);
        for receiver in ["bill", "mail", "index"] {
            lines = lines
                .with(&format!("{at} {life} begin {number} {receiver}"))
                .with(&format!("{} {life} done {number} {receiver}", at + 1));
            at += 2;
        }
        lines
            .with(&format!("{} {life} outcome e{number} {number} Done", at + 1))
            .with(&format!("{} {life} acknowledged e{number}", at + 2))
    }

    /// Without the lines that have this text; there must be some.
    #[track_caller]
    fn without(mut self, text: &str) -> Self {
        let count = self.0.len();
        self.0.retain(|line| !line.contains(text));
        assert!(self.0.len() < count, "{text}");
        self
    }

    /// With another text; it must be there.
    #[track_caller]
    fn replaced(mut self, from: &str, to: &str) -> Self {
        assert!(self.0.iter().any(|line| line.contains(from)), "{from}");
        for line in &mut self.0 {
            *line = line.replace(from, to);
        }
        self
    }

    fn found_with(mut self, order: Order) -> Vec<String> {
        let at =
            |line: &String| -> u64 { line.split(' ').next().and_then(|at| at.parse().ok()).expect("a time") };
        self.0.sort_by_key(at);
        let lines: Vec<_> =
            self.0.iter().map(|line| format!("{} ;", line.replacen(' ', "000 ", 1))).collect();
        let text = lines.join("\n");
        let (lines, problems) = parse(&since_in_micros(&text));
        assert_eq!(problems, [""; 0]);
        check(&History::of(&lines), Setup { order }).problems
    }

    fn found(self) -> Vec<String> {
        self.found_with(Order::Group)
    }

    /// The checker finds one problem, which starts like this.
    #[track_caller]
    fn finds(self, problem: &str) {
        let found = self.found();
        assert!(found.iter().any(|found| found.starts_with(problem)), "{found:#?}");
    }

    #[track_caller]
    fn finds_nothing(self) {
        assert_eq!(self.found(), [""; 0]);
    }

    /// An event that is dead-lettered by the second consumer, for what it does at `bill`.
    fn with_a_dead_letter(self, fate: &str, reason: &str, attempts: u64) -> Self {
        let mut lines = self
            .with(&format!("14 first.1 sent 3 j {fate} bill"))
            .with("15 first.1 published 3")
            .with("20 two.1 delivered e3 3 read 16");
        for receiver in ["mail", "index"] {
            lines = lines
                .with(&format!("21 two.1 begin 3 {receiver}"))
                .with(&format!("22 two.1 done 3 {receiver}"));
        }
        for attempt in 0..attempts {
            let at = 100 + 10 * attempt;
            lines = lines
                .with(&format!("{at} two.1 begin 3 bill"))
                .with(&format!("{} two.1 failed 3 bill", at + 1));
        }
        lines
            .with("200 two.1 outcome e3 3 DeadLettered")
            .with("201 two.1 acknowledged e3")
            .with("950 soak.1 stored e3 3")
            .with(&format!("960 soak.1 dead g e3 3 {reason} bill"))
    }
}

/// The time at which a call began is given in milliseconds, too.
fn since_in_micros(text: &str) -> String {
    let line = |line: &str| match line.strip_suffix(" ;") {
        Some(rest) if line.contains(" delivered ") => format!("{rest}000 ;"),
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_good_log_has_no_problems() {
    Doctored::good().finds_nothing();
    let found = Doctored::good().found_with(Order::Consumer);
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_torn_line_is_left_out_and_nonsense_is_told() {
    let (lines, problems) = parse("\n1 soak.1 calm ;\n2 one.1 done 12\n3 soak.1 calm ;\n4 soak.1 clam ;");
    assert_eq!(lines.len(), 2);
    assert_eq!(problems, ["a line of the log makes no sense: 4 soak.1 clam"]);
}

#[test]
fn a_published_event_that_is_not_stored_is_lost() {
    Doctored::good()
        .without("stored e2")
        .finds("lost: event 2 of first.1, sent at 0.012 s, was acknowledged");
}

#[test]
fn a_producer_that_ends_cleanly_has_published_everything() {
    let unpublished = Doctored::good().with("800 first.1 sent 3 k healthy bill");
    unpublished.clone().finds("lost: event 3");
    unpublished
        .replaced("900 soak.1 finish first.1", "900 soak.1 kill first.1")
        .replaced("ended first.1 exit-0", "ended first.1 signal-9")
        .finds_nothing();
}

#[test]
fn a_refused_event_is_told() {
    Doctored::good()
        .with("14 first.1 sent 3 k healthy bill")
        .with("15 first.1 refused 3 full")
        .with("950 soak.1 stored e3 3")
        .handled(41, "one.1", 3)
        .with("20 one.1 delivered e3 3 read 15")
        .finds("refused: event 3");
}

#[test]
fn an_event_that_a_receiver_has_not_done_is_lost() {
    let lost = Doctored::good().without("done 2 mail");
    lost.clone().finds("lost: event 2 of key k, sent at 0.012 s, was never done by mail in g");
    lost.finds("early: event 2, entry e2, counts as done in one.1");
}

#[test]
fn events_of_a_key_are_stored_in_order() {
    Doctored::good()
        .replaced("950 soak.1 stored e1 1", "951 soak.1 stored e1 1")
        .finds("order: event 1 of key k is stored behind 2");
}

#[test]
fn events_of_a_key_are_done_in_order() {
    let early = Doctored::good().replaced("31 one.1 begin 2 bill", "21 one.1 begin 2 bill");
    early.finds("order: event 2 of key k was begun by bill in g at 0.021 s in one.1, before 1 was done");
}

/// The process ends before it has said so, and the event runs again.
#[test]
fn what_has_used_up_its_attempts_may_be_done_after_others() {
    let attempts = |count: u64| {
        let mut lines = Doctored::good()
            .replaced("22 one.1 done 1 bill", "22 one.1 failed 1 bill")
            .without("one.1 outcome e1")
            .without("one.1 acknowledged e1")
            .replaced("31 one.1 begin 2 bill", "35 one.1 begin 2 bill")
            .replaced("32 one.1 done 2 bill", "36 one.1 done 2 bill")
            .without("finish one.1")
            .replaced("910 soak.1 ended one.1 exit-0", "51 soak.1 ended one.1 signal-9")
            .with("50 soak.1 kill one.1")
            .with("52 two.1 delivered e1 1 claim 51")
            .handled(53, "two.1", 1);
        for attempt in 1..count {
            lines = lines
                .with(&format!("{} one.1 begin 1 bill", 22 + 2 * attempt))
                .with(&format!("{} one.1 failed 1 bill", 23 + 2 * attempt));
        }
        lines
    };
    attempts(4).finds_nothing();
    attempts(3).finds("order: event 2 of key k was begun by bill in g");
}

/// The second event is delivered to the second consumer, which does it first.
fn done_by_two() -> Doctored {
    let lines = Doctored::good().without("one.1 delivered e2").without(" 2 mail").without(" 2 bill");
    let lines = lines.without(" 2 index").without("outcome e2").without("acknowledged e2");
    lines.with("14 two.1 delivered e2 2 read 13").handled(14, "two.1", 2)
}

#[test]
fn the_order_of_consumers_is_only_that_of_each() {
    done_by_two().finds("order: event 2 of key k");
    assert_eq!(done_by_two().found_with(Order::Consumer), [""; 0]);
    // In one consumer it is in order, unless an entry was claimed.
    let early = |way: &str| {
        let lines =
            Doctored::good().without("one.1 delivered e1").with(&format!("35 one.1 delivered e1 1 {way} 34"));
        let lines = lines.without(" 1 bill").without(" 1 mail").without(" 1 index").without("outcome e1");
        lines.without("acknowledged e1").handled(41, "one.1", 1).found_with(Order::Consumer)
    };
    assert_eq!(early("claim"), [""; 0]);
    assert!(early("read").iter().any(|found| found.starts_with("order: event 2")), "{:?}", early("read"));
}

#[test]
fn an_acknowledged_entry_is_not_delivered_again() {
    let again = Doctored::good().with("60 two.1 delivered e1 1 read 55").handled(61, "two.1", 1);
    again.clone().finds("repeated: event 1, entry e1, was delivered to one.1 at 0.020 s and again to two.1 at 0.060 s: it was");
    // Whatever happens to the first consumer afterwards.
    again
        .replaced("900 soak.1 finish one.1", "50 soak.1 kill one.1")
        .replaced("910 soak.1 ended one.1 exit-0", "52 soak.1 ended one.1 signal-9")
        .finds("repeated: event 1");
}

#[test]
fn a_take_over_needs_a_cause() {
    let again = Doctored::good()
        .replaced("29 one.1 acknowledged e1", "70 one.1 acknowledged e1")
        .with("60 two.1 delivered e1 1 claim 55")
        .handled(61, "two.1", 1);
    again.clone().finds("repeated: event 1, entry e1, was delivered to one.1 at 0.020 s and again to two.1 at 0.060 s: the first");
    again.clone().with("59 one.1 released e1").finds_nothing();
    again.clone().with("18 soak.1 fault 1 bus Frozen").with("40 soak.1 healed 1").finds_nothing();
    again.with("18 soak.1 fault 1 one frozen").with("40 soak.1 healed 1").finds_nothing();
}

#[test]
fn a_consumer_loses_an_entry_with_a_cause() {
    // It ends before the next one reads the entry.
    let again = Doctored::good()
        .without("one.1 acknowledged e1")
        .with("45 one.1 lost e1")
        .with("60 two.1 delivered e1 1 claim 55")
        .handled(61, "two.1", 1)
        .replaced("900 soak.1 finish one.1", "46 soak.1 term one.1")
        .replaced("910 soak.1 ended one.1", "50 soak.1 ended one.1");
    again.clone().finds("repeated: event 1, entry e1, was delivered to one.1 at 0.020 s and again to two.1 at 0.060 s: it was lost");
    again.with("18 soak.1 fault 1 one frozen").with("40 soak.1 healed 1").finds_nothing();
}

#[test]
fn a_consumer_that_ended_cleanly_has_acknowledged_what_it_did() {
    let again = Doctored::good()
        .without("one.1 acknowledged e1")
        .with("60 two.1 delivered e1 1 claim 55")
        .handled(61, "two.1", 1)
        .replaced("900 soak.1 finish one.1", "40 soak.1 term one.1");
    again
        .clone()
        .replaced("910 soak.1 ended one.1", "50 soak.1 ended one.1")
        .finds("repeated: event 1, entry e1");
    again.replaced("910 soak.1 ended one.1 exit-0", "50 soak.1 ended one.1 exit-6").finds_nothing();
}

#[test]
fn a_delivery_runs_a_receiver_once() {
    Doctored::good()
        .with("50 one.1 begin 2 mail")
        .with("51 one.1 done 2 mail")
        .finds("repeated: event 2 was delivered 1 times to one.1, and done by mail at 0.034 s, 0.051 s");
}

/// `mail` has not done the second event when it is parked; it is done in another life.
fn parked() -> Doctored {
    let lines = Doctored::good().without(" 2 mail").without("one.1 outcome e2").without("acknowledged e2");
    lines
        .with("40 one.1 parked 7 e2 2 mail")
        .with("45 soak.1 kill one.1")
        .without("finish one.1")
        .replaced("910 soak.1 ended one.1 exit-0", "46 soak.1 ended one.1 signal-9")
        .with("50 two.1 starting 7")
        .with("52 two.1 started 7 e2 2 claim 51000")
        .with("53 two.1 begin 2 mail")
        .with("54 two.1 done 2 mail")
        .with("55 two.1 outcome e2 2 Done")
        .with("56 two.1 settled 7 -")
}

#[test]
fn a_parked_event_runs_what_it_waits_for() {
    parked().finds_nothing();
    parked().without("done 2 mail").finds("lost: event 2 of key k");
    parked()
        .with("53 two.1 begin 2 bill")
        .with("54 two.1 done 2 bill")
        .finds("repeated: event 2, entry e2, was parked by one.1 at 0.040 s for mail, and bill ran at 0.053 s in two.1");
    parked()
        .replaced("started 7 e2 2 claim 51000", "delivered e2 2 claim 51")
        .finds("repeated: event 2, entry e2, was delivered to one.1 at 0.020 s and again to two.1 at 0.052 s: it was parked");
}

#[test]
fn a_parked_event_is_started_again_with_a_cause() {
    let again = parked()
        .without("two.1 settled")
        .with("60 one.2 starting 7")
        .with("61 one.2 started 7 e2 2 claim 60000")
        .with_life(58, "one.2", "g");
    again.clone().finds("repeated: event 2, entry e2, was delivered to two.1 at 0.052 s and again to one.2 at 0.061 s: the first");
    again.clone().with("57 two.1 settled 7 mail").finds_nothing();
    again.clone().with("57 two.1 settled 7 -").finds("repeated: event 2, entry e2");
    again.with("56 soak.1 fault 1 two frozen").with("70 soak.1 healed 1").finds_nothing();
}

/// The second consumer claims it from the first one, which claims it back and is not told that it had lost it.
#[test]
fn a_parked_event_that_was_claimed_for_a_while_may_run_again() {
    let again = parked()
        .with("57 three.1 claimed-parked 7")
        .with("58 two.1 claimed-parked 7")
        .with("60 two.1 starting 7")
        .with("61 two.1 started 7 e2 2 claim 60000")
        .with_life(0, "three.1", "g");
    again.clone().finds(
        "repeated: event 2, entry e2, was delivered to two.1 at 0.052 s and again to two.1 at 0.061 s",
    );
    again
        .clone()
        .without("three.1 claimed-parked")
        .with("56 soak.1 fault 1 two frozen")
        .with("70 soak.1 healed 1")
        .finds(
            "repeated: event 2, entry e2, was delivered to two.1 at 0.052 s and again to two.1 at 0.061 s",
        );
    again.with("51 soak.1 fault 1 two frozen").with("59 soak.1 healed 1").finds_nothing();
}

/// It has done the event and is frozen, and removes it when it is another one's already.
#[test]
fn a_parked_event_is_removed_by_its_owner_only() {
    let lines = || {
        parked()
            .with("62 one.2 starting 7")
            .with("63 one.2 started 7 e2 2 claim 62000")
            .with_life(58, "one.2", "g")
            .with("55 soak.1 fault 1 two frozen")
            .with("61 soak.1 healed 1")
            .replaced("56 two.1 settled", "61 two.1 settled")
    };
    lines().with("60 one.2 claimed-parked 7").finds_nothing();
    lines().with("62 one.2 claimed-parked 7").finds_nothing();
    lines().without("soak.1 fault").without("soak.1 healed").finds("repeated: event 2, entry e2");
}

/// It is frozen while it reads, and has the entry no more when it goes on.
#[test]
fn an_entry_whose_delivery_is_late_may_have_been_parked_by_another() {
    let late = parked()
        .replaced("20 one.1 delivered e2 2 read 15", "30 one.1 delivered e2 2 claim 29")
        .replaced("31 one.1 begin 2 bill", "32 one.1 begin 2 bill")
        .with_life(0, "three.1", "g")
        .with("50 three.1 delivered e2 2 read 14")
        .with("50 three.1 begin 2 bill")
        .with("51 three.1 done 2 bill")
        .with("51 three.1 lost e2")
        .with("16 soak.1 fault 1 three frozen")
        .with("49 soak.1 healed 1");
    assert_eq!(late.clone().found_with(Order::Consumer), [""; 0]);
    let found = late.clone().replaced("read 14", "read 41").found_with(Order::Consumer);
    assert!(
        found.iter().any(|found| found.starts_with("repeated: event 2, entry e2, was parked by one.1")),
        "{found:?}"
    );
    // Whoever had it in between lives on.
    let lives = late.without("kill one.1").without("ended one.1");
    let lives = lives.with("900 soak.1 finish one.1").with("910 soak.1 ended one.1 exit-0");
    assert_eq!(lives.clone().found_with(Order::Consumer), [""; 0]);
    let found = lives.without("three frozen").found_with(Order::Consumer);
    assert!(
        found.iter().any(|found| found.ends_with("no fault has kept it from its heartbeat")),
        "{found:?}"
    );
}

/// It is frozen while it waits for the answer of the start, and puts back what is another one's already.
#[test]
fn a_parked_event_is_put_back_by_its_owner_only() {
    let lines = Doctored::good().without(" 2 mail").without(" 2 bill").without("one.1 outcome e2");
    let lines = lines
        .without("acknowledged e2")
        .with("40 one.1 parked 7 e2 2 bill,mail")
        .with("45 one.1 starting 7")
        .with("49 two.1 claimed-parked 7")
        .with("51 one.1 started 7 e2 2 own 45000")
        .with("52 one.1 begin 2 bill")
        .with("53 one.1 done 2 bill")
        .with("53 one.1 begin 2 mail")
        .with("54 one.1 failed 2 mail")
        .with("55 one.1 settled 7 mail")
        .with("56 two.1 starting 7")
        .with("57 two.1 started 7 e2 2 claim 56000")
        .with("58 two.1 begin 2 bill")
        .with("59 two.1 done 2 bill")
        .with("59 two.1 begin 2 mail")
        .with("60 two.1 done 2 mail")
        .with("61 two.1 outcome e2 2 Done")
        .with("62 two.1 settled 7 -");
    lines.clone().with("46 soak.1 fault 1 one frozen").with("50 soak.1 healed 1").finds_nothing();
    lines.finds(
        "repeated: event 2, entry e2, was parked by one.1 at 0.055 s for mail, and bill ran at 0.058 s",
    );
}

#[test]
fn an_event_that_was_parked_without_an_answer_runs_from_the_store() {
    let lines = Doctored::good().without(" 2 mail").without("one.1 outcome e2").without("acknowledged e2");
    let found = lines
        .with("50 one.1 starting 7")
        .with("52 one.1 started 7 e2 2 own 51000")
        .with("53 one.1 begin 2 mail")
        .with("54 one.1 done 2 mail")
        .with("55 one.1 outcome e2 2 Done")
        .with("56 one.1 settled 7 -");
    found.clone().finds(
        "repeated: event 2, entry e2, was delivered to one.1 at 0.020 s and again to one.1 at 0.052 s",
    );
    found.with("40 soak.1 fault 1 bus Down").with("49 soak.1 healed 1").finds_nothing();
}

/// It had parked the event without an answer, and is told that the entry is lost when it has started the event.
#[test]
fn an_entry_may_be_lost_late_that_was_parked() {
    let again = parked()
        .without("two.1 settled")
        .with("56 two.1 lost e2")
        .with("57 soak.1 kill two.1")
        .without("finish two.1")
        .replaced("910 soak.1 ended two.1 exit-0", "58 soak.1 ended two.1 signal-9")
        .with_life(58, "two.2", "g")
        .with("60 two.2 starting 7")
        .with("61 two.2 started 7 e2 2 own 60000")
        .with("62 two.2 settled 7 -");
    again.finds_nothing();
}

/// The order of a key is not promised over what another consumer has had.
#[test]
fn a_parked_event_that_was_claimed_is_in_no_order_of_a_consumer() {
    let later = parked()
        .replaced("52 two.1 started 7 e2 2 claim 51000", "52 two.1 started 7 e2 2 own 51000")
        .with("14 first.1 sent 3 k healthy bill")
        .with("15 first.1 published 3")
        .with("950 soak.1 stored e3 3")
        .with("30 two.1 delivered e3 3 read 29")
        .handled(41, "two.1", 3);
    // It has not read the second one from the topic.
    let mut later = later;
    later.0.retain(|line| !line.contains("one.1 delivered e2"));
    assert!(later.clone().found_with(Order::Consumer).iter().any(|problem| problem.starts_with("order:")));
    let found = later.with("50 two.1 claimed-parked 7").found_with(Order::Consumer);
    assert!(!found.iter().any(|problem| problem.starts_with("order:")), "{found:?}");
}

#[test]
fn an_event_behind_a_parked_one_waits() {
    let behind = parked()
        .with("14 first.1 sent 3 k healthy bill")
        .with("15 first.1 published 3")
        .with("950 soak.1 stored e3 3")
        .with("30 one.1 delivered e3 3 read 29");
    let mail = |at: u64| {
        let lines = behind.clone().handled(57, "two.1", 3).with("57 two.1 delivered e3 3 claim 56");
        lines.without(" 3 mail").with(&format!("{at} two.1 begin 3 mail")).with("62 two.1 done 3 mail")
    };
    mail(60).finds_nothing();
    mail(53).finds("order: event 3 of key k was begun by mail in g");
}

#[test]
fn what_always_fails_is_a_dead_letter() {
    let failing = Doctored::good().with_a_dead_letter("fails", "receiver_failed", 4);
    failing.clone().finds_nothing();
    failing.clone().replaced("3 receiver_failed", "3 outage").finds_nothing();
    failing
        .clone()
        .without("soak.1 dead")
        .finds("dead: event 3, entry e3, fails at bill and is no dead letter of g");
    failing
        .clone()
        .replaced("3 receiver_failed", "3 undecodable")
        .finds("dead: event 3, entry e3, which fails at bill");
    failing.clone().replaced("3 receiver_failed", "3 crashed").finds("dead: event 3, entry e3");
    failing
        .with("961 soak.1 dead g e3 3 receiver_failed bill")
        .finds("dead: event 3, entry e3, has 2 dead letters of g");
}

#[test]
fn what_always_fails_does_not_count_as_done() {
    Doctored::good()
        .with_a_dead_letter("fails", "receiver_failed", 4)
        .replaced("outcome e3 3 DeadLettered", "outcome e3 3 Done")
        .finds("early: event 3, entry e3, always fails and counts as done");
}

/// What is given up when the event is parked has its dead letter by then, though nobody has an answer.
#[test]
fn an_event_that_was_parked_without_an_answer_was_given_up_before() {
    let dead = |fate: &str, attempts: u64| {
        Doctored::good()
            .with_a_dead_letter(fate, "receiver_failed", attempts)
            .without("two.1 begin 3 mail")
            .without("two.1 done 3 mail")
            .without("two.1 outcome e3")
            .without("two.1 acknowledged e3")
            .with("90 soak.1 fault 1 bill outage")
            .with("150 soak.1 fault 2 two Held")
            .with("155 soak.1 healed 2")
            .with("300 soak.1 healed 1")
            .with("160 two.1 starting 7")
            .with("162 two.1 started 7 e3 3 own 161000")
            .with("163 two.1 begin 3 mail")
            .with("164 two.1 done 3 mail")
            .with("165 two.1 outcome e3 3 Done")
            .with("166 two.1 settled 7 -")
    };
    dead("fails-for-good", 1).finds_nothing();
    dead("healthy", 4).finds_nothing();
    dead("healthy", 3).finds("dead: event 3, entry e3, which healthy at bill");
    dead("healthy", 4).without("soak.1 dead").finds("early: event 3, entry e3, counts as done in two.1");
}

#[test]
fn a_healthy_event_is_no_dead_letter() {
    let dead = Doctored::good().with_a_dead_letter("healthy", "receiver_failed", 4);
    dead.clone().finds(
        "dead: event 3, entry e3, which healthy at bill, is a dead letter of g at 0.200 s (receiver_failed)",
    );
    // A few may end in an outage, as docs/event-bus.md says, but after their attempts.
    let outage = |lines: Doctored| lines.with("90 soak.1 fault 1 bill outage").with("300 soak.1 healed 1");
    outage(dead.clone()).finds_nothing();
    outage(Doctored::good().with_a_dead_letter("healthy", "receiver_failed", 3))
        .finds("dead: event 3, entry e3");
    outage(dead.clone().replaced("3 receiver_failed", "3 outage")).finds("dead: event 3, entry e3");
    outage(dead.replaced("3 receiver_failed", "3 crashed")).finds("dead: event 3, entry e3");
}

#[test]
fn only_few_healthy_events_end_in_an_outage() {
    let mut lines = Doctored::good().with("90 soak.1 fault 1 bill outage").with("300 soak.1 healed 1");
    for number in 3..8 {
        let more = Doctored(Vec::new()).with_a_dead_letter("healthy", "receiver_failed", 4);
        let of = |line: &String| {
            line.replace("e3", &format!("e{number}"))
                .replace(" j ", &format!(" j{number} "))
                .replace(" 3 ", &format!(" {number} "))
        };
        lines.0.extend(more.0.iter().map(of).map(|line| match line.strip_suffix(" 3") {
            Some(rest) => format!("{rest} {number}"),
            None => line,
        }));
        if number < 7 {
            lines.clone().finds_nothing();
        }
    }
    lines.finds("dead: event 7, entry e7");
}

/// What is published twice is two entries: how the second one fails says nothing of the first one.
#[test]
fn a_dead_letter_has_to_do_with_what_failed_before_it() {
    Doctored::good()
        .with_a_dead_letter("healthy", "receiver_failed", 4)
        .with("90 soak.1 fault 1 bill outage")
        .with("202 two.1 begin 3 bill")
        .with("203 two.1 failed 3 bill")
        .with("300 soak.1 healed 1")
        .finds_nothing();
    Doctored::good()
        .with_a_dead_letter("healthy", "receiver_failed", 3)
        .with("90 soak.1 fault 1 bill outage")
        .with("202 two.1 begin 3 bill")
        .with("203 two.1 failed 3 bill")
        .with("300 soak.1 healed 1")
        .finds("dead: event 3, entry e3, which healthy at bill");
}

#[test]
fn an_outage_ends_an_event_after_its_limit() {
    let dead = Doctored::good().with_a_dead_letter("healthy", "outage", 1);
    let dead = dead
        .replaced("100 two.1 begin", "20100 two.1 begin")
        .replaced("101 two.1 failed", "20101 two.1 failed");
    let dead =
        dead.replaced("200 two.1 outcome", "20200 two.1 outcome").replaced("900 soak.1", "30000 soak.1");
    let dead = dead
        .replaced("910 soak.1", "30010 soak.1")
        .replaced("950 soak", "30050 soak")
        .replaced("960 soak", "30060 soak");
    dead.with("19 soak.1 fault 1 bill outage").with("20300 soak.1 healed 1").finds_nothing();
}

#[test]
fn an_event_that_kills_is_a_dead_letter_and_others_need_evidence() {
    let killing = Doctored::good().with_a_dead_letter("kills", "crashed", 0);
    killing.clone().finds_nothing();
    killing.replaced("3 crashed", "3 receiver_failed").finds("dead: event 3");

    let mut healthy = Doctored::good().with_a_dead_letter("healthy", "crashed", 0);
    for life in 2..5 {
        healthy.clone().finds("dead: event 3");
        healthy = healthy
            .with(&format!("{life}0 soak.1 start four.{life} g"))
            .with(&format!("{life}1 four.{life} counting e3"))
            .with(&format!("{life}2 soak.1 kill four.{life}"))
            .with(&format!("{life}3 soak.1 ended four.{life} signal-9"));
    }
    healthy.clone().finds_nothing();
    healthy.with("41 four.4 returned e3").finds("dead: event 3");
}

/// Its attempt is one that nobody knows the end of, too.
#[test]
fn a_process_that_is_frozen_until_others_have_its_event_counts_as_a_crash() {
    let mut frozen = Doctored::good()
        .with_a_dead_letter("healthy", "crashed", 0)
        .with("21 one.1 counting e3")
        .with("22 soak.1 fault 1 one frozen")
        .with("70 soak.1 healed 1");
    for life in 3..5 {
        frozen.clone().finds("dead: event 3");
        frozen = frozen
            .with(&format!("{life}0 soak.1 start four.{life} g"))
            .with(&format!("{life}1 four.{life} counting e3"))
            .with(&format!("{life}2 soak.1 kill four.{life}"))
            .with(&format!("{life}3 soak.1 ended four.{life} signal-9"));
    }
    frozen.clone().finds_nothing();
    frozen.clone().with("71 one.1 returned e3").finds_nothing();
    frozen.clone().with("23 one.1 returned e3").finds("dead: event 3");
    frozen.without("fault 1").finds("dead: event 3");
}

#[test]
fn processes_end_as_they_were_told_to() {
    let good = Doctored::good();
    good.clone().replaced("ended one.1 exit-0", "ended one.1 exit-5").finds("exit: one.1 ended with exit-5");
    good.clone().replaced("ended one.1 exit-0", "ended one.1 exit-6").finds("exit: one.1 ended with exit-6");
    good.clone()
        .replaced("ended one.1 exit-0", "ended one.1 signal-6")
        .finds("exit: one.1 ended with signal-6");
    good.clone()
        .replaced("ended one.1 exit-0", "ended one.1 signal-9")
        .finds("exit: one.1 ended with signal-9");
    good.clone()
        .replaced("ended one.1 exit-0", "ended one.1 signal-15")
        .finds("exit: one.1 ended with signal-15");
    good.clone().without("finish one.1").finds("exit: one.1 ended with exit-0");
    good.clone().without("ended one.1").finds("exit: one.1, started at 0.000 s, has not ended");
    good.clone().with("905 soak.1 overstayed one.1").finds("exit: one.1 did not end until 0.905 s");
    good.clone().with("905 first.1 ready false").finds("exit: first.1 is not ready");
    good.replaced("finish one.1", "term one.1")
        .replaced("ended one.1 exit-0", "ended one.1 exit-6")
        .finds_nothing();
}

#[test]
fn what_is_not_drained_is_told() {
    Doctored::good().with("890 soak.1 undrained groups").finds("undrained: at 0.890 s");
}

/// The second event is done by `mail` only after this time.
fn late(millis: u64) -> Doctored {
    let mut lines = Doctored::good().without("one.1 begin 2 mail").without("one.1 done 2 mail");
    lines = lines.without("one.1 outcome e2").without("one.1 acknowledged e2");
    for line in ["900 soak.1", "910 soak.1", "950 soak.1"] {
        lines = lines.replaced(line, &line.replacen('9', "999", 1));
    }
    lines
        .with(&format!("{} one.1 begin 2 mail", millis - 1))
        .with(&format!("{millis} one.1 done 2 mail"))
        .with(&format!("{millis} one.1 outcome e2 2 Done"))
        .with(&format!("{millis} one.1 acknowledged e2"))
}

#[test]
fn nobody_stands_still_for_long() {
    late(10_000).finds_nothing();
    late(11_000).finds("standstill: mail in g from 0.028 s to 11.000 s, 11.0 s of it without a fault; 1 events waited, such as 2");
    let faulty = |target: &str, what: &str| {
        late(11_000).with(&format!("2000 soak.1 fault 1 {target} {what}")).with("4000 soak.1 healed 1")
    };
    faulty("bus", "Down").finds_nothing();
    faulty("mail", "outage").finds_nothing();
    // The outage of another receiver is no cause, nor is one consumer of two that is cut off.
    faulty("bill", "outage").finds("standstill: mail in g");
    faulty("one", "Held").finds("standstill: mail in g");
    faulty("one", "Held").with("2000 soak.1 fault 2 two Held").with("4000 soak.1 healed 2").finds_nothing();
}

#[test]
fn a_producer_does_not_stand_still_either() {
    late(500)
        .replaced("13 first.1 published 2", "12000 first.1 published 2")
        .finds("standstill: the producer first.1 from 0.012 s to 12.000 s");
}
