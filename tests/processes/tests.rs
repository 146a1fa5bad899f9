//! Processes that are not like most: they fork, load plugins, and send events from where few do.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use openedx_events_tests::redis_server::RedisServer;

/// The lines that a command prints. It must end well.
#[track_caller]
fn lines(command: &mut Command) -> Vec<String> {
    let output = command.output().expect("it ran");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// What the program that does unusual things prints.
#[track_caller]
fn unusual(arguments: &[&str]) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unusual-process"));
    lines(command.args(arguments).env_remove("EVENTS_SERVICE_NAME").env_remove("SERVICE_VARIANT"))
}

/// Each process that is forked makes ids of its own, and so does the one that has forked them.
#[test]
fn ids_of_forked_processes_are_unique() {
    let sent = unusual(&["fork"]);
    assert_eq!(sent.len(), 1 + 8 * 3 + 1);
    let ids: BTreeSet<_> = sent.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(ids.len(), sent.len(), "{sent:?}");
    // Not the time alone.
    let random: BTreeSet<_> = ids.iter().map(|id| &id[19..]).collect();
    assert_eq!(random.len(), sent.len(), "{sent:?}");
}

const FORKED: &str = "this process was forked after the producer had started, and does not have its threads; start a producer in each \
                      process, after the fork";

#[test]
fn a_producer_from_before_a_fork_says_so_and_one_from_behind_it_takes_its_place() {
    // Without those of the receiver, which begin with a number.
    let is_told = |line: &String| !line.starts_with(|first: char| first.is_ascii_digit());
    let told: Vec<_> = unusual(&["producer"]).into_iter().filter(is_told).collect();
    let refused =
        "child: org.example.house.bell.rung.v1: 2 receivers, 1 failed; openedx_events::bus::EventProducer (";
    assert!(
        told[0].starts_with(refused) && told[0].ends_with(&format!("not produced to bells: {FORKED}")),
        "{told:#?}"
    );
    assert_eq!(
        told[1..],
        [
            "ready: false",
            "child: org.example.house.bell.rung.v1: 2 receivers",
            "published: 1",
            "the child has ended: 0",
            "parent: org.example.house.bell.rung.v1: 2 receivers",
            "published: 1",
        ]
    );
}

#[test]
fn a_consumer_from_before_a_fork_says_so_and_goes_on_where_it_was_started() {
    let printed = unusual(&["consumer"]);
    let forked = "this process was forked after the consumer had started, and does not have its threads; start a consumer in each \
                  process, after the fork";
    assert_eq!(
        printed[..3],
        [format!("[{forked:?}] true"), format!("Err({forked:?})"), "at once: true".into()]
    );
    assert_eq!(printed.last().map(String::as_str), Some("done: 1"), "{printed:#?}");
}

#[test]
fn spawned_receivers_stay_in_the_process_that_has_spawned_them() {
    let printed = unusual(&["spawned"]);
    assert_eq!(printed, ["child: 0", "the child has ended: 0", "parent: 0", "parent: 1"]);
}

#[test]
fn a_bus_in_a_file_from_before_a_fork_is_refused_behind_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let printed = unusual(&["file", &format!("sqlite:{}", folder.path().join("bus.db").display())]);
    let [publish, groups, open, stored] = printed.as_slice() else { panic!("{printed:#?}") };
    for refused in [publish, groups, open] {
        let remedy = "this process was forked from one that had opened the file: open it after the fork, and not before";
        assert!(refused.starts_with("Err(") && refused.contains(remedy), "{refused}");
    }
    assert_eq!(stored, "stored: 2");
}

#[test]
fn a_bus_on_a_server_from_before_a_fork_connects_again() {
    let Some(server) = RedisServer::start() else { return };
    let printed = unusual(&["redis", &server.url()]);
    assert_eq!(printed, [["the child has ended: 0"; 4].as_slice(), &["stored: 251"]].concat());
}

#[test]
fn whoever_takes_the_log_may_send() {
    let sent: Vec<_> = unusual(&["layer"]).into_iter().map(|line| line[..1].to_owned()).collect();
    assert_eq!(sent, ["2", "1"]);
}

#[test]
fn whoever_takes_the_log_may_send_in_a_circle() {
    let lines = unusual(&["errors"]);
    let count = |what: &str| lines.iter().filter(|line| *line == what).count();
    assert_eq!((count("0"), count("1"), count("connected")), (2, 2 * 63, 1), "{lines:?}");
    // Refused twice in each: once for the failure of the innermost receiver, and once for that refusal.
    let refused: Vec<_> = lines.iter().filter(|line| line.contains("too deep inside other sends")).collect();
    assert_eq!(refused.len(), 4, "{refused:?}");
}

/// When thread-locals are dropped, in a thread and in the first one, and behind all of them.
#[test]
fn an_event_is_sent_while_a_thread_or_the_program_ends() {
    let sent: Vec<_> = unusual(&["exit"]).into_iter().map(|line| line[..1].to_owned()).collect();
    assert_eq!(sent, ["2", "1", "2", "3"]);
}

