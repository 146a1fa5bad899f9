//! A program of which only the dependencies matter: see `run.sh`.

fn main() {}
