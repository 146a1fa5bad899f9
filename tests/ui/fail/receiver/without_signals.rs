use openedx_events::receiver;

#[receiver]
fn notify() {}

#[receiver()]
fn count() {}

#[receiver(priority = 1)]
fn audit() {}

fn main() {}
