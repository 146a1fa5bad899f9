use openedx_events::{filter, pipeline_step};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
    pub lines: Vec<String>,
    pub note: Option<String>,
}

pub struct Till;

impl Till {
    #[pipeline_step(PRICE_REQUESTED)]
    fn method(&self, cents: &i64) {
        let _ = cents;
    }

    #[pipeline_step(PRICE_REQUESTED)]
    fn returns_itself() -> Self {
        Self
    }
}

pub trait Sale {
    #[pipeline_step(PRICE_REQUESTED)]
    fn without_a_body();
}

fn main() {}
