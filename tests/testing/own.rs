//! State, connections and what is enabled are the scope's own.

use openedx_events::testing::isolate;
use openedx_events::{AnySignal as _, CheckProblem, Undelivered, check, provide, receiver, signal};
use openedx_events_tests::{Journal, names};

struct Price(i64);

/// Its receiver takes a state.
#[signal("org.example.own.tea.bought.v1")]
struct TeaBought {
    cups: i64,
}

static BILLS: Journal = Journal::new();

#[receiver(TEA_BOUGHT)]
fn bill(cups: i64, #[state] price: &Price) {
    BILLS.write((cups * price.0).to_string());
}

#[test]
fn state_is_the_scopes_own() {
    let lacks_price = || {
        check().is_err_and(|error| {
            error.problems().iter().any(
                |problem| matches!(problem, CheckProblem::MissingState { type_name, .. } if type_name.ends_with("::Price")),
            )
        })
    };
    assert!(lacks_price());
    provide(Price(100)).unwrap();
    assert!(!lacks_price());
    TEA_BOUGHT.send_event(1).into_result().unwrap();

    {
        let scope = isolate([&TEA_BOUGHT]);
        assert!(lacks_price(), "the program's price is not the scope's");
        let text = TEA_BOUGHT.send_event(2).to_string();
        assert!(
            text.contains("no state of type `testing::own::Price`; the one that is provided at "),
            "{text}"
        );
        assert!(text.contains(" is outside of this test scope: provide one inside the scope"), "{text}");
        assert_eq!(scope.take_errors().len(), 1);

        let line = line!() + 1;
        scope.provide(Price(3)).unwrap();
        assert!(!lacks_price());
        let again = provide(Price(4)).unwrap_err().to_string();
        assert!(again.contains(&format!("at {}:{line}:", file!())), "{again}");
        TEA_BOUGHT.send_event(2).into_result().unwrap();
    }
    {
        let _scope = isolate([&TEA_BOUGHT]);
        // `provide` inside a scope is the scope's.
        provide(Price(5)).unwrap();
        TEA_BOUGHT.send_event(2).into_result().unwrap();
    }

    TEA_BOUGHT.send_event(2).into_result().unwrap();
    assert_eq!(BILLS.take(), ["100", "6", "10", "200"]);
}

#[test]
fn connections_are_the_scopes_own() {
    /// Has no registered receivers.
    #[signal("org.example.own.knock.heard.v1")]
    struct KnockHeard {
        times: i64,
    }

    let outer = KNOCK_HEARD.connect("of the program", |_, _| Ok(()));
    let scope = isolate([&KNOCK_HEARD]);
    assert_eq!(KNOCK_HEARD.send_event(KnockHeard { times: 1 }).reason(), Some(Undelivered::NoReceivers));
    let inner = KNOCK_HEARD.connect("of the scope", |event, _| {
        assert!(event.times < 9);
        Ok(())
    });
    let second = KNOCK_HEARD.connect("of the scope, too", |_, _| Ok(()));
    assert_eq!(names(&KNOCK_HEARD.send_event(1)), ["of the scope", "of the scope, too"]);
    second.disconnect();
    assert_eq!(names(&KNOCK_HEARD.send_event(1)), ["of the scope"]);
    KNOCK_HEARD.connect("kept", |_, _| Ok(())).keep();
    // Dropped inside the scope, yet one of the program.
    drop(outer);
    assert_eq!(names(&KNOCK_HEARD.send_event(1)), ["of the scope", "kept"]);

    drop(scope);
    assert_eq!(KNOCK_HEARD.send_event(1).reason(), Some(Undelivered::NoReceivers));
    drop(inner);
}

#[test]
fn what_is_enabled_is_the_scopes_own() {
    /// Switched inside and outside.
    #[signal("org.example.own.light.seen.v1")]
    struct LightSeen {
        far: bool,
    }

    #[receiver(LIGHT_SEEN)]
    fn look(_far: bool) {}

    LIGHT_SEEN.disable();
    {
        let _scope = isolate([&LIGHT_SEEN]);
        assert!(LIGHT_SEEN.is_enabled(), "the program's switch is not the scope's");
        assert_eq!(LIGHT_SEEN.send_event(true).len(), 1);
        LIGHT_SEEN.disable();
        assert!(!LIGHT_SEEN.is_enabled());
        assert_eq!(LIGHT_SEEN.send_event(true).reason(), Some(Undelivered::Disabled));
        LIGHT_SEEN.enable();
        assert_eq!(LIGHT_SEEN.send_event(true).len(), 1);
    }
    assert_eq!(LIGHT_SEEN.send_event(true).reason(), Some(Undelivered::Disabled));
    LIGHT_SEEN.enable();
    {
        let _scope = isolate([]);
        assert_eq!(LIGHT_SEEN.send_event(true).reason(), Some(Undelivered::NotInScope));
        // Enabling makes it one of the scope's.
        LIGHT_SEEN.enable();
        assert_eq!(LIGHT_SEEN.send_event(true).len(), 1);
        LIGHT_SEEN.disable();
    }
    assert!(LIGHT_SEEN.is_enabled());
    assert_eq!(LIGHT_SEEN.send_event(true).len(), 1);
}
