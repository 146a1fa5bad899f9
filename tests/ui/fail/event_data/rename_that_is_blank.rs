use openedx_events::EventData;

#[derive(Debug, EventData)]
pub enum Payment {
    #[event_data(rename = "")]
    Card,
    #[event_data(rename = " \t")]
    Cash,
    #[event_data(rename = " by cheque")]
    Cheque,
    #[event_data(rename = "by\ninvoice")]
    Invoice,
}

fn main() {}
