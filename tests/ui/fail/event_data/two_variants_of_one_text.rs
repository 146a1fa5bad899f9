use openedx_events::EventData;

#[derive(EventData)]
pub enum Payment {
    Card,
    #[event_data(rename = "Card")]
    Debit,
    #[event_data(rename = "x")]
    Cash,
    #[event_data(rename = "x")]
    Voucher,
}

fn main() {}
