#![allow(non_camel_case_types)]

use openedx_events::EventData;

#[derive(Debug, EventData)]
pub struct long {
    pub number: i64,
}

#[derive(Debug, EventData)]
pub struct string {
    pub text: String,
}

#[derive(Debug, EventData)]
pub struct r#enum {
    pub numbers: Vec<long>,
}

fn main() {}
