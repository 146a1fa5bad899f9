//! All that a caller does with an event and its data. Builds and passes with either version, as it stands.

use downstream_caller::post::{PARCEL_SENT, ParcelData, ParcelSent};
use openedx_events::{AnySignal as _, receiver};

#[receiver(PARCEL_SENT)]
fn weigh(parcel: &ParcelData) -> Result<(), String> {
    let ParcelData { number, weight, .. } = parcel;
    if *weight < 20.0 { Ok(()) } else { Err(format!("{number} is too heavy")) }
}

fn main() {
    let parcel = ParcelData::builder().number("17").weight(1.5).build();
    assert!(PARCEL_SENT.send_event(parcel.clone()).is_ok());
    assert!(PARCEL_SENT.send_event(ParcelSent { parcel: parcel.clone() }).is_ok());

    let heavy = ParcelData::builder().weight(25.0).number("18").build();
    assert_eq!(PARCEL_SENT.send_event(heavy).errors().count(), 1);

    // As the first version wrote it.
    let old =
        PARCEL_SENT.read_json(r#"{"parcel": {"number": "17", "weight": 1.5}}"#).expect("it is still read");
    assert_eq!(old.as_any().downcast_ref(), Some(&ParcelSent { parcel }));
}
