//! The library function behind the program, on streams that misbehave.

use std::fs;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::process::ExitCode;

use openedx_events::cli::{Streams, run_with};

use crate::EVENTS;

/// The exit code, the output and the errors of a command.
fn run(args: &[&str], stdin: &mut dyn BufRead, stdout: &mut dyn Write) -> (ExitCode, String) {
    let mut stderr = Vec::new();
    let code =
        run_with(std::iter::once(&"program").chain(args), Streams { stdin, stdout, stderr: &mut stderr });
    (code, String::from_utf8(stderr).expect("UTF-8"))
}

/// Takes some bytes, then fails in its way.
struct Failing {
    left: usize,
    kind: io::ErrorKind,
}

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(self.kind.into());
        }
        let taken = bytes.len().min(self.left);
        self.left -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_who_goes_away_is_no_mistake_and_has_not_seen_all() {
    let one = ExitCode::from(1);
    for (args, expected) in [
        (&["list"][..], one),
        (&["describe", "org.openedx.learning.badge.awarded.v1"], one),
        (&["docs"], one),
        (&["schema", "--all"], one),
        (&["--help"], ExitCode::SUCCESS),
    ] {
        let mut stdout = Failing { left: 20, kind: io::ErrorKind::BrokenPipe };
        let (code, stderr) = run(args, &mut io::empty(), &mut stdout);
        assert_eq!((code, stderr.as_str()), (expected, ""), "{args:?}");
    }
}

/// Takes everything, and fails when it is flushed.
struct FailingFlush(io::ErrorKind);

impl Write for FailingFlush {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

#[test]
fn a_flush_that_fails_does_not_replace_the_outcome() {
    let closed = io::ErrorKind::BrokenPipe;
    for (args, expected) in [
        (&["list"][..], 1),
        (&["schema", "org.example.unknown.v1"], 1),
        (&["key"], 1),
        (&["describe", "org.example.unknown.v1"], 2),
        (&["send", "no/such/file.jsonl"], 2),
    ] {
        let (code, stderr) = run(args, &mut &b"{}\n"[..], &mut FailingFlush(closed));
        assert_eq!(code, ExitCode::from(expected), "{args:?}: {stderr}");
    }
    // That of a full disk is told.
    for args in [&["list"][..], &["key"], &["--help"]] {
        let (code, stderr) = run(args, &mut &b"{}\n"[..], &mut FailingFlush(io::ErrorKind::StorageFull));
        assert_eq!(code, ExitCode::from(2), "{args:?}");
        assert!(stderr.contains("error: cannot write the output: "), "{stderr}");
    }
}

#[test]
fn send_stops_when_the_reader_goes_away_and_says_that_it_is_not_done() {
    let mut file = BufReader::new(fs::File::open(EVENTS).expect("the file"));
    let mut stdout = Failing { left: 300, kind: io::ErrorKind::BrokenPipe };
    let (code, stderr) = run(&["send"], &mut file, &mut stdout);
    let told = "2 sent, 0 bad lines, 0 failed\nstopped after line 2, because the output was closed\n";
    assert_eq!((code, stderr.as_str()), (ExitCode::from(1), told));
}

#[test]
fn output_that_cannot_be_written_is_reported() {
    let mut stdout = Failing { left: 20, kind: io::ErrorKind::StorageFull };
    let (code, stderr) = run(&["list"], &mut io::empty(), &mut stdout);
    assert_eq!(code, ExitCode::from(2));
    assert!(stderr.starts_with("error: cannot write the output: "), "{stderr}");
}

/// Good lines, then one without an end, then a good one again.
fn with_long_line(good: &str, long: u64) -> impl BufRead {
    let line = Cursor::new(format!("{good}\n").into_bytes());
    BufReader::with_capacity(
        64 * 1024,
        line.clone().chain(io::repeat(b' ').take(long)).chain(&b"\n"[..]).chain(line),
    )
}

#[test]
fn a_line_that_is_too_long_is_a_bad_line() {
    let file = fs::read_to_string(EVENTS).expect("the file");
    let good = file.lines().next().expect("a line");
    let mut stdout = Vec::new();
    let (code, stderr) = run(&["send"], &mut with_long_line(good, 20 << 20), &mut stdout);
    assert_eq!((code, stderr.as_str()), (ExitCode::from(1), "2 sent, 1 bad line, 0 failed\n"));
    let stdout = String::from_utf8(stdout).expect("UTF-8");
    let lines: Vec<_> = stdout.lines().collect();
    assert_eq!(lines[1], "2 bad too long: a value may have at most 16777216 bytes");
    assert!(lines[2].starts_with("3 ok "), "{}", lines[2]);
}

#[test]
fn a_byte_order_mark_does_no_harm() {
    let file = format!("\u{feff}{}", fs::read_to_string(EVENTS).expect("the file"));
    let mut stdout = Vec::new();
    let (code, stderr) = run(&["send"], &mut file.as_bytes(), &mut stdout);
    assert_eq!((code, stderr.as_str()), (ExitCode::SUCCESS, "75 sent, 0 bad lines, 0 failed\n"));
}

#[test]
fn input_that_fails_midway_is_reported_after_what_was_sent() {
    struct Torn;

    impl Read for Torn {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the cable was torn out"))
        }
    }

    let file = fs::read(EVENTS).expect("the file");
    let mut stdout = Vec::new();
    let (code, stderr) = run(&["send"], &mut BufReader::new(file.chain(Torn)), &mut stdout);
    assert_eq!(code, ExitCode::from(2));
    assert_eq!(
        stderr,
        "75 sent, 0 bad lines, 0 failed\nerror: cannot read standard input: the cable was torn out\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn inside_a_runtime_send_is_awaited() {
    use openedx_events::cli::run_async_with;

    let mut stdout = Vec::new();
    let (code, stderr) = run(&["send", EVENTS], &mut io::empty(), &mut stdout);
    assert_eq!(code, ExitCode::from(2));
    assert!(stderr.contains("call `openedx_events::cli::run_async(…).await`"), "{stderr}");
    assert!(stdout.is_empty());

    let mut stderr = Vec::new();
    let streams = Streams { stdin: &mut io::empty(), stdout: &mut stdout, stderr: &mut stderr };
    assert_eq!(run_async_with(["program", "send", EVENTS], streams).await, ExitCode::SUCCESS);
    assert_eq!(String::from_utf8(stderr).expect("UTF-8"), "75 sent, 0 bad lines, 0 failed\n");
}
