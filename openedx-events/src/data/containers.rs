//! Field types that hold other field types.

use std::collections::{BTreeMap, HashMap, btree_map, hash_map};
use std::fmt;
use std::hash::BuildHasher;
use std::marker::PhantomData;

use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap as _, Serializer};

use super::json::{Seed, Value};
use super::{EventField, FieldType, Map, PersonalData};

impl<T: EventField> EventField for Option<T> {
    const TYPE: FieldType = FieldType::Optional(&T::TYPE);

    fn serialize<S: Serializer>(&self, serializer: S, personal: PersonalData) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => serializer.serialize_some(&Value { value, personal }),
            None => serializer.serialize_none(),
        }
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(OptionVisitor(PhantomData))
    }

    fn missing() -> Option<Self> {
        Some(None)
    }
}

struct OptionVisitor<T>(PhantomData<T>);

impl<'de, T: EventField> Visitor<'de> for OptionVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} or null", T::TYPE)
    }

    fn visit_none<E: de::Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        T::deserialize(deserializer).map(Some)
    }
}

impl<T: EventField> EventField for Vec<T> {
    const TYPE: FieldType = FieldType::List(&T::TYPE);

    fn serialize<S: Serializer>(&self, serializer: S, personal: PersonalData) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(|value| Value { value, personal }))
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: EventField> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of {}", T::TYPE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        // The format's size hint is ignored: the sender must not decide how much memory is allocated.
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Seed(PhantomData))? {
            values.push(value);
        }
        Ok(values)
    }
}

/// Maps are written in the order of their keys' code points, as Python's `sort_keys` does.
impl<T: EventField> EventField for BTreeMap<String, T> {
    const TYPE: FieldType = FieldType::Map(&T::TYPE);

    fn serialize<S: Serializer>(&self, serializer: S, personal: PersonalData) -> Result<S::Ok, S::Error> {
        write_map(self.iter(), serializer, personal)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MapVisitor::<Self>(PhantomData))
    }
}

/// Already in key order.
impl<T: EventField> EventField for Map<String, T> {
    const TYPE: FieldType = FieldType::Map(&T::TYPE);

    fn serialize<S: Serializer>(&self, serializer: S, personal: PersonalData) -> Result<S::Ok, S::Error> {
        write_map(self.iter(), serializer, personal)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MapVisitor::<Self>(PhantomData))
    }
}

/// Also written in key order, so that equal maps have equal text.
impl<T, H> EventField for HashMap<String, T, H>
where
    T: EventField,
    H: BuildHasher + Default + Send + Sync + 'static,
{
    const TYPE: FieldType = FieldType::Map(&T::TYPE);

    fn serialize<S: Serializer>(&self, serializer: S, personal: PersonalData) -> Result<S::Ok, S::Error> {
        let sorted: BTreeMap<&String, &T> = self.iter().collect();
        write_map(sorted.into_iter(), serializer, personal)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MapVisitor::<Self>(PhantomData))
    }
}

fn write_map<'a, T: EventField, S: Serializer>(
    entries: impl ExactSizeIterator<Item = (&'a String, &'a T)>,
    serializer: S,
    personal: PersonalData,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (key, value) in entries {
        map.serialize_entry(key, &Value { value, personal })?;
    }
    map.end()
}

struct MapVisitor<M>(PhantomData<M>);

impl<'de, T: EventField> Visitor<'de> for MapVisitor<BTreeMap<String, T>> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map of {}", T::TYPE)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let mut entries = BTreeMap::new();
        read_map(map, |key, value| match entries.entry(key) {
            btree_map::Entry::Occupied(entry) => Err(entry.key().clone()),
            btree_map::Entry::Vacant(entry) => {
                entry.insert(value);
                Ok(())
            }
        })?;
        Ok(entries)
    }
}

impl<'de, T: EventField> Visitor<'de> for MapVisitor<Map<String, T>> {
    type Value = Map<String, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map of {}", T::TYPE)
    }

    /// Collects into a map that is fast to fill in any order.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        MapVisitor::<BTreeMap<String, T>>(PhantomData).visit_map(map).map(Map::from)
    }
}

impl<'de, T: EventField, H: BuildHasher + Default> Visitor<'de> for MapVisitor<HashMap<String, T, H>> {
    type Value = HashMap<String, T, H>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map of {}", T::TYPE)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let mut entries = HashMap::default();
        read_map(map, |key, value| match entries.entry(key) {
            hash_map::Entry::Occupied(entry) => Err(entry.key().clone()),
            hash_map::Entry::Vacant(entry) => {
                entry.insert(value);
                Ok(())
            }
        })?;
        Ok(entries)
    }
}

/// Passes each entry to `insert`, which returns the key if it already exists.
fn read_map<'de, T: EventField, A: MapAccess<'de>>(
    mut map: A,
    mut insert: impl FnMut(String, T) -> Result<(), String>,
) -> Result<(), A::Error> {
    while let Some(key) = map.next_key::<String>()? {
        insert(key, map.next_value_seed(Seed(PhantomData))?).map_err(|key| {
            de::Error::custom(format_args!("the key `{}` is given twice", key.escape_debug()))
        })?;
    }
    Ok(())
}
