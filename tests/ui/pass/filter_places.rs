#![deny(warnings, unreachable_pub, private_interfaces)]

//! A filter in a function, in a private module, and as visible as its struct.

mod shop {
    use openedx_events::{filter, pipeline_step};

    #[derive(Debug)]
    pub(crate) struct Closed;

    #[filter("org.example.shop.price.requested.v1", halts = Closed)]
    #[derive(Clone)]
    pub(crate) struct PriceRequested {
        pub(crate) cents: i64,
        /// Out of reach of steps outside.
        secret: i64,
    }

    impl PriceRequested {
        pub(crate) fn new(cents: i64) -> Self {
            Self { cents, secret: 1 }
        }
    }

    #[filter("org.example.shop.tax.requested.v1")]
    #[derive(Clone)]
    struct TaxRequested {
        cents: i64,
    }

    #[filter("org.example.shop.fee.requested.v1")]
    #[derive(Clone)]
    pub(in crate::shop) struct FeeRequested {
        pub(super) cents: i64,
    }

    /// In the same module a private field is taken.
    #[pipeline_step(PRICE_REQUESTED)]
    fn add(cents: &mut i64, secret: i64) {
        *cents += secret;
    }

    pub(crate) mod inner {
        use super::{Closed, TAX_REQUESTED};

        #[openedx_events::pipeline_step(super::PRICE_REQUESTED)]
        pub(in crate::shop) fn open(secret: &i64) -> Result<(), Closed> {
            if *secret > 1 { Err(Closed) } else { Ok(()) }
        }

        #[openedx_events::pipeline_step(TAX_REQUESTED)]
        pub(crate) fn add(cents: &mut i64) {
            *cents += 1;
        }
    }

    pub(crate) fn tax(cents: i64) -> i64 {
        let tax = TAX_REQUESTED.run_filter(TaxRequested { cents }).unwrap();
        let fee = FEE_REQUESTED.run_filter(FeeRequested { cents }).unwrap();
        tax.cents + fee.cents
    }
}

fn in_a_function(cents: i64) -> i64 {
    use openedx_events::{filter, pipeline_step};

    #[derive(Debug)]
    enum Halt {
        Closed,
    }

    #[filter("org.example.shop.discount.requested.v1", halts = Halt)]
    #[derive(Clone)]
    struct DiscountRequested {
        cents: i64,
    }

    #[pipeline_step(DISCOUNT_REQUESTED)]
    fn sale(cents: &mut i64) -> Result<(), Halt> {
        *cents += 1;
        if *cents > 5 { Err(Halt::Closed) } else { Ok(()) }
    }

    {
        #[pipeline_step(DISCOUNT_REQUESTED)]
        fn sale(cents: &mut i64) {
            *cents += 1;
        }
    }

    DISCOUNT_REQUESTED.run_filter(DiscountRequested { cents }).map_or(-1, |discount| discount.cents)
}

fn main() {
    assert_eq!(shop::PRICE_REQUESTED.run_filter(shop::PriceRequested::new(1)).unwrap().cents, 2);
    assert_eq!(shop::tax(1), 3);
    assert_eq!((in_a_function(1), in_a_function(7)), (3, -1));
}
