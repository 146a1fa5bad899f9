//! The commands `webhook list`, `test` and `run`.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use openedx_events::bus;
use openedx_events_tests::wait_until;

use crate::server::{Reply, Server, ok, status};
use crate::world::{SECRET, World, publish};

/// The shipped command with the settings of a file.
struct Program {
    world: World,
    config: PathBuf,
}

impl Program {
    /// With a webhook to this URL, and a bus in a file.
    fn new(url: &str) -> Self {
        let world = World::new();
        let (folder, config) = (world.folder.path(), world.folder.path().join("bus.toml"));
        fs::write(folder.join("secret"), SECRET).expect("a file");
        let settings = format!(
            "EVENT_BUS_URL = 'sqlite:{0}/bus.db'\n\
             [EVENT_BUS_CONSUMER_CONFIG]\nclaim_after = '1s'\nheartbeat = '200ms'\n\
             [EVENT_WEBHOOKS.crm]\nurl = '{url}'\nevents = ['org.openedx.learning.student.*']\ntopics = ['learners']\n\
             form = 'standard'\nsecret = 'file:{0}/secret'\nheaders = {{ authorization = 'Bearer hunter2' }}\nallow_private = true\n\
             initial_backoff = '5ms'\n",
            folder.display()
        );
        fs::write(&config, settings).expect("a file");
        Self { world, config }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shipped-cli"));
        command.arg("webhook").args(args).arg("--config").arg(&self.config);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("EVENT")) {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let Output { status, stdout, stderr } = self.command(args).output().expect("the program runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (status.code().expect("a code"), text(stdout), text(stderr))
    }

    fn start(&self) -> Child {
        let mut command = self.command(&["run"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    }

    fn bus(&self) -> std::sync::Arc<dyn bus::Backend> {
        bus::open(&format!("sqlite:{}/bus.db", self.world.folder.path().display())).expect("a file")
    }
}

#[test]
fn list_shows_hosts_and_no_secrets() {
    let program = Program::new("http://crm.example.com/hidden-path");
    let (code, stdout, stderr) = program.run(&["list"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(
        stdout,
        "crm: http://crm.example.com, form standard, signed, without personal data; topics learners; events \
         org.openedx.learning.student.*; group webhook-crm\n"
    );
    let (code, stdout, _) = program.run(&["list", "--format", "json"]);
    assert_eq!(code, 0);
    let listed: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(listed["host"], "http://crm.example.com");
}

#[test]
fn test_shows_the_exchange() {
    let server = Server::start(|number, _| match number {
        0 => Reply::Status(200, vec![("x-request", "7".to_owned())], "thank you\n"),
        1 => status(422),
        _ => Reply::Close,
    });
    let program = Program::new(&server.url());
    let (code, stdout, stderr) = program.run(&["test", "crm"]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    for part in [
        &format!("POST http://{}/…\n", server.address()),
        "content-type: application/json\n",
        "webhook-signature: v1,",
        "authorization: ***\n",
        "\"username\":\"<redacted>\"",
        "200 OK in ",
        "x-request: 7\n",
        "\nthank you\n",
        "crm: the endpoint has taken the event\n",
    ] {
        assert!(stdout.contains(part), "{part}\n{stdout}");
    }
    assert!(!stdout.contains("hidden-path") && !stdout.contains("hunter2"), "{stdout}");
    assert_eq!(server.received()[0].headers["authorization"], "Bearer hunter2");

    let (code, stdout, _) = program.run(&["test", "crm"]);
    assert!(code == 1 && stdout.contains("422 Unprocessable Entity in "), "{stdout}");
    assert!(stdout.contains("a real one would be dead-lettered at once"), "{stdout}");
    let (code, stdout, _) = program.run(&["test", "crm"]);
    assert!(code == 1 && stdout.contains("cannot be"), "{stdout}");

    let (code, _, stderr) = program.run(&["test", "crn"]);
    assert_eq!(
        (code, stderr.as_str()),
        (2, "error: the settings have no webhook `crn`, did you mean `crm`?\n")
    );
    let enrolled = "org.openedx.learning.course.enrollment.created.v1";
    let (code, _, stderr) = program.run(&["test", "crm", "--event", enrolled]);
    assert!(code == 2 && stderr.contains("is not among the `events` of the webhook `crm`"), "{stderr}");
}

/// A process is killed while its requests hang. The next one posts what it had.
#[test]
fn a_process_that_is_killed_loses_nothing() {
    let server = Server::start(|number, _| if number == 3 { Reply::Hang } else { ok() });
    let program = Program::new(&server.url());
    let ids: BTreeSet<_> =
        publish(&program.bus(), 0..20).iter().map(|metadata| metadata.id().to_string()).collect();
    let mut killed = program.start();
    wait_until("a request hangs", || server.count() > 3);
    killed.kill().expect("killed");
    killed.wait().expect("ended");
    let mut next = program.start();
    let posted = || -> BTreeSet<_> {
        server.received().into_iter().map(|request| request.headers["webhook-id"].clone()).collect()
    };
    let hung = server.received()[3].headers["webhook-id"].clone();
    let is_posted_again =
        || server.received().iter().filter(|each| each.headers["webhook-id"] == hung).count() > 1;
    wait_until("everything is posted", || posted() == ids && is_posted_again());
    next.kill().expect("killed");
    next.wait().expect("ended");
}

#[cfg(unix)]
#[test]
fn run_stops_at_a_signal_and_says_what_it_did() {
    let server = Server::start(|_, _| ok());
    let program = Program::new(&server.url());
    publish(&program.bus(), 0..3);
    let running =
        program.command(&["run"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    wait_until("everything is posted", || server.count() == 3);
    let kill = Command::new("kill").arg(running.id().to_string()).status().expect("kill");
    assert!(kill.success());
    let output = running.wait_with_output().expect("ended");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    let address = server.address();
    let expected =
        format!("crm: posting events of learners to http://{address}\ncrm: 3 done, 0 dead-lettered\n");
    assert_eq!(stdout, expected);
}

#[cfg(unix)]
#[test]
fn run_ends_with_5_when_its_only_webhook_is_gone() {
    let server = Server::start(|_, _| status(410));
    let program = Program::new(&server.url());
    publish(&program.bus(), 0..3);
    let (code, stdout, stderr) = program.run(&["run"]);
    assert_eq!((code, stdout.ends_with("crm: 0 done, 0 dead-lettered\n")), (5, true), "{stdout}{stderr}");
    assert!(stderr.contains("takes no event any more") && stderr.contains("410 Gone"), "{stderr}");
    // Nothing was acknowledged.
    let groups = program.bus().groups(&World::topic()).expect("groups");
    assert_eq!(groups[0].lag.unwrap_or_default() + groups[0].pending, 3);
}
