//! [`Map`], a compact sorted map.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Index;

use litemap::LiteMap;

/// A map that stores its entries contiguously in key order. The catalog uses this type for maps, with text as keys.
///
/// It takes less memory than a `BTreeMap` if it has few entries. Lookups take logarithmic time. Insertion takes linear
/// time unless the key is the last one.
///
/// # Examples
///
/// ```
/// use openedx_events::data::Map;
///
/// let mut map = Map::from([("subject".to_owned(), "Welcome"), ("name".to_owned(), "Ada")]);
/// map.insert("course".to_owned(), "Demo");
///
/// assert_eq!(map["name"], "Ada");
/// assert_eq!(map.get("term"), None);
/// assert_eq!(map.keys().collect::<Vec<_>>(), ["course", "name", "subject"]);
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Map<K, V>(LiteMap<K, V>);

impl<K, V> Map<K, V> {
    /// Creates an empty map. Does not allocate.
    pub const fn new() -> Self {
        Self(LiteMap::new_vec())
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns `true` if the map has no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns an iterator over the entries, in key order.
    #[inline]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter(self.0.as_slice().iter())
    }

    /// Returns an iterator over the keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.iter().map(|(key, _)| key)
    }

    /// Returns an iterator over the values, in key order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Ord, V> Map<K, V> {
    /// Creates a map from entries that are sorted and have distinct keys.
    pub(crate) fn from_sorted(entries: Vec<(K, V)>) -> Self {
        Self(LiteMap::from_sorted_store_unchecked(entries))
    }

    /// Returns the value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(key)
    }

    /// Returns a mutable reference to the value of a key.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.0.get_mut(key)
    }

    /// Returns `true` if the map contains the key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.contains_key(key)
    }

    /// Inserts an entry and returns the former value of the key.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }

    /// Removes an entry and returns its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.0.remove(key)
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Panics if the key is not in the map.
impl<Q: Ord + ?Sized, K: Ord + Borrow<Q>, V> Index<&Q> for Map<K, V> {
    type Output = V;

    fn index(&self, key: &Q) -> &V {
        match self.get(key) {
            Some(value) => value,
            None => panic!("no entry found for key"),
        }
    }
}

/// If several entries have the same key, the last one wins.
impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

/// If several entries have the same key, the last one wins.
impl<K: Ord, V, const N: usize> From<[(K, V); N]> for Map<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

/// Reuses the allocation if the entries are in key order. If several entries have the same key, the last one wins.
impl<K: Ord, V> From<Vec<(K, V)>> for Map<K, V> {
    fn from(entries: Vec<(K, V)>) -> Self {
        if entries.is_sorted_by(|(one, _), (next, _)| one < next) {
            return Self::from_sorted(entries);
        }
        entries.into_iter().collect()
    }
}

impl<K: Ord, V> From<BTreeMap<K, V>> for Map<K, V> {
    fn from(entries: BTreeMap<K, V>) -> Self {
        Self::from_sorted(entries.into_iter().collect())
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_tuple_vec().into_iter()
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

/// The entries of a [`Map`], in key order.
#[derive(Debug)]
pub struct Iter<'a, K, V>(std::slice::Iter<'a, (K, V)>);

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, value)| (key, value))
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_in_key_order_and_the_last_of_a_key_stays() {
        let mut map = Map::from([("b", 1), ("a", 2), ("b", 3)]);
        map.extend([("c", 4), ("a", 5)]);

        assert_eq!(format!("{map:?}"), r#"{"a": 5, "b": 3, "c": 4}"#);
        assert_eq!((&map).into_iter().rev().map(|(_, value)| *value).collect::<Vec<_>>(), [4, 3, 5]);
        assert_eq!((map.remove("b"), map.remove("b"), map.len()), (Some(3), None, 2));
        assert_eq!(map.into_iter().collect::<Vec<_>>(), [("a", 5), ("c", 4)]);
        assert_eq!(Map::from(vec![(2, 'b'), (1, 'a'), (2, 'c')]).values().collect::<String>(), "ac");
    }
}
