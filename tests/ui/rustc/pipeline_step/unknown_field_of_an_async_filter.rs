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
    pub currency: String,
    pub note: Option<String>,
}

#[pipeline_step(TAX_REQUESTED)]
async fn by_reference(currncy: &str) {
    let _ = currncy;
}

#[pipeline_step(TAX_REQUESTED)]
async fn by_value(cent: i64) {
    let _ = cent;
}

#[pipeline_step(TAX_REQUESTED)]
async fn optional(notes: Option<&str>) {
    let _ = notes;
}

#[pipeline_step(TAX_REQUESTED)]
async fn changed(cent: &mut i64) {
    *cent = 0;
}

fn main() {}
