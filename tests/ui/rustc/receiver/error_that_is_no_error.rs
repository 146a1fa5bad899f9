use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[derive(Debug)]
pub enum ParseError {
    Empty,
}

#[receiver(ORDER_PLACED)]
fn parse(number: i64) -> Result<(), ParseError> {
    if number == 0 { Err(ParseError::Empty) } else { Ok(()) }
}

type Parsed<T = ()> = Result<T, ParseError>;

#[receiver(ORDER_PLACED)]
async fn behind_an_alias() -> Parsed {
    Ok(())
}

fn main() {}
