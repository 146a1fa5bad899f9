use openedx_events::{filter, pipeline_step};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
    pub lines: Vec<String>,
    pub note: Option<String>,
}

#[filter("org.example.shop.tax.requested.v1", async)]
#[derive(Clone)]
pub struct TaxRequested {
    pub cents: i64,
}

#[pipeline_step(TAX_REQUESTED)]
async fn counts(cents: &mut i64) {
    let counter = std::rc::Rc::new(1);
    std::future::ready(()).await;
    *cents += *counter;
}

fn main() {}
