//! The Avro form of field types that hold one value.

use chrono::{DateTime, FixedOffset, Utc};
use uuid::Uuid;

use super::AvroField;
use super::decoder::Decoder;
use super::encoder::{Encoder, long_len, text_len};
use super::error::{DecodeError, EncodeError};
use crate::data::{DATETIME, Enumeration, uuid_text};
use crate::isoformat::{IsoDateTime, LONGEST_TEXT, push_fixed, push_utc};
use crate::keys::for_each_key;

impl AvroField for bool {
    const MIN_LEN: usize = 1;

    #[inline]
    fn nests() -> bool {
        false
    }

    #[inline]
    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        out.write_boolean(*self);
        Ok(())
    }

    #[inline]
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.read_boolean()
    }
}

impl AvroField for i64 {
    const MIN_LEN: usize = 1;

    #[inline]
    fn nests() -> bool {
        false
    }

    #[inline]
    fn len_hint(&self) -> usize {
        long_len(*self)
    }

    #[inline]
    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        out.write_long(*self);
        Ok(())
    }

    #[inline]
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.read_long()
    }
}

/// Smaller integers have the same encoding as `i64`, so the data may contain a number that is out of range.
macro_rules! smaller_numbers {
    ($($type:ident: $expected:literal;)*) => {
        $(impl AvroField for $type {
            const MIN_LEN: usize = 1;

            #[inline]
            fn nests() -> bool {
                false
            }

            #[inline]
            fn len_hint(&self) -> usize {
                long_len((*self).into())
            }

            #[inline]
            fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
                out.write_long((*self).into());
                Ok(())
            }

            #[inline]
            fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                input.read_converted($expected, |number| {
                    $type::try_from(number).map_err(|_| format!("{number} is outside {} to {}", $type::MIN, $type::MAX))
                })
            }
        })*
    };
}

smaller_numbers! {
    i8: "a whole number of 8 bits";
    i16: "a whole number of 16 bits";
    i32: "a whole number of 32 bits";
    u16: "a whole number of 16 bits without sign";
    u32: "a whole number of 32 bits without sign";
}

impl AvroField for f64 {
    const MIN_LEN: usize = 8;

    #[inline]
    fn nests() -> bool {
        false
    }

    #[inline]
    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        out.write_double(*self);
        Ok(())
    }

    #[inline]
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.read_double()
    }
}

/// Encoded as a `double`, which must be representable in 32 bits: nothing is rounded silently.
impl AvroField for f32 {
    const MIN_LEN: usize = 8;

    #[inline]
    fn nests() -> bool {
        false
    }

    #[inline]
    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        out.write_double((*self).into());
        Ok(())
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let before = input.rest();
        let double = input.read_double()?;
        #[expect(clippy::cast_possible_truncation, reason = "compared with what it was below")]
        let float = double as Self;
        if double.is_nan() || f64::from(float).to_bits() == double.to_bits() {
            return Ok(float);
        }
        Err(input.invalid_at(
            before,
            "a float of 32 bits",
            &format_args!("{double:e} cannot be represented exactly"),
        ))
    }
}

impl AvroField for String {
    const MIN_LEN: usize = 1;

    #[inline]
    fn nests() -> bool {
        false
    }

    #[inline]
    fn len_hint(&self) -> usize {
        text_len(self.len())
    }

    #[inline]
    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        out.write_str(self);
        Ok(())
    }

    #[inline]
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.read_str().map(str::to_owned)
    }
}

impl AvroField for Vec<u8> {
    const MIN_LEN: usize = 1;

    #[inline]
    fn nests() -> bool {
        false
    }

    #[inline]
    fn len_hint(&self) -> usize {
        text_len(self.len())
    }

    #[inline]
    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        out.write_bytes(self);
        Ok(())
    }

    #[inline]
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.read_bytes().map(<[u8]>::to_vec)
    }
}

impl AvroField for Uuid {
    const MIN_LEN: usize = 1;

    #[inline]
    fn nests() -> bool {
        false
    }

    #[inline]
    fn len_hint(&self) -> usize {
        text_len(uuid::fmt::Hyphenated::LENGTH)
    }

    #[inline]
    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        out.write_str(self.hyphenated().encode_lower(&mut Self::encode_buffer()));
        Ok(())
    }

    #[inline]
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.read_parsed("a UUID", uuid_text::parse)
    }
}

impl AvroField for DateTime<Utc> {
    const MIN_LEN: usize = 1;

    #[inline]
    fn nests() -> bool {
        false
    }

    #[inline]
    fn len_hint(&self) -> usize {
        text_len(LONGEST_TEXT)
    }

    #[inline]
    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        out.write_short(|bytes| push_utc(*self, bytes))
    }

    #[inline]
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.read_parsed(DATETIME, |text| text.parse().and_then(IsoDateTime::to_utc))
    }
}

impl AvroField for DateTime<FixedOffset> {
    const MIN_LEN: usize = 1;

    #[inline]
    fn nests() -> bool {
        false
    }

    #[inline]
    fn len_hint(&self) -> usize {
        text_len(LONGEST_TEXT)
    }

    #[inline]
    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        out.write_short(|bytes| push_fixed(*self, bytes))
    }

    #[inline]
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.read_parsed(DATETIME, |text| text.parse().and_then(IsoDateTime::to_fixed_offset))
    }
}

/// [`AvroField::decode`] for an enum; `find` returns the variant for a text. Called by generated code.
///
/// # Errors
///
/// Returns an error if the text matches no variant.
pub fn decode_variant<T>(
    input: &mut Decoder<'_>,
    names: &'static Enumeration,
    find: fn(&str) -> Option<T>,
) -> Result<T, DecodeError> {
    input.read_parsed(names.name, |text| {
        find(text)
            .ok_or_else(|| format!("`{}` is not one of {}", text.escape_debug(), names.variants.join(", ")))
    })
}

macro_rules! keys {
    ($($key:ident)*) => {
        $(impl AvroField for crate::keys::$key {
            const MIN_LEN: usize = 1;

            #[inline]
            fn nests() -> bool {
                false
            }

            #[inline]
            fn len_hint(&self) -> usize {
                text_len(self.as_str().len())
            }

            #[inline]
            fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
                out.write_str(self.as_str());
                Ok(())
            }

            #[inline]
            fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                input.read_parsed(stringify!($key), Self::parse)
            }
        })*
    };
}

for_each_key! { keys }
