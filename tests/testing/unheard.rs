//! Failures in a program without a subscriber.

use std::env;
use std::process::Command;

use openedx_events::signal;

#[signal("org.example.unheard.bell.rung.v1")]
struct BellRung {
    times: i64,
}

/// The log of this process is collected, so another one looks.
#[test]
fn the_first_failure_is_printed() {
    if env::var_os("UNHEARD_CHILD").is_some() {
        let _connection =
            BELL_RUNG.connect("butler", |event, _| Err(format!("rung {} times", event.times).into()));
        BELL_RUNG.send_event(1);
        BELL_RUNG.send_event(2);
        return;
    }
    let mut child = Command::new(env::current_exe().expect("this program"));
    child.args(["--exact", "unheard::the_first_failure_is_printed", "--nocapture"]).env("UNHEARD_CHILD", "1");
    let output = child.output().expect("it runs");
    let printed = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = printed.lines().filter(|line| line.starts_with("openedx-events: ")).collect();
    let [line] = lines.as_slice() else { panic!("not one line: {printed}") };
    assert!(line.starts_with("openedx-events: the receiver butler (tests/testing/unheard.rs:"), "{line}");
    assert!(line.contains("of org.example.unheard.bell.rung.v1 failed: rung 1 times. "), "{line}");
    assert!(line.ends_with("install a subscriber of `tracing`"), "{line}");
}
