//! Processes that are not like most: they fork, and send events from where few do.

use std::collections::BTreeSet;
use std::process::Command;

/// What the program prints, as lines of words.
fn printed(what: &str) -> Vec<Vec<String>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unusual-process"));
    command.arg(what).env_remove("EVENTS_SERVICE_NAME").env_remove("SERVICE_VARIANT");
    let output = command.output().expect("it ran");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", output.status);
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    stdout.lines().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

/// Each process that is forked makes ids of its own, and so does the one that has forked them.
#[test]
fn ids_of_forked_processes_are_unique() {
    let sent = printed("fork");
    assert_eq!(sent.len(), 1 + 8 * 3 + 1);
    let ids: BTreeSet<_> = sent.iter().map(|line| &line[1]).collect();
    assert_eq!(ids.len(), sent.len(), "{sent:?}");
    // Not the time alone.
    let random: BTreeSet<_> = ids.iter().map(|id| &id[19..]).collect();
    assert_eq!(random.len(), sent.len(), "{sent:?}");
}

#[test]
fn whoever_takes_the_log_may_send() {
    let times: Vec<_> = printed("layer").into_iter().map(|line| line[0].clone()).collect();
    assert_eq!(times, ["2", "1"]);
}
