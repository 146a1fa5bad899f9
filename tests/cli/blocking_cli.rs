//! A program whose receivers block: on futures, on tasks, and on standard input.

use std::io;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use openedx_events::{BoxError, cli, receiver, signal};
use tokio::runtime::{Builder, Handle};

/// A drawer was opened.
#[signal("org.example.desk.drawer.opened.v1")]
pub struct DrawerOpened {
    /// Which one.
    pub number: i64,
}

#[receiver(DRAWER_OPENED)]
fn a_blocks_on_a_future() {
    Handle::current().block_on(tokio::time::sleep(Duration::from_millis(1)));
}

#[receiver(DRAWER_OPENED)]
fn b_has_a_runtime_of_its_own() -> io::Result<()> {
    let runtime = Builder::new_current_thread().build()?;
    runtime.block_on(tokio::task::yield_now());
    Ok(())
}

#[receiver(DRAWER_OPENED)]
fn c_waits_for_a_task() -> Result<(), BoxError> {
    let (sender, receiver) = mpsc::channel();
    tokio::spawn(async move {
        tokio::task::yield_now().await;
        sender.send(())
    });
    Ok(receiver.recv()?)
}

#[receiver(DRAWER_OPENED)]
async fn d_waits() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// A question was asked.
#[signal("org.example.desk.question.asked.v1")]
pub struct QuestionAsked {
    /// Its words.
    pub words: String,
}

#[receiver(QUESTION_ASKED)]
fn ask(words: &str) -> io::Result<()> {
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    println!("{words} {}", answer.trim_end());
    Ok(())
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() != Some("with-a-reader") {
        return cli::main();
    }
    // Another thread of the program reads commands from a user, who says nothing.
    let (sender, locked) = mpsc::channel();
    thread::spawn(move || {
        let stdin = io::stdin().lock();
        sender.send(()).expect("the program waits");
        thread::park();
        drop(stdin);
    });
    locked.recv().expect("it is locked");
    cli::run(["blocking-cli", "list"])
}
