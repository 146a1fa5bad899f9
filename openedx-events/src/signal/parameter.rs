//! How the parameters of receivers take their values, and how those of steps take fields. Each trait words one mistake.

use std::marker::PhantomData;

use crate::data::EventField;

// The types with which a parameter can take a field. These traits differ in their messages alone: the macro chooses one by
// how the type is spelled, and the type system decides whether the message applies. If it does, the event has the type of
// an error, so that rustc does not report the missing field a second time.

/// A type with which a parameter can take a field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not event data, so no field of an event has this type",
    label = "not event data",
    note = "what `provide` was called with is taken as `#[state] name: &{Self}`",
    note = "the whole event is taken by the name `event`, and its metadata by the name `metadata`"
)]
pub trait FieldParameter<Way> {
    /// The event that has the field.
    type Of<E: 'static>;

    /// The event, as it is.
    fn event<E: 'static>(event: &E) -> &Self::Of<E>;
}

/// A type that is spelled like the metadata's.
#[diagnostic::on_unimplemented(
    message = "metadata is taken by the name `metadata`",
    label = "the parameter of this type has another name",
    note = "call it `metadata`, or `_metadata` if it is not used, and take a reference"
)]
pub trait MetadataParameter<Way> {
    /// The event that has the field.
    type Of<E: 'static>;

    /// The event, as it is.
    fn event<E: 'static>(event: &E) -> &Self::Of<E>;
}

/// A type that is spelled like the event.
#[diagnostic::on_unimplemented(
    message = "the whole event is taken by the name `event`",
    label = "the parameter of this type has another name",
    note = "call it `event`, or `_event` if it is not used, and take a reference"
)]
pub trait EventParameter<Way> {
    /// The event that has the field.
    type Of<E: 'static>;

    /// The event, as it is.
    fn event<E: 'static>(event: &E) -> &Self::Of<E>;
}

/// A type that is spelled like a signal.
#[diagnostic::on_unimplemented(
    message = "the signal is taken by the name `signal`",
    label = "the parameter of this type has another name",
    note = "call it `signal`, or `_signal` if it is not used, and take a reference"
)]
pub trait SignalParameter<Way> {
    /// The event that has the field.
    type Of<E: 'static>;

    /// The event, as it is.
    fn event<E: 'static>(event: &E) -> &Self::Of<E>;
}

/// A type that is spelled like the context of connected closures.
#[diagnostic::on_unimplemented(
    message = "a receiver takes the parts of a `Context`, each by its name",
    label = "only closures that `connect` connects take it as a whole",
    note = "take what you need of it: `metadata: &EventsMetadata`, `signal: &dyn AnySignal`, `from_event_bus: bool`"
)]
pub trait ContextParameter<Way> {
    /// The event that has the field.
    type Of<E: 'static>;

    /// The event, as it is.
    fn event<E: 'static>(event: &E) -> &Self::Of<E>;
}

/// The type of a field.
#[derive(Debug)]
pub struct Data;

/// What a list dereferences to.
#[derive(Debug)]
pub struct Slice;

/// A reference behind an alias.
#[derive(Debug)]
pub struct Reference<Way>(Way);

/// A type that no field has, but which is nearly one: rustc compares it with that of the field.
#[derive(Debug)]
pub struct Primitive;

/// A trait without implementations.
pub trait Nothing {}

macro_rules! parameters {
    ($($Trait:ident)*) => {
        $(
            parameters! { impl $Trait[Data] [T: EventField] T }
            // Never applies. With only one for all `T`, rustc would take that for granted, and report a second time that
            // there is no such field.
            parameters! { impl $Trait[()] [T: Nothing] T }
            parameters! { impl $Trait[Reference<Way>] ['a, T: ?Sized + $Trait<Way>, Way] &'a T }
            parameters! { impl $Trait[Slice] [T] [T] }
            parameters! { impl $Trait[Primitive] [] str }
            parameters! { impl $Trait[Primitive] [] char }
            parameters! { impl $Trait[Primitive] [] Option<char> }
            parameters! { impl $Trait[Primitive] [] u8 }
            parameters! { impl $Trait[Primitive] [] Option<u8> }
            parameters! { impl $Trait[Primitive] [] u64 }
            parameters! { impl $Trait[Primitive] [] Option<u64> }
            parameters! { impl $Trait[Primitive] [] u128 }
            parameters! { impl $Trait[Primitive] [] Option<u128> }
            parameters! { impl $Trait[Primitive] [] usize }
            parameters! { impl $Trait[Primitive] [] Option<usize> }
            parameters! { impl $Trait[Primitive] [] i128 }
            parameters! { impl $Trait[Primitive] [] Option<i128> }
            parameters! { impl $Trait[Primitive] [] isize }
            parameters! { impl $Trait[Primitive] [] Option<isize> }
        )*
    };
    (impl $Trait:ident[$Way:ty] [$($generics:tt)*] $Type:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $Trait<$Way> for $Type {
            type Of<E: 'static> = E;

            #[inline]
            fn event<E: 'static>(event: &E) -> &E {
                event
            }
        }
    };
}

parameters! { FieldParameter MetadataParameter EventParameter SignalParameter ContextParameter }

/// Converts a field to the type of a parameter that is not spelled as a reference.
#[diagnostic::on_unimplemented(
    message = "the field holds `{F}`, and cannot be taken as `{Self}`",
    label = "this field holds `{F}`",
    note = "take `&{F}`; a type that is `Copy` can be taken by value, too"
)]
pub trait FromField<'a, F> {
    /// The field, copied or borrowed.
    fn from_field(field: &'a F) -> Self;
}

