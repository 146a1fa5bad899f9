use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
    pub note: Option<String>,
    pub discount: Option<i64>,
    pub lines: Vec<String>,
}

type Text<'a> = &'a str;
type Numbers<'a> = &'a [i64];

#[receiver(ORDER_PLACED)]
fn of_another_type(number: Text<'_>, lines: Numbers<'_>) {
    let _ = (number, lines);
}

#[receiver(ORDER_PLACED)]
async fn of_an_option(note: Text<'_>) {
    let _ = note;
}

#[receiver(ORDER_PLACED)]
fn unknown(customer: Text<'_>) {
    let _ = customer;
}

fn main() {}
