//! The chosen signals and receivers alone are live.

use openedx_events::testing::{isolate, isolation, receiver_path};
use openedx_events::{AnySignal as _, Undelivered, receiver, signal};
use openedx_events_tests::{Journal, block_on, names, panic_of};

#[test]
fn signals_that_were_not_chosen_reach_nobody() {
    static JOURNAL: Journal = Journal::new();

    /// Chosen.
    #[signal("org.example.choosing.cake.cut.v1")]
    struct CakeCut {
        pieces: i64,
    }

    /// Not chosen.
    #[signal("org.example.choosing.candle.lit.v1")]
    struct CandleLit {
        candles: i64,
    }

    #[receiver(CAKE_CUT)]
    fn eat(pieces: i64) {
        JOURNAL.write(format!("eat {pieces}"));
        assert_eq!(CANDLE_LIT.send_event(1).reason(), Some(Undelivered::NotInScope));
    }

    #[receiver(CANDLE_LIT)]
    fn wish(candles: i64) {
        JOURNAL.write(format!("wish {candles}"));
    }

    {
        let scope = isolate([&CAKE_CUT]);
        assert!(CAKE_CUT.send_event(8).is_ok());
        let responses = block_on(CANDLE_LIT.send_event_async(2));
        assert_eq!(responses.reason(), Some(Undelivered::NotInScope));
        assert_eq!(
            responses.to_string(),
            "org.example.choosing.candle.lit.v1: the signal is not one of the test scope's"
        );
        assert_eq!(JOURNAL.take(), ["eat 8"]);
        assert_eq!((CAKE_CUT.is_enabled(), CANDLE_LIT.is_enabled()), (true, false));
        // It counts as sent, whoever receives it.
        assert_eq!(scope.sent::<CandleLit>().len(), 2);
    }

    assert!(CANDLE_LIT.is_enabled());
    assert_eq!(CANDLE_LIT.send_event(3).len(), 1);
    assert_eq!(JOURNAL.take(), ["wish 3"]);
}

/// Has several receivers to choose from.
#[signal("org.example.choosing.song.played.v1")]
struct SongPlayed {
    title: String,
}

#[receiver(SONG_PLAYED)]
fn dance(_title: &str) {}

#[receiver(SONG_PLAYED, priority = -1)]
fn sing() {}

#[receiver(SONG_PLAYED)]
async fn stream() {}

mod choir {
    use super::{SONG_PLAYED, receiver};

    #[receiver(SONG_PLAYED)]
    pub(super) fn sing(_title: &str) {}

    pub(super) mod children {
        use super::{SONG_PLAYED, receiver};

        #[receiver(SONG_PLAYED)]
        pub(in super::super) fn sing() {}
    }
}

fn play() -> openedx_events::Responses {
    block_on(SONG_PLAYED.send_event_async("Waltz".to_owned()))
}

fn paths(responses: &openedx_events::Responses) -> Vec<&str> {
    responses.iter().map(|response| &*response.receiver.path).collect()
}

#[test]
fn chosen_receivers_alone_are_called_in_their_order() {
    let _scope = isolation()
        .signals([&SONG_PLAYED])
        .receivers([receiver_path(&sing), receiver_path(&stream)])
        .receivers([receiver_path(&dance)])
        .start();

    assert_eq!(names(&play()), ["dance", "sing", "stream"]);
    assert_eq!(paths(&play())[1], "testing::choosing::sing");
}

#[test]
fn a_receiver_is_not_taken_for_its_namesake_in_a_module_around_it() {
    {
        let _scope = isolation().signals([&SONG_PLAYED]).receivers([receiver_path(&choir::sing)]).start();
        assert_eq!(paths(&play()), ["testing::choosing::choir::sing"]);
    }
    let _scope =
        isolation().signals([&SONG_PLAYED]).receivers([receiver_path(&choir::children::sing)]).start();
    assert_eq!(paths(&play()), ["testing::choosing::choir::children::sing"]);
}

#[test]
fn a_receiver_inside_a_function_is_found_by_its_path() {
    #[receiver(SONG_PLAYED)]
    fn hum() {}

    let _scope = isolation().signals([&SONG_PLAYED]).receivers([receiver_path(&hum)]).start();

    assert_eq!(names(&play()), ["hum"]);
}

#[test]
fn no_receiver_at_all_can_be_chosen_and_connected_ones_are_live() {
    let _scope = isolation().signals([&SONG_PLAYED]).receivers::<String>([]).start();
    assert_eq!(play().reason(), Some(Undelivered::NoReceivers));

    let _connection = SONG_PLAYED.connect("listener", |_, _| Ok(()));
    assert_eq!(names(&play()), ["listener"]);
}

#[test]
fn starting_with_a_receiver_that_does_not_listen_panics_and_leaves_no_scope() {
    /// Has another receiver.
    #[signal("org.example.choosing.film.shown.v1")]
    struct FilmShown {
        minutes: i64,
    }

    #[receiver(FILM_SHOWN)]
    fn watch(_minutes: i64) {}

    let message =
        panic_of(|| drop(isolation().signals([&FILM_SHOWN]).receivers([receiver_path(&dance)]).start()));

    assert_eq!(
        message,
        "there is no receiver `testing::choosing::dance` of the scope's signals; there are: \
         testing::choosing::watch"
    );
    assert_eq!(names(&FILM_SHOWN.send_event(90)), ["watch"]);
}
