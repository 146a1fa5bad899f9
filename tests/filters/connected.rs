//! Closures that are connected as steps.

use openedx_events::filters::FilterError;
use openedx_events::testing::{self, receiver_path};
use openedx_events::{filter, pipeline_step};

#[filter("org.example.filters.price.requested.v1")]
#[derive(Clone, Debug, PartialEq)]
struct PriceRequested {
    cents: i64,
}

#[pipeline_step(PRICE_REQUESTED)]
fn half(cents: &mut i64) {
    *cents /= 2;
}

fn price() -> Result<i64, String> {
    PRICE_REQUESTED
        .run_filter(PriceRequested { cents: 100 })
        .map(|price| price.cents)
        .map_err(|error| error.to_string())
}

#[test]
fn a_closure_runs_behind_the_steps_until_it_is_disconnected() {
    let scope = testing::isolate([]);
    scope.pipeline(&PRICE_REQUESTED, [receiver_path(&half)]);
    {
        let _more = PRICE_REQUESTED.connect("more", |price| price.cents += 1);
        assert_eq!(price(), Ok(51));
        // Outside of the scope there is no such closure.
        let outside = std::thread::spawn(|| {
            let _scope = testing::isolate([]);
            price()
        });
        assert_eq!(outside.join().expect("no panic"), Ok(100));
    }
    assert_eq!(price(), Ok(50));
}

#[test]
fn a_closure_that_fails_has_changed_nothing_and_is_named() {
    let _scope = testing::isolate([]);
    let _broken = PRICE_REQUESTED.connect("broken", |price| {
        price.cents = 0;
        Err::<(), _>(openedx_events::filters::StepError::failed("out of paper"))
    });
    let error = PRICE_REQUESTED.run_filter(PriceRequested { cents: 100 }).expect_err("it fails");
    let FilterError::Failed { step, error } = error;
    let step = step.expect("a step fails");
    assert_eq!((&*step.path, error.to_string().as_str()), ("broken", "out of paper"));
    assert!(step.location.file().ends_with("connected.rs"));
}

#[test]
fn a_closure_that_panics_fails() {
    let _scope = testing::isolate([]);
    let _broken = PRICE_REQUESTED.connect("broken", |price| assert!(price.cents < 0, "out of ink"));
    assert!(price().is_err_and(|error| error.ends_with("panicked: out of ink")));
}

#[test]
fn a_kept_closure_stays() {
    #[filter("org.example.filters.kept.requested.v1")]
    #[derive(Clone)]
    struct KeptRequested {
        count: u32,
    }

    KEPT_REQUESTED.connect("kept", |data| data.count += 1).keep();
    assert_eq!(KEPT_REQUESTED.run_filter(KeptRequested { count: 1 }).map(|kept| kept.count).ok(), Some(2));
}

#[test]
fn what_a_closure_owns_may_panic_when_it_is_dropped() {
    struct Fragile;

    impl Drop for Fragile {
        fn drop(&mut self) {
            panic!("it broke");
        }
    }

    let _scope = testing::isolate([]);
    let fragile = Fragile;
    let connection = PRICE_REQUESTED.connect("fragile", move |price| {
        let _ = &fragile;
        price.cents = 1;
    });
    assert_eq!(price(), Ok(1));
    drop(connection);
    assert_eq!(price(), Ok(100));
}
