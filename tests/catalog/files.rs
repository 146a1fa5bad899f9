//! Files in events: the pictures of signatures.

use std::io::{Cursor, Read as _};
use std::sync::Arc;

use openedx_events::content_authoring::data::{CertificateConfigData, CertificateSignatoryData};
use openedx_events::content_authoring::signals::{
    COURSE_CERTIFICATE_CONFIG_CHANGED, CourseCertificateConfigChanged,
};
use openedx_events::data::{BinaryFile, FieldType};
use openedx_events::testing;
use openedx_events::{EventData, EventField};
use serde_test::{Configure as _, Token, assert_tokens};

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\xff";

fn configuration(picture: &BinaryFile) -> CertificateConfigData {
    let signatory = CertificateSignatoryData::builder()
        .image(picture.clone())
        .name("Grace Hopper")
        .organization("edX")
        .title("Dean")
        .build();
    CertificateConfigData::builder()
        .certificate_type("verified")
        .course_key("course-v1:edX+DemoX+2026".parse().expect("a key"))
        .title("Verified Certificate")
        .signatories(vec![signatory])
        .is_active(true)
        .build()
}

#[test]
fn an_event_with_a_file_is_sent_and_received() {
    let scope = testing::isolate([&COURSE_CERTIFICATE_CONFIG_CHANGED]);
    let picture = BinaryFile::new(PICTURE);
    COURSE_CERTIFICATE_CONFIG_CHANGED.send_event(configuration(&picture));
    let sent = scope.sent::<CourseCertificateConfigChanged>();
    let received = &sent[0].certificate_config.signatories[0].image;
    assert_eq!(*received, picture);
    // The same bytes, not a copy of them.
    assert!(std::ptr::eq(received.as_bytes(), picture.as_bytes()));
}

#[test]
fn a_file_is_base64_text_in_json() {
    let configuration = configuration(&BinaryFile::new(PICTURE));
    let json = serde_json::to_value(&configuration).expect("it has a JSON form");
    assert_eq!(json["signatories"][0]["image"], "iVBORw0KGgoA/w==");
    assert_eq!(
        serde_json::from_value::<CertificateConfigData>(json).expect("what was written"),
        configuration
    );
}

#[test]
fn what_is_no_base64_is_refused() {
    for wrong in ["\"iVBORw0KGgoA/w\"", "\"not base64\"", "[1, 2]", "1", "null"] {
        let json = format!(r#"{{"image": {wrong}, "name": "", "organization": "", "title": ""}}"#);
        assert!(serde_json::from_str::<CertificateSignatoryData>(&json).is_err(), "{wrong}");
    }
}

/// A format with bytes of its own has no need of base64.
#[test]
fn a_binary_format_has_the_bytes_themselves() {
    let [signatory] = &configuration(&BinaryFile::new(PICTURE)).signatories[..] else {
        panic!("one signatory")
    };
    assert_tokens(
        &signatory.clone().compact(),
        &[
            Token::Struct { name: "CertificateSignatoryData", len: 4 },
            Token::Str("image"),
            Token::Bytes(PICTURE),
            Token::Str("name"),
            Token::Str("Grace Hopper"),
            Token::Str("organization"),
            Token::Str("edX"),
            Token::Str("title"),
            Token::Str("Dean"),
            Token::StructEnd,
        ],
    );
}

#[test]
fn a_file_is_made_of_bytes_of_any_owner() {
    let shared: Arc<[u8]> = PICTURE.into();
    let of_shared = BinaryFile::new(Arc::clone(&shared));
    assert!(std::ptr::eq(of_shared.as_bytes(), shared.as_ref()));
    for file in [
        of_shared,
        BinaryFile::new(PICTURE),
        BinaryFile::new(PICTURE.to_vec()),
        BinaryFile::new(b"\x89PNG\r\n\x1a\n\0\xff"),
        BinaryFile::from(*b"\x89PNG\r\n\x1a\n\0\xff"),
    ] {
        assert_eq!((file.as_bytes(), file.as_ref(), &*file), (PICTURE, PICTURE, PICTURE));
        let mut read = Vec::new();
        file.reader().read_to_end(&mut read).expect("it is in memory");
        Cursor::new(file).read_to_end(&mut read).expect("it is in memory");
        assert_eq!(read, [PICTURE, PICTURE].concat());
    }
    assert_ne!(BinaryFile::new(PICTURE), BinaryFile::default());
    assert!(BinaryFile::default().is_empty());
}

#[test]
fn debug_shows_the_length() {
    /// A file that is nobody's.
    #[derive(Clone, PartialEq, EventData)]
    #[event_data(in_process)]
    struct Letter {
        attachment: BinaryFile,
        #[event_data(pii)]
        addressee: String,
    }

    let letter = Letter { attachment: BinaryFile::new(PICTURE), addressee: "Ada".into() };
    assert_eq!(format!("{:?}", letter.attachment), "BinaryFile(10 bytes)");
    assert_eq!(format!("{letter:?}"), r#"Letter { attachment: <10 bytes>, addressee: "<redacted>" }"#);
}

#[test]
fn its_type_is_a_type_of_its_own() {
    assert!(matches!(BinaryFile::TYPE, FieldType::File));
    assert_eq!(BinaryFile::TYPE.to_string(), "file");
}
