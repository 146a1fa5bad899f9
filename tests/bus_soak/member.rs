//! A producer or a consumer, which is started again when it has ended: [`Member`].

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::log::{Life, Log, Record};

/// A process, and those that were it before.
pub(crate) struct Member {
    pub(crate) role: Role,
    name: &'static str,
    url: String,
    lives: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// With its number.
    Producer(i64),
    /// In this group.
    Consumer(&'static str),
}

enum State {
    /// It is started again at this time.
    Ended(Instant),
    Running(Child),
    Frozen(Child),
    /// It has to end by this time.
    Stopping(Child, Instant),
}

/// A stop takes as long as receivers may take to finish, and some seconds on a busy machine.
const STOP: Duration = Duration::from_secs(15);

/// What a member needs to live.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) log: &'a Log,
    pub(crate) folder: &'a Path,
    pub(crate) topic: &'a str,
    pub(crate) seed: u64,
}

impl Member {
    pub(crate) fn new(name: &'static str, role: Role, url: String) -> Self {
        Self { role, name, url, lives: 0, state: State::Ended(Instant::now()) }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    fn life(&self) -> Life {
        Life::from((self.name, self.lives))
    }

    /// Starts it if it is time, and notices if it has ended. It is then started again after this pause.
    pub(crate) fn look(&mut self, world: World<'_>, pause: impl FnOnce() -> Duration) {
        let life = self.life();
        match &mut self.state {
            State::Ended(at) if *at <= Instant::now() => self.start(world),
            State::Ended(_) | State::Frozen(_) => {}
            State::Running(child) | State::Stopping(child, _) => {
                if let Some(status) = child.try_wait().expect("its state is known") {
                    let how = match (status.code(), status.signal()) {
                        (Some(code), _) => format!("exit-{code}"),
                        (None, signal) => format!("signal-{}", signal.unwrap_or_default()),
                    };
                    world.log.write(Record::Ended { life, how: how.as_str().into() });
                    self.state = State::Ended(Instant::now() + pause());
                } else if let State::Stopping(_, deadline) = &self.state
                    && *deadline <= Instant::now()
                {
                    world.log.write(Record::Overstayed { life });
                    self.kill(world);
                }
            }
        }
    }

    fn start(&mut self, world: World<'_>) {
        self.lives += 1;
        let life = self.life();
        let group = match self.role {
            Role::Producer(_) => "-",
            Role::Consumer(group) => group,
        };
        world.log.write(Record::Start { life: life.clone(), group: group.into() });
        let mut command = Command::new(env!("CARGO_BIN_EXE_soak-peer"));
        let log = world.folder.join("log");
        let rest = |command: &mut Command, word: &str| {
            command.args([word, &self.url, world.topic, &life.to_string()]).arg(&log);
        };
        match self.role {
            Role::Producer(number) => {
                // See `producer.rs`.
                let lives = i64::try_from(self.lives).expect("few lives");
                rest(&mut command, "produce");
                let first = (number * 10_000 + lives) * 100_000;
                command.args([first.to_string(), world.seed.to_string()]);
            }
            Role::Consumer(group) => {
                rest(&mut command, "consume");
                command.arg(group).arg(world.folder);
            }
        }
        let errors = File::create(world.folder.join(format!("{life}.err"))).expect("a file");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        self.state = State::Running(command.spawn().expect("the program starts"));
    }

    /// Kills it, unless it has ended. Returns whether it did.
    pub(crate) fn kill(&mut self, world: World<'_>) -> bool {
        let life = self.life();
        let state = std::mem::replace(&mut self.state, State::Ended(Instant::now()));
        let (State::Running(mut child) | State::Frozen(mut child) | State::Stopping(mut child, _)) = state
        else {
            self.state = state;
            return false;
        };
        world.log.write(Record::Kill { life });
        // It may have ended; `look` finds out how.
        let _ = child.kill();
        self.state = State::Running(child);
        true
    }

    /// Sends it SIGTERM, if it runs. `record` says so in the log. Returns whether it did.
    pub(crate) fn stop(&mut self, world: World<'_>, record: impl FnOnce(Life) -> Record) -> bool {
        let life = self.life();
        let state = std::mem::replace(&mut self.state, State::Ended(Instant::now()));
        let State::Running(child) = state else {
            self.state = state;
            return false;
        };
        world.log.write(record(life));
        signal(&child, "TERM");
        self.state = State::Stopping(child, Instant::now() + STOP);
        true
    }

    /// Freezes it, if it runs. Returns whether it did.
    pub(crate) fn freeze(&mut self) -> bool {
        let state = std::mem::replace(&mut self.state, State::Ended(Instant::now()));
        let State::Running(child) = state else {
            self.state = state;
            return false;
        };
        signal(&child, "STOP");
        self.state = State::Frozen(child);
        true
    }

    /// Unfreezes it, if it is frozen.
    pub(crate) fn thaw(&mut self) {
        let state = std::mem::replace(&mut self.state, State::Ended(Instant::now()));
        self.state = match state {
            State::Frozen(child) => {
                signal(&child, "CONT");
                State::Running(child)
            }
            other => other,
        };
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_))
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended(_))
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let State::Running(child) | State::Frozen(child) | State::Stopping(child, _) = &mut self.state {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Sends a process a signal, such as `STOP`. It is a child that was not waited for, so its id is not another's.
fn signal(child: &Child, signal: &str) {
    let status = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
    assert!(status.expect("kill can be run").success(), "kill -{signal}");
}
