//! Refused: a struct literal, which one more field would break. The shipped classes are no different.

use downstream_caller::post::ParcelData;
use openedx_events::learning::data::UserNonPersonalData;

fn main() {
    let _parcel = ParcelData { number: String::new(), weight: 1.5 };
    let _user = UserNonPersonalData { id: 7, is_active: true };
}
