//! Each fault is caught by a behaviour of the suite that has its name.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use openedx_events::bus::suite::{self, World};
use openedx_events::bus::{ParkedWrite, StartAt};

use crate::broken::{Broken, Fault};
use crate::faults::{
    attempts, groups, parked_events, parking, publishing, reading, restarting, secrets, stopping, writing,
};

/// How long a behaviour waits for what a broken backend does not do. Longer than the claim time of the suite.
const TIMEOUT: Duration = Duration::from_secs(4);
/// The time in which every behaviour must have failed.
const LIMIT: Duration = Duration::from_secs(40);
/// What begins the names of threads whose panics are expected.
const EXPECTED: &str = "fault: ";

/// A fault, and the behaviour that must catch it.
struct Case {
    fault: &'static str,
    broken: fn() -> Broken,
    behaviour: &'static str,
    test: fn(&World<'_>),
}

macro_rules! cases {
    ($($fault:literal, $new:expr => $module:ident::$behaviour:ident;)+) => {
        &[$(Case {
            fault: $fault,
            broken: || broken($new),
            behaviour: stringify!($behaviour),
            test: suite::$module::$behaviour,
        }),+]
    };
}

fn broken(fault: impl Fault) -> Broken {
    Broken::new(fault).timeout(TIMEOUT)
}

const CASES: &[Case] = cases! {
    "acknowledges what it hands out", reading::AcknowledgesAtRead
        => consuming::a_restart_continues_with_pending_entries;
    "loses what a restarted consumer had", reading::LosesWhatARestartedConsumerHad
        => consuming::a_restart_continues_with_pending_entries;
    "loses entries when another consumer takes them over", reading::LosesWhatIsTakenOver::default()
        => consuming::entries_of_a_dead_consumer_are_claimed;
    "never hands over the entries of a dead consumer", reading::NeverClaims
        => consuming::entries_of_a_dead_consumer_are_claimed;
    "claims entries that are renewed", reading::ClaimsAtOnce => consuming::renewed_entries_are_not_claimed;
    "ignores heartbeats", writing::IgnoresRenewals => consuming::renewed_entries_are_not_claimed;
    "does not report what others have claimed", writing::HidesWhatOthersHaveClaimed
        => consuming::renewed_entries_are_not_claimed;
    "takes back with a late heartbeat what others have claimed", writing::TakesBackWithARenewal::default()
        => consuming::renewed_entries_are_not_claimed;
    "loses what is released", writing::LosesWhatIsReleased
        => consuming::released_entries_are_delivered_at_once;
    "keeps what is released for the claim time", writing::KeepsWhatIsReleased
        => consuming::released_entries_are_delivered_at_once;
    "releases a hundred entries at most", writing::ReleasesAHundredAtMost
        => consuming::many_released_entries_are_delivered_at_once;
    "hands an entry out twice in one batch", reading::HandsOutTwiceInABatch
        => groups::a_group_shares_the_work;
    "hands an entry out to two consumers", reading::HandsOutToTwoConsumers::default()
        => groups::a_group_shares_the_work;
    "hands out more than it is asked for", reading::ReadsMoreThanItIsAskedFor
        => consuming::reads_keep_to_their_maximum;
    "does not mark redelivered entries", reading::MarksAsRedelivered(false)
        => consuming::entries_of_a_dead_consumer_are_claimed;
    "marks new entries as redelivered", reading::MarksAsRedelivered(true)
        => consuming::a_restart_continues_with_pending_entries;
    "breaks the order of a key in a batch", reading::ReversesWhatItReads => ordering::order_of_a_key_is_kept;
    "breaks the order of a key between consumers", publishing::SpreadsAKeyOverConsumers
        => ordering::order_of_a_key_is_kept_by_many;
    "lets a busy consumer hold up the others", reading::ABusyConsumerHoldsUpTheOthers::default()
        => consuming::a_pending_key_holds_up_no_other;
    "does not wake a waiting read", reading::IsNotWoken => consuming::a_read_is_woken;
    "does not end a waiting read when something is published", reading::WaitsOutItsTime
        => consuming::a_waiting_read_gets_new_entries;
    "acknowledges nothing", writing::AcknowledgesNothing => consuming::acknowledging_twice_is_harmless;
    "does not acknowledge with a read", reading::DoesNotAcknowledgeWhatAReadBrings
        => consuming::acknowledging_twice_is_harmless;
    "acknowledges all entries before an acknowledged one", writing::AcknowledgesAllBefore
        => consuming::entries_are_acknowledged_one_by_one;
    "writes dead letters without a look at whose the entry is", writing::DeadLettersWithoutALook
        => consuming::entries_of_others_are_left_alone;
    "looks whose the entry is after the dead letter is stored", writing::DeadLettersBeforeItLooks
        => consuming::entries_of_others_are_left_alone;
    "counts attempts without a look at whose the entry is", attempts::CountsWithoutALook
        => consuming::entries_of_others_are_left_alone;
    "reports a deleted group as a claim", writing::ReportsALostGroupAsClaimed
        => consuming::entries_of_a_deleted_group_are_nobodys;
    "dead-letters without acknowledging", writing::DeadLettersWithoutAcknowledging
        => failing::events_that_always_fail_are_dead_letters;
    "acknowledges without a dead letter", writing::AcknowledgesWithoutADeadLetter
        => failing::undecodable_messages_are_dead_letters;
    "counts the dead letters of one group", writing::CountsItsOwnDeadLetters::default()
        => failing::dead_letters_are_counted;
    "counts no attempts", attempts::CountsNoAttempts => failing::crashes_are_counted;
    "forgets attempts at a restart", attempts::ForgetsAttemptsAtARestart::default()
        => attempts::attempts_are_counted;
    "forgets attempts at a take-over", attempts::ForgetsAttemptsAtATakeOver::default()
        => attempts::attempts_are_counted_across_consumers;
    "never settles an attempt that returned", attempts::NeverSettlesAnAttempt
        => attempts::attempts_that_return_are_no_crashes;
    "forgets crashes when an attempt returns", attempts::ForgetsCrashesWhenAnAttemptReturns
        => attempts::a_return_forgets_no_crash;
    "acknowledges without parking", parking::AcknowledgesWithoutParking
        => parking::parked_events_are_acknowledged;
    "parks without acknowledging", parking::ParksWithoutAcknowledging::default()
        => parking::parked_events_are_acknowledged;
    "parks without a look at whose the entry is", parking::ParksWithoutALook
        => parking::entries_of_others_are_not_parked;
    "forgets the dead letter at parking", parking::ForgetsTheLetterAtParking
        => parking::parked_events_become_dead_letters;
    "forgets that parked events were started", parking::ForgetsStarts => parking::starts_are_counted;
    "lists parked events in another order", parking::ListsTheLastFirst
        => parking::parked_events_are_acknowledged;
    "loses parked events when their consumer is gone", parking::LosesAStoreAtATakeOver
        => parking::parked_events_of_a_gone_consumer_are_claimed;
    "claims parked events that are renewed", parking::ClaimsTheStoresOfTheLiving
        => parking::renewed_parked_events_are_not_claimed;
    "dead-letters a parked event without removing it", parking::DeadLettersWithoutRemoval
        => parking::parked_events_become_dead_letters;
    "removes a parked event without its dead letter", parking::RemovesWithoutADeadLetter
        => parking::parked_events_become_dead_letters;
    "never removes parked events", parking::NeverRemovesWhatIsParked
        => parking::settled_events_are_removed;
    "cuts large parked events", parking::CutsWhatIsParked => parking::starts_are_counted;
    "counts a start twice if asked twice", parking::CountsEachStart::default() => parking::starts_are_counted;
    "keeps the parked events of a deleted group", parking::KeepsTheStoreOfADeletedGroup::default()
        => parking::a_deleted_group_has_no_parked_events;
    "creates the group whose parked events are listed", parked_events::ListingCreatesTheGroup
        => parked_events::listing_parked_events_creates_nothing;
    "lists the parked events of one consumer", parked_events::ListsTheEventsOfOneConsumer
        => parked_events::parked_events_of_all_consumers_are_listed;
    "skips parked events between two pages", parked_events::PagesByTheNumber
        => parked_events::parked_events_of_all_consumers_are_listed;
    "counts a look at a parked event as a start", parked_events::ReadingCountsAStart::default()
        => parked_events::reading_a_parked_event_counts_no_start;
    "shows parked events that are elsewhere", parked_events::ReadsWhatIsElsewhere
        => parked_events::reading_a_parked_event_counts_no_start;
    "changes parked events without their dead letters", parked_events::ChangesWithoutADeadLetter
        => parked_events::changed_events_are_removed;
    "keeps parked events that operators remove", parked_events::RemovesNothing
        => parked_events::changed_events_are_removed;
    "says changed and changes nothing", parked_events::ChangesNothing
        => parked_events::changed_events_are_claimed_at_once;
    "lets a consumer run what operators have taken from it", parked_events::KnowsOldNumbers::default()
        => parked_events::changed_events_are_claimed_at_once;
    "says of what runs that it is changed", parked_events::SaysDoneInsteadOf(ParkedWrite::Started)
        => parked_events::started_events_are_left_alone;
    "dead-letters what operators may not change", parked_events::DeadLettersWhatIsElsewhere
        => parked_events::started_events_are_left_alone;
    "says of what others have claimed that it is changed", parked_events::SaysDoneInsteadOf(ParkedWrite::Gone)
        => parked_events::claimed_events_are_gone;
    "changes what a receiver has had since", parked_events::ChangesWithoutALook
        => parked_events::events_that_wait_for_others_are_gone;
    "frees the key of what operators change", parked_events::RemovesWhatStillWaits
        => parked_events::order_of_a_key_is_kept_by_changes;
    "forgets what is processed", attempts::ForgetsWhatIsProcessed => failing::duplicates_are_recognized;
    "forgets what is processed at a restart", attempts::ForgetsWhatIsProcessedAtARestart::default()
        => consuming::processed_marks_are_remembered;
    "shares what is processed between groups", attempts::SharesWhatIsProcessedBetweenGroups::default()
        => consuming::processed_marks_are_remembered;
    "says published and drops the last message of a batch", publishing::DropsTheLastOfABatch
        => publishing::published_messages_are_stored;
    "says published and drops a batch now and then", publishing::DropsABatchNowAndThen::default()
        => publishing::many_publishers_lose_nothing;
    "says published before it is", publishing::StoresLate::default()
        => publishing::published_messages_are_stored_at_once;
    "stores a batch out of order", publishing::ReversesABatch => publishing::messages_are_unchanged;
    "drops empty headers", publishing::DropsEmptyHeaders => publishing::messages_are_unchanged;
    "merges headers of one name", publishing::MergesHeadersOfOneName => publishing::messages_are_unchanged;
    "stores no payload as an empty one", publishing::StoresNoPayloadAsAnEmptyOne
        => publishing::messages_are_unchanged;
    "cuts large payloads", publishing::CutsLargePayloads => publishing::messages_are_unchanged;
    "mixes topics", publishing::MixesTopics => publishing::topics_are_separate;
    "loses schemas", publishing::LosesSchemas => publishing::schemas_are_stored;
    "replaces schemas", publishing::ReplacesSchemas::default() => publishing::schemas_are_stored;
    "consumes what is browsed", groups::BrowsingConsumes => publishing::browsing_changes_nothing;
    "starts a new group at the end", groups::StartsGroupsAt(StartAt::Latest)
        => publishing::a_new_group_reads_old_messages;
    "starts a new group at the beginning", groups::StartsGroupsAt(StartAt::Earliest)
        => groups::latest_starts_behind_the_last_entry;
    "hands the entries of a group to another group", groups::SharesEntriesBetweenGroups
        => groups::each_group_reads_everything;
    "skips pending entries", groups::SkipsPendingEntries => groups::skipping_skips_unread_entries;
    "skips nothing", groups::SkipsNothing => groups::skipping_skips_unread_entries;
    "counts pending entries as unread", groups::CountsPendingEntriesAsUnread => groups::groups_are_listed;
    "lists no consumers", groups::ListsNoConsumers => groups::groups_are_listed;
    "lists consumers that are gone", groups::ListsConsumersForEver::default()
        => groups::consumers_that_leave_nothing_are_not_listed;
    "says of every topic that it exists", groups::EveryTopicExists => groups::groups_are_listed;
    "keeps a group that is deleted", groups::DeletesNoGroup => groups::a_deleted_group_is_created_again;
    "does not report that a group was lost", groups::DoesNotTellThatAGroupWasLost
        => groups::a_deleted_group_is_created_again;
    "accepts two consumers of one name", groups::AcceptsANameTwice => groups::a_name_is_one_consumers;
    "never frees the name of a consumer", groups::NeverFreesAName::default()
        => groups::a_name_is_one_consumers;
    "ignores the deadline to stop", stopping::IgnoresTheDeadline => stopping::a_deadline_ends_all_waiting;
    "lets a later deadline count", stopping::TheLastDeadlineCounts::default()
        => stopping::a_deadline_ends_all_waiting;
    "lets a waiting read wait beyond the deadline", stopping::AWaitingReadKnowsNoDeadline::default()
        => stopping::a_deadline_ends_a_waiting_read;
    "hangs after the deadline", stopping::AfterTheDeadline::new(stopping::Late::Hangs)
        => stopping::calls_after_the_deadline_end;
    "panics after the deadline", stopping::AfterTheDeadline::new(stopping::Late::Panics)
        => stopping::calls_after_the_deadline_end;
    "refuses for good after the deadline", stopping::AfterTheDeadline::new(stopping::Late::Refuses)
        => stopping::calls_after_the_deadline_end;
    "acknowledges everything at the deadline", stopping::AcknowledgesEverythingAtTheDeadline::default()
        => stopping::entries_of_a_stopped_consumer_are_delivered;
    "loses what is not synced yet when its storage restarts", restarting::LosesWhatIsNotSynced::default()
        => consuming::a_restarted_backend_loses_nothing;
    "loses groups when its storage restarts", restarting::LosesGroups::default()
        => consuming::a_restarted_backend_forgets_nothing;
    "forgets attempts when its storage restarts", restarting::ForgetsAttempts::default()
        => consuming::a_restarted_backend_forgets_nothing;
    "forgets what is processed when its storage restarts", restarting::ForgetsWhatIsProcessed::default()
        => consuming::a_restarted_backend_forgets_nothing;
    "loses schemas when its storage restarts", restarting::LosesSchemas::default()
        => consuming::a_restarted_backend_forgets_nothing;
    "shows its password in an error", secrets::AnErrorShowsThePassword => secrets::errors_keep_secrets;
    "shows its password in the cause of an error", secrets::ACauseShowsThePassword
        => secrets::errors_keep_secrets;
    "shows its password when it cannot be reached", secrets::ALostConnectionShowsThePassword
        => secrets::errors_keep_secrets;
    "shows its password in Debug", secrets::AHandleShowsThePassword => secrets::errors_keep_secrets;
};

/// Keeps the panics of broken backends out of the output.
fn silence_expected_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !thread::current().name().is_some_and(|name| name.starts_with(EXPECTED)) {
                others(info);
            }
        }));
    });
}

