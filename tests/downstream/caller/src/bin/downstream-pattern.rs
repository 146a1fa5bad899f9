//! Refused: a pattern that names every field, which one more would break.

use downstream_caller::post::ParcelData;
use openedx_events::learning::data::UserNonPersonalData;

fn main() {
    let ParcelData { number: _, weight: _ } = ParcelData::builder().number("17").weight(1.5).build();
    let UserNonPersonalData { id: _, is_active: _ } =
        UserNonPersonalData::builder().id(7).is_active(true).build();
}
