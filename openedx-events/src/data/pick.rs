//! Values of single fields of a record whose type is known at run time only: [`Picked`].

use std::fmt;

use serde::ser::{self, Impossible, Serialize, Serializer};

use super::{EventData, PersonalData, json};

/// A value inside a record. Text stands for everything that has the form of text in JSON: keys, UUIDs, times, enums.
#[derive(Clone, Debug, PartialEq)]
pub enum Picked {
    /// Null, not there, or a record or a map.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Long(i64),
    /// A float.
    Double(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Picked>),
}

/// The value at the end of a path, whose steps are names of fields and keys of maps. Personal data is not redacted.
pub(crate) fn pick<T: EventData>(record: &T, path: &[String]) -> Picked {
    // What has no JSON form, such as a datetime after the year 9999, is not there.
    json::serialize_record(record, Picker { path }, PersonalData::Keep).unwrap_or(Picked::Null)
}

/// Serializes what is on the path, and nothing else.
#[derive(Clone, Copy)]
struct Picker<'a> {
    path: &'a [String],
}

/// The members of a record or a map.
struct Members<'a> {
    path: &'a [String],
    /// Whether the value of a map that follows is the one.
    is_next: bool,
    found: Picked,
}

struct List<'a> {
    picker: Picker<'a>,
    list: Vec<Picked>,
}

/// The value has no JSON form.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value cannot be picked")
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'a> Picker<'a> {
    /// The value, if the path ends here.
    fn end(self, value: impl FnOnce() -> Picked) -> Picked {
        if self.path.is_empty() { value() } else { Picked::Null }
    }

    fn members(self) -> Members<'a> {
        Members { path: self.path, is_next: false, found: Picked::Null }
    }
}

macro_rules! longs {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<Picked, Refused> {
            Ok(self.end(|| Picked::Long(value.into())))
        })*
    };
}

impl<'a> Serializer for Picker<'a> {
    type Ok = Picked;
    type Error = Refused;
    type SerializeSeq = List<'a>;
    type SerializeTuple = Impossible<Picked, Refused>;
    type SerializeTupleStruct = Impossible<Picked, Refused>;
    type SerializeTupleVariant = Impossible<Picked, Refused>;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Impossible<Picked, Refused>;

    longs! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_u8: u8,
        serialize_u16: u16, serialize_u32: u32
    }

    fn serialize_bool(self, value: bool) -> Result<Picked, Refused> {
        Ok(self.end(|| Picked::Boolean(value)))
    }

    fn serialize_u64(self, value: u64) -> Result<Picked, Refused> {
        Ok(self.end(|| i64::try_from(value).map_or(Picked::Null, Picked::Long)))
    }

    fn serialize_f32(self, value: f32) -> Result<Picked, Refused> {
        Ok(self.end(|| Picked::Double(value.into())))
    }

    fn serialize_f64(self, value: f64) -> Result<Picked, Refused> {
        Ok(self.end(|| Picked::Double(value)))
    }

    fn serialize_char(self, value: char) -> Result<Picked, Refused> {
        Ok(self.end(|| Picked::Text(value.into())))
    }

    fn serialize_str(self, value: &str) -> Result<Picked, Refused> {
        Ok(self.end(|| Picked::Text(value.to_owned())))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Picked, Refused> {
        Ok(Picked::Null)
    }

    fn serialize_none(self) -> Result<Picked, Refused> {
        Ok(Picked::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Picked, Refused> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Picked, Refused> {
        Ok(Picked::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Picked, Refused> {
        Ok(Picked::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Picked, Refused> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Picked, Refused> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Picked, Refused> {
        Err(Refused)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, Refused> {
        Ok(List { picker: self, list: Vec::new() })
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Refused> {
        Err(Refused)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Refused> {
        Err(Refused)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Refused> {
        Err(Refused)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'a>, Refused> {
        Ok(self.members())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'a>, Refused> {
        Ok(self.members())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Refused> {
        Err(Refused)
    }
}

impl ser::SerializeStruct for Members<'_> {
    type Ok = Picked;
    type Error = Refused;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        if let [step, path @ ..] = self.path
            && step == name
        {
            self.found = value.serialize(Picker { path })?;
        }
        Ok(())
    }

    fn end(self) -> Result<Picked, Refused> {
        Ok(self.found)
    }
}

impl ser::SerializeMap for Members<'_> {
    type Ok = Picked;
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        let key = key.serialize(Picker { path: &[] })?;
        self.is_next = matches!((self.path, key), ([step, ..], Picked::Text(key)) if *step == key);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        if self.is_next {
            self.found = value.serialize(Picker { path: self.path.get(1..).unwrap_or_default() })?;
        }
        Ok(())
    }

    fn end(self) -> Result<Picked, Refused> {
        Ok(self.found)
    }
}

impl ser::SerializeSeq for List<'_> {
    type Ok = Picked;
    type Error = Refused;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        if self.picker.path.is_empty() {
            self.list.push(value.serialize(self.picker)?);
        }
        Ok(())
    }

    fn end(self) -> Result<Picked, Refused> {
        Ok(self.picker.end(|| Picked::List(self.list)))
    }
}