/// Begins to test a behaviour on a broken backend. Sends why it fails, or `None` if it passes.
fn begin(case: &'static Case) -> Receiver<Option<String>> {
    let (sender, result) = mpsc::channel();
    let test = move || {
        let subject = (case.broken)();
        let tested =
            panic::catch_unwind(AssertUnwindSafe(|| World::test(&subject, case.behaviour, case.test)));
        // After the limit nobody listens any more.
        let _ = sender.send(tested.err().map(|panic| text(&*panic)));
    };
    thread::Builder::new().name(format!("{EXPECTED}{}", case.fault)).spawn(test).expect("a thread");
    result
}

/// The first line of a panic.
fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?");
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ").chars().take(160).collect()
}

/// All at once: they wait more than they work. Prints the table of `docs/reliability.md`.
#[test]
fn each_fault_is_caught() {
    silence_expected_panics();
    let running: Vec<_> = CASES.iter().map(|case| (case, begin(case))).collect();
    let mut missed = Vec::new();
    println!("| a backend that | is caught by |\n|---|---|");
    for (case, result) in running {
        match result.recv_timeout(LIMIT) {
            Ok(Some(why)) => {
                println!("| {} | `{}` |", case.fault, case.behaviour);
                eprintln!("{}: {why}", case.fault);
            }
            Ok(None) => missed.push(format!("{} passes {}", case.fault, case.behaviour)),
            Err(_) => missed.push(format!("{} does not end {}", case.fault, case.behaviour)),
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
