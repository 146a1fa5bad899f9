#![deny(warnings)]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use openedx_events::filters::{FiltersConfig, StepError};
use openedx_events::{filter, pipeline_step};

#[derive(Debug, PartialEq)]
pub enum PriceHalt {
    NotForSale,
}

#[filter("org.example.shop.price.requested.v1", halts = PriceHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct PriceRequested {
    pub cents: i64,
    pub currency: String,
    pub note: Option<String>,
    pub lines: Vec<String>,
    pub numbers: Option<Vec<i64>>,
    pub r#type: String,
    pub pair: (i64, String),
    pub array: [u8; 2],
    pub discount: Option<i64>,
}

#[filter("org.example.shop.tax.requested.v1", async)]
#[derive(Clone)]
pub struct TaxRequested {
    pub cents: i64,
    pub currency: String,
    pub note: Option<String>,
}

#[filter("org.example.shop.fee.requested.v1")]
#[derive(Clone)]
pub struct FeeRequested {
    pub cents: i64,
}

#[filter("org.example.shop.rent.requested.v1", async)]
#[derive(Clone)]
pub struct RentRequested {
    pub cents: i64,
}

pub struct Till(i64);

pub trait Store: Send + Sync {}

pub struct Memory;

impl Store for Memory {}

#[derive(Debug, serde::Deserialize)]
pub struct Sale {
    percent: i64,
}

type Cents = i64;
type Text<'a> = &'a str;
type Outcome = Result<(), PriceHalt>;

#[pipeline_step(PRICE_REQUESTED, priority = 10, on_failure = "fail", crate = openedx_events)]
fn reads(
    mut cents: i64,
    currency: &str,
    note: Option<&str>,
    lines: &[String],
    numbers: Option<&[i64]>,
    r#type: &str,
    pair: &(i64, String),
    array: [u8; 2],
    discount: Option<i64>,
) -> Outcome {
    cents += 1;
    let _ = (cents, currency, note, lines, numbers, r#type, pair, array, discount);
    Ok(())
}

#[pipeline_step(PRICE_REQUESTED, on_failure = "pass_over", priority = -1,)]
fn reads_whole_types(
    _cents: &Cents,
    currency: &String,
    note: &Option<String>,
    lines: &Vec<String>,
    numbers: Option<&Vec<i64>>,
    _type: Text<'_>,
    array: &[u8; 2],
) -> Result<(), StepError<PriceRequested>> {
    let _ = (currency, note, lines, numbers, array);
    Ok(())
}

#[pipeline_step(PRICE_REQUESTED)]
fn changes(
    cents: &mut i64,
    currency: &mut String,
    note: &mut Option<String>,
    lines: &mut Vec<String>,
    r#type: &mut String,
    pair: &mut (i64, String),
    _array: &mut [u8; 2],
    #[state] till: &Till,
    #[state] _store: &Arc<dyn Store>,
    #[options] sale: &Sale,
) -> Result<ControlFlow<()>, PriceHalt> {
    *cents -= *cents * sale.percent / 100 + till.0;
    currency.push('!');
    *note = None;
    lines.clear();
    r#type.clear();
    pair.0 = 7;
    if *cents == 0 { Err(PriceHalt::NotForSale) } else { Ok(ControlFlow::Continue(())) }
}

#[pipeline_step(PRICE_REQUESTED)]
fn lifetimes<'a, 'b>(currency: &'a str, cents: &'b mut i64, #[options] options: &'a BTreeMap<String, i64>) {
    let _ = (currency, options);
    *cents += 0;
}

#[pipeline_step(PRICE_REQUESTED)]
fn one_of_two(
    #[cfg(all())] cents: i64,
    #[cfg(any())] price: i64,
    #[cfg(all())]
    #[options]
    _sale: &Sale,
    #[cfg(any())]
    #[options]
    _sale: &Unknown,
    #[cfg(any())]
    #[state]
    till: &Unknown,
    #[cfg(any())] currency: &mut Unknown,
    #[cfg(all())] discount: &mut Option<i64>,
) -> ControlFlow<()> {
    let _ = cents;
    *discount = Some(1);
    ControlFlow::Continue(())
}

#[pipeline_step(PRICE_REQUESTED, priority = -2)]
fn without_parameters() {}

#[pipeline_step(FEE_REQUESTED)]
fn never(_cents: i64) -> ! {
    panic!("no price")
}

#[pipeline_step(PRICE_REQUESTED, priority = -4)]
fn has_items(cents: i64) -> Result<(), PriceHalt> {
    struct Row(i64);

    impl Row {
        fn new(cents: i64) -> Self {
            Self(cents)
        }
    }

    if Row::new(cents).0 < 0 { Err(PriceHalt::NotForSale) } else { Ok(()) }
}

#[pipeline_step(TAX_REQUESTED)]
fn sync_step_of_an_async_filter(cents: &mut i64) {
    *cents += 1;
}

#[pipeline_step(TAX_REQUESTED)]
async fn changes_async<'a>(
    cents: &mut i64,
    currency: &'a str,
    note: Option<&'a str>,
    #[state] till: &Till,
    #[options] options: &BTreeMap<String, i64>,
) -> Result<ControlFlow<()>, StepError<TaxRequested>> {
    std::future::ready(()).await;
    let _ = (currency, note, options);
    *cents += till.0;
    Ok(ControlFlow::Continue(()))
}

#[pipeline_step(TAX_REQUESTED)]
async fn nothing_async() {}

#[pipeline_step(RENT_REQUESTED)]
async fn never_async(_cents: &mut i64) -> ! {
    panic!("no tax")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    openedx_events::provide(Till(1)).unwrap();
    openedx_events::provide::<Arc<dyn Store>>(Arc::new(Memory)).unwrap();
    let json = r#"{"org.example.shop.price.requested.v1": {"percent": 50}, "org.example.shop.tax.requested.v1": {"a": 1}}"#;
    FiltersConfig::json("settings", json).unwrap().apply().unwrap();
    openedx_events::check().unwrap();

    let price = PriceRequested {
        cents: 100,
        currency: "EUR".to_owned(),
        note: Some("a note".to_owned()),
        lines: vec!["a line".to_owned()],
        numbers: None,
        r#type: "a type".to_owned(),
        pair: (1, String::new()),
        array: [1, 2],
        discount: None,
    };
    let priced = PRICE_REQUESTED.run_filter(price.clone()).unwrap();
    let expected = PriceRequested {
        cents: 49,
        currency: "EUR!".to_owned(),
        note: None,
        lines: Vec::new(),
        r#type: String::new(),
        pair: (7, String::new()),
        discount: Some(1),
        ..price.clone()
    };
    assert_eq!(priced, expected);
    let error = PRICE_REQUESTED.run_filter(PriceRequested { cents: 2, ..price }).unwrap_err();
    assert_eq!(error.halt(), Some(&PriceHalt::NotForSale));

    let tax = TaxRequested { cents: 1, currency: String::new(), note: None };
    assert_eq!(TAX_REQUESTED.run_filter_async(tax).await.unwrap().cents, 3);
}
