//! Refused: a builder without a field that is required.

use downstream_caller::post::ParcelData;
use openedx_events::learning::data::UserNonPersonalData;

fn main() {
    let _parcel = ParcelData::builder().number("17").build();
    let _user = UserNonPersonalData::builder().is_active(true).build();
}
