#![deny(warnings)]

use openedx_events::{EventData, EventField};

#[derive(Clone, PartialEq, EventData)]
#[event_data(pii, serde, crate = openedx_events)]
pub struct Learner {
    pub id: i64,
    #[event_data(default)]
    pub email: String,
    #[event_data(default = vec![1, 2], pii)]
    pub numbers: Vec<i64>,
    #[event_data(default = Payment::Cash)]
    pub payment: Payment,
    pub others: Vec<Self>,
}

#[derive(Clone, Copy, Debug, PartialEq, EventData)]
#[event_data(serde)]
pub enum Payment {
    Card,
    #[event_data(rename = "in cash")]
    Cash,
}

fn main() {
    let learner: Learner = serde_json::from_str(r#"{"id": 1, "others": []}"#).unwrap();
    assert_eq!(learner.numbers, [1, 2]);
    assert_eq!(serde_json::to_string(&learner.payment).unwrap(), r#""in cash""#);
    assert!(Learner::RECORD.has_personal_data());
    let _ = <Learner as EventField>::TYPE;
}