/// A constructor has sent before anything was registered.
#[test]
fn what_is_registered_after_the_first_send_is_noticed() {
    let program = env!("CARGO_BIN_EXE_early-process");
    let early = [
        "org.example.house.bell.rung.v1: no receivers: nothing listens to this event; a crate of receivers has to be named in the code, with `openedx_events::link!`",
        &format!("openedx-events {}: 0 events, 0 receivers", env!("CARGO_PKG_VERSION")),
        "main",
    ];
    let later = [
        "heard 2",
        "org.example.house.bell.rung.v1: 1 receiver",
        "saw 3",
        "org.example.house.door.shut.v1: 1 receiver",
    ];
    let sent = lines(&mut Command::new(program));
    assert_eq!((&sent[..3], &sent[3..7]), (&early.map(str::to_owned)[..], &later.map(str::to_owned)[..]));
    let checked = lines(Command::new(program).arg("check"));
    // Beside the catalog, as far as the library is built with it.
    let all = "\"early_process\": CrateSummary { events: 2, receivers: 2, filters: 0, steps: 0 }";
    assert!(checked[3].starts_with("Ok(") && checked[3].contains(all), "{checked:#?}");
    assert_eq!(checked[4..8], later);
}

/// Each would have signals and receivers of its own.
#[test]
fn two_versions_in_one_program_are_refused() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openedx-events").display().to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    let package = |name: &str, version: &str, more: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n{more}")
    };
    write("other/Cargo.toml", &package("openedx-events", "9.0.0", "links = \"openedx-events\"\n"));
    for file in ["other/src/lib.rs", "other/build.rs", "src/lib.rs"] {
        write(file, "");
    }
    let dependencies = format!(
        "[workspace]\n[dependencies]\nopenedx-events = {{ path = {library:?} }}\nother = {{ path = \"other\", package = \
         \"openedx-events\" }}\n"
    );
    write("Cargo.toml", &package("service", "1.0.0", &dependencies));
    let mut cargo = Command::new(env!("CARGO"));
    let output =
        cargo.args(["metadata", "--format-version", "1"]).current_dir(&folder).output().expect("it ran");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    let refused = "Only one package in the dependency graph may specify the same links value";
    assert!(stderr.contains(refused) && stderr.contains("openedx-events v9.0.0"), "{stderr}");
}

/// A plugin that shares the library with the service: as a Rust library, and built with it.
#[test]
fn what_a_plugin_registers_is_noticed_at_the_next_send() {
    let Some(plugins) = Plugins::build() else { return };
    let printed = plugins.load(&["plugins_sender", "plugins_receiver", "again"]);
    assert_eq!(
        printed,
        [
            "host: 1",
            "org.example.house.bell.rung.v1: 1 receiver",
            "org.example.house.door.shut.v1: no receivers: nothing listens to this event; a crate of receivers has to be named in the code, with `openedx_events::link!`",
            "host: 2",
            "plugin: 2",
            "org.example.house.bell.rung.v1: 2 receivers",
            "plugin: 2",
            "org.example.house.door.shut.v1: 1 receiver",
        ]
    );
}

/// A plugin with the library in it. Nobody can know of both.
#[test]
fn a_plugin_with_the_library_in_it_has_a_registry_of_its_own() {
    let Some(plugins) = Plugins::build() else { return };
    let printed = plugins.load(&["plugins_sender", "plugins_alone", "again"]);
    let version = env!("CARGO_PKG_VERSION");
    let of_plugin =
        format!("Ok(\"openedx-events {version}: 1 event, 1 receiver (plugins_alone: 1 event, 1 receiver)\")");
    assert_eq!(
        printed,
        [
            "host: 1",
            "org.example.house.bell.rung.v1: 1 receiver",
            "org.example.house.door.shut.v1: no receivers: nothing listens to this event; a crate of receivers has to be named in the code, with `openedx_events::link!`",
            "host: 2",
            "org.example.house.bell.rung.v1: 1 receiver",
            "org.example.house.door.shut.v1: no receivers: nothing listens to this event; a crate of receivers has to be named in the code, with `openedx_events::link!`",
            "alone: 7",
            &of_plugin,
        ]
    );
}

/// The plugins, as Python can load them into one process.
struct Plugins(PathBuf);

impl Plugins {
    /// `None`, which is printed, where nothing can load them.
    fn build() -> Option<Self> {
        static BUILDING: Mutex<()> = Mutex::new(());
        if Command::new("python3").arg("--version").output().is_err() {
            assert_ne!(env::var("CI").as_deref(), Ok("true"), "python3 is missing");
            eprintln!("skipped: python3 is missing, which loads the plugins");
            return None;
        }
        let _building = BUILDING.lock();
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins");
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/Cargo.toml");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--manifest-path"]).arg(manifest).arg("--target-dir").arg(&target);
        // They share the standard library, and with it the library that the host has.
        cargo.env("RUSTFLAGS", "-Cprefer-dynamic").env_remove("CARGO_ENCODED_RUSTFLAGS");
        lines(&mut cargo);
        let folder = target.join("debug");
        // It is loaded again under another name.
        fs::copy(library(&folder, "plugins_sender"), library(&folder, "again")).expect("a copy");
        Some(Self(folder))
    }

    /// What they print when they are loaded, in this order.
    fn load(&self, names: &[&str]) -> Vec<String> {
        let Self(folder) = self;
        let libdir = lines(Command::new("rustc").args(["--print", "target-libdir"])).remove(0);
        let search = env::join_paths([&folder.join("deps"), folder, Path::new(&libdir)]).expect("paths");
        let code = "import ctypes, sys\nfor path in sys.argv[1:]: ctypes.CDLL(path, ctypes.RTLD_GLOBAL)";
        let mut python = Command::new("python3");
        python.args(["-c", code]).args(names.iter().map(|name| library(folder, name)));
        for variable in ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"] {
            python.env(variable, &search);
        }
        lines(&mut python)
    }
}

fn library(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{}{name}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX))
}
