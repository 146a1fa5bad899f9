//! What is declared with a type, signals and other hooks alike: its order, looking it up, and types that several have.

use std::collections::BTreeMap;
use std::panic::Location;

/// A declared hook.
pub(crate) trait Declared {
    /// Its type, such as `org.openedx.learning.course.enrollment.created.v1`.
    fn hook_type(&self) -> &'static str;

    /// The module, the name of the static, and where that is declared.
    fn place(&self) -> (&'static str, &'static str, &'static Location<'static>);
}

/// Sorts by type, then by location, as `inventory` promises no order.
pub(crate) fn sort(declared: &mut [impl Declared]) {
    declared.sort_by_key(|each| {
        let (.., location) = each.place();
        (each.hook_type(), location.file(), location.line(), location.column())
    });
}

/// Those of a type, of a list that is sorted.
pub(crate) fn of_type<'l, T: Declared>(sorted: &'l [T], hook_type: &str) -> &'l [T] {
    let start = sorted.partition_point(|each| each.hook_type() < hook_type);
    let rest = &sorted[start..];
    &rest[..rest.partition_point(|each| each.hook_type() == hook_type)]
}

/// The types that several have, of a list that is sorted, and where these are declared.
pub(crate) fn duplicates<T: Declared>(sorted: &[T]) -> BTreeMap<&'static str, String> {
    let of_one_type = sorted.chunk_by(|a, b| a.hook_type() == b.hook_type());
    let several = of_one_type.filter(|declared| declared.len() > 1);
    several.map(|declared| (declared[0].hook_type(), places(declared))).collect()
}

fn places(declared: &[impl Declared]) -> String {
    let place = |each: &_| {
        let (module, name, location) = Declared::place(each);
        format!("{module}::{name} ({location})")
    };
    declared.iter().map(place).collect::<Vec<_>>().join(" and ")
}