impl<'a, T> FromField<'a, T> for T
where
    Field<T>: ByValue<T>,
{
    #[inline]
    fn from_field(field: &'a T) -> Self {
        Field::copy(field)
    }
}

// Never applies. It is there for its message.
impl<'a, T> FromField<'a, Option<T>> for T
where
    Field<Option<T>>: ByValueInside<T>,
{
    fn from_field(field: &'a Option<T>) -> Self {
        Field::inside(field)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T> FromField<'a, T> for &'a T {
    #[inline]
    fn from_field(field: &'a T) -> Self {
        field
    }
}

#[diagnostic::do_not_recommend]
impl<'a> FromField<'a, String> for &'a str {
    #[inline]
    fn from_field(field: &'a String) -> Self {
        field
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T> FromField<'a, Vec<T>> for &'a [T] {
    #[inline]
    fn from_field(field: &'a Vec<T>) -> Self {
        field
    }
}

/// Converts a field to the type of a parameter. These are methods, as rustc does not go on about a method of what it has
/// reported already.
pub trait TakeField: Sized {
    /// For a parameter that is not spelled as a reference.
    #[inline]
    fn take_field<'a, P: FromField<'a, Self>>(&'a self) -> P {
        P::from_field(self)
    }

    /// For a parameter that is spelled `Option<&T>`.
    #[inline]
    fn take_option<'a, P: OptionOf<'a, Self>>(&'a self) -> P {
        P::option_of(self)
    }
}

impl<F> TakeField for F {}

/// A field of this type. rustc takes the messages of the traits below only where it is asked about another type than that
/// of the parameter.
#[derive(Debug)]
pub struct Field<T>(PhantomData<T>);

/// A field that a parameter takes by value.
#[diagnostic::on_unimplemented(
    message = "a parameter cannot take `{T}` by value",
    label = "`{T}` is not `Copy`",
    note = "take a reference, `&{T}`; clone in the function what it has to keep"
)]
pub trait ByValue<T> {
    /// A copy of the field.
    fn copy(field: &T) -> T;
}

#[diagnostic::do_not_recommend]
impl<T: Copy> ByValue<T> for Field<T> {
    #[inline]
    fn copy(field: &T) -> T {
        *field
    }
}

/// A value in place of an optional field: no field is that.
#[diagnostic::on_unimplemented(
    message = "the field is optional, and cannot be taken as `{T}`",
    label = "this field holds `Option<{T}>`",
    note = "take `Option<{T}>` if that is `Copy`, or else `Option<&{T}>`"
)]
pub trait ByValueInside<T> {
    /// The value, which may not be there.
    fn inside(field: &Option<T>) -> T;
}

/// Converts an `Option` field to an `Option` of a reference.
#[diagnostic::on_unimplemented(
    message = "the field `{F}` cannot be taken as `{Self}`",
    label = "this field holds `{F}`",
    note = "`Option<&T>` takes a field of type `Option<T>`; any other field is taken as `&T`"
)]
pub trait OptionOf<'a, F> {
    /// The field, borrowed inside.
    fn option_of(field: &'a F) -> Self;
}

#[diagnostic::do_not_recommend]
impl<'a, T> OptionOf<'a, Option<T>> for Option<&'a T> {
    #[inline]
    fn option_of(field: &'a Option<T>) -> Self {
        field.as_ref()
    }
}

#[diagnostic::do_not_recommend]
impl<'a> OptionOf<'a, Option<String>> for Option<&'a str> {
    #[inline]
    fn option_of(field: &'a Option<String>) -> Self {
        field.as_deref()
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T> OptionOf<'a, Option<Vec<T>>> for Option<&'a [T]> {
    #[inline]
    fn option_of(field: &'a Option<Vec<T>>) -> Self {
        field.as_deref()
    }
}

/// Takes the event, its metadata or its signal for a parameter that is not spelled as a reference.
#[diagnostic::on_unimplemented(
    message = "a receiver takes a reference to `{Self}`, and not `{P}`",
    label = "this is lent to all receivers of the event",
    note = "take a reference, `&{Self}`; clone inside the receiver what it has to keep"
)]
pub trait Lent<'a, P> {
    /// The value, as it is.
    fn lent(&'a self) -> P;
}

#[diagnostic::do_not_recommend]
impl<'a, V: ?Sized> Lent<'a, &'a V> for V {
    #[inline]
    fn lent(&'a self) -> &'a V {
        self
    }
}

/// Takes the event, its metadata or its signal for a parameter that is not spelled as a reference.
#[inline]
pub fn lent<'a, V: ?Sized + Lent<'a, P>, P>(value: &'a V) -> P {
    value.lent()
}

/// Takes whether the event came from the event bus.
#[diagnostic::on_unimplemented(
    message = "`from_event_bus` is a `bool`, and cannot be taken as `{P}`",
    label = "this is a `bool`",
    note = "take `from_event_bus: bool`"
)]
pub trait Flag<P> {
    /// The value, as it is.
    fn flag(self) -> P;
}

#[diagnostic::do_not_recommend]
impl Flag<bool> for bool {
    #[inline]
    fn flag(self) -> bool {
        self
    }
}

/// Takes whether the event came from the event bus.
#[inline]
pub fn flag<P>(value: bool) -> P
where
    bool: Flag<P>,
{
    value.flag()
}
