//! A serde serializer that writes like `#[derive(Debug)]`, so that one traversal of a record serves both JSON and
//! `Debug`.

use std::fmt;

use serde::ser::{self, Serialize, Serializer};

/// Implements `Debug` for any `Serialize`.
pub(super) struct DebugView<'a, T: ?Sized>(pub(super) &'a T);

impl<T: Serialize + ?Sized> fmt::Debug for DebugView<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(DebugSerializer(f)).map_err(|_| fmt::Error)
    }
}

struct DebugSerializer<'a, 'b>(&'a mut fmt::Formatter<'b>);

/// An error of the formatter or the value. `fmt` cannot carry its text.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value cannot be shown")
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl From<fmt::Error> for Refused {
    fn from(_: fmt::Error) -> Self {
        Self
    }
}

macro_rules! plain {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, value: $type) -> Result<(), Refused> {
            Ok(fmt::Debug::fmt(&value, self.0)?)
        })*
    };
}

impl<'a, 'b: 'a> Serializer for DebugSerializer<'a, 'b> {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = List<'a, 'b>;
    type SerializeTuple = List<'a, 'b>;
    type SerializeTupleStruct = Tuple<'a, 'b>;
    type SerializeTupleVariant = Tuple<'a, 'b>;
    type SerializeMap = Map<'a, 'b>;
    type SerializeStruct = Struct<'a, 'b>;
    type SerializeStructVariant = Struct<'a, 'b>;

    plain! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f32: f32,
        serialize_f64: f64, serialize_char: char, serialize_str: &str,
    }

    /// Only writes the number of bytes: there may be many, and they are not readable.
    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Refused> {
        Ok(write!(self.0, "<{} bytes>", bytes.len())?)
    }

    fn serialize_none(self) -> Result<(), Refused> {
        Ok(self.0.write_str("None")?)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refused> {
        self.serialize_newtype_struct("Some", value)
    }

    fn serialize_unit(self) -> Result<(), Refused> {
        Ok(self.0.write_str("()")?)
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Refused> {
        Ok(self.0.write_str(name)?)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Refused> {
        self.serialize_unit_struct(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        Ok(self.0.debug_tuple(name).field(&DebugView(value)).finish()?)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        self.serialize_newtype_struct(variant, value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a, 'b>, Refused> {
        Ok(List(self.0.debug_list()))
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'a, 'b>, Refused> {
        Ok(List(self.0.debug_list()))
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Tuple<'a, 'b>, Refused> {
        Ok(Tuple(self.0.debug_tuple(name)))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Tuple<'a, 'b>, Refused> {
        Ok(Tuple(self.0.debug_tuple(variant)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Map<'a, 'b>, Refused> {
        Ok(Map(self.0.debug_map()))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Struct<'a, 'b>, Refused> {
        Ok(Struct(self.0.debug_struct(name)))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Struct<'a, 'b>, Refused> {
        Ok(Struct(self.0.debug_struct(variant)))
    }

    /// Debug text is for people, but "human readable" in serde means a format such as JSON, which cannot represent a
    /// float that is not finite; Debug text can.
    fn is_human_readable(&self) -> bool {
        false
    }
}

struct List<'a, 'b>(fmt::DebugList<'a, 'b>);
struct Tuple<'a, 'b>(fmt::DebugTuple<'a, 'b>);
struct Map<'a, 'b>(fmt::DebugMap<'a, 'b>);
struct Struct<'a, 'b>(fmt::DebugStruct<'a, 'b>);

macro_rules! entries {
    ($($compound:ident { $trait:ident, $method:ident, $entry:ident })*) => {
        $(impl ser::$trait for $compound<'_, '_> {
            type Ok = ();
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                self.0.$entry(&DebugView(value));
                Ok(())
            }

            fn end(mut self) -> Result<(), Refused> {
                Ok(self.0.finish()?)
            }
        })*
    };
}

entries! {
    List { SerializeSeq, serialize_element, entry }
    List { SerializeTuple, serialize_element, entry }
    Tuple { SerializeTupleStruct, serialize_field, field }
    Tuple { SerializeTupleVariant, serialize_field, field }
}

macro_rules! structs {
    ($($trait:ident)*) => {
        $(impl ser::$trait for Struct<'_, '_> {
            type Ok = ();
            type Error = Refused;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Refused> {
                self.0.field(name, &DebugView(value));
                Ok(())
            }

            fn end(mut self) -> Result<(), Refused> {
                Ok(self.0.finish()?)
            }
        })*
    };
}

structs! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for Map<'_, '_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        self.0.key(&DebugView(key));
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.0.value(&DebugView(value));
        Ok(())
    }

    fn end(mut self) -> Result<(), Refused> {
        Ok(self.0.finish()?)
    }
}
