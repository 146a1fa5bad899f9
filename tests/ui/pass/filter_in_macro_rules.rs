#![deny(warnings)]

use openedx_events::{filter, pipeline_step};

macro_rules! declare {
    ($name:ident, $filter:ident, $type:literal, $halts:ty, $($field:ident: $field_type:ty),*) => {
        #[filter($type, halts = $halts, name = $filter)]
        #[derive(Clone)]
        pub struct $name {
            $(pub $field: $field_type,)*
            pub own: i64,
        }
    };
}

declare!(PriceRequested, PRICE, "org.example.shop.price.requested.v1", String, cents: i64, note: Option<String>);

macro_rules! steps {
    ($filter:path, $priority:literal, $name:ident, $type:ty, $field:ident) => {
        #[pipeline_step($filter, priority = $priority)]
        fn $name(cents: $type, own: &mut i64, $field: Option<&str>) -> Result<(), String> {
            *own += cents;
            match $field {
                Some(note) => Err(note.to_owned()),
                None => Ok(()),
            }
        }

        #[pipeline_step($crate::PRICE, on_failure = "pass_over")]
        fn r#type($field: &mut Option<String>) {
            *$field = None;
        }
    };
}

steps!(crate::PRICE, 3, add, i64, note);

mod of_idents {
    use super::PRICE as PRICES;
    use super::pipeline_step;

    macro_rules! all {
        ($($name:ident)*) => { $(#[pipeline_step(PRICES)] fn $name(cents: &mut i64) { *cents += 1; })* };
    }

    all!(p q r);
}

fn main() {
    let price = PRICE.run_filter(PriceRequested { cents: 1, note: None, own: 1 }).unwrap();
    assert_eq!((price.cents, price.own), (4, 2));
    let error = PRICE.run_filter(PriceRequested { cents: 1, note: Some("no".into()), own: 1 }).err().unwrap();
    assert_eq!(error.halt().map(String::as_str), Some("no"));
}
