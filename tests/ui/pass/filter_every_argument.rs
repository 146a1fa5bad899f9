#![deny(warnings)]

use std::collections::HashMap;
use std::convert::Infallible;

use openedx_events::filter;
use openedx_events::filters::FilterError;

/// What halts a loan.
#[derive(Debug)]
pub enum LoanHalt {
    PreventLoan { message: String },
}

#[filter("org.example.library.loan.started.v1", halts = LoanHalt, async, name = LOAN, crate = openedx_events)]
#[derive(Clone)]
pub struct LoanStarted {
    pub title: String,
}

#[filter("org.example.library.return.started.v1", crate = ::openedx_events, name = r#RETURN, halts = Result<u8, Infallible>,)]
#[derive(Clone, Debug, PartialEq)]
pub struct ReturnStarted {
    pub title: String,
}

/// Without halts no caller has to think of them.
#[filter("org.example.library.fee.requested.v1")]
#[derive(Clone, Debug, Default)]
pub struct FeeRequested {
    pub cents: i64,
    pub r#type: String,
    pub list: Vec<Option<Vec<String>>>,
    pub pair: (i64, &'static str, [u8; 4]),
    pub map: HashMap<String, Vec<u8>>,
    pub function: Option<fn(i64) -> i64>,
    pub shared: Option<std::sync::Arc<dyn Rate>>,
}

/// A filter without data asks its steps alone.
#[filter("org.example.library.opening.requested.v1")]
#[derive(Clone)]
pub struct OpeningRequested {}

pub trait Rate: Send + Sync + std::fmt::Debug {}

fn main() {
    match FEE_REQUESTED.run_filter(FeeRequested { cents: 1, ..FeeRequested::default() }) {
        Ok(fee) => assert_eq!(fee.cents, 1),
        Err(FilterError::Halted { halt, .. }) => match halt {},
        Err(FilterError::Failed { error, .. }) => panic!("{error}"),
    }
    match RETURN.run_filter(ReturnStarted { title: "Emma".into() }) {
        Ok(returned) => assert_eq!(returned.title, "Emma"),
        Err(error) => panic!("{error}"),
    }
    assert!(OPENING_REQUESTED.run_filter(OpeningRequested {}).is_ok());
    assert!(LOAN.info().is_async);
    assert_eq!(LOAN.info().filter_name, "LOAN");
    assert_eq!(LOAN.info().halts, Some("LoanHalt"));
    let types: Vec<_> = FEE_REQUESTED.info().fields.iter().map(|field| (field.name, field.type_name)).collect();
    assert_eq!(types[1..4], [("type", "String"), ("list", "Vec<Option<Vec<String>>>"), ("pair", "(i64, &'static str, [u8; 4])")]);
    assert_eq!(RETURN.info().filter_name, "RETURN");
    drop(LOAN.run_filter_async(LoanStarted { title: String::new() }));
    let _ = LoanHalt::PreventLoan { message: String::new() };
}
