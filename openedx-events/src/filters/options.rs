//! Options of steps, as the settings give them: [`StepOptions`].

use std::any::{Any, type_name};

use serde::de::value::Error as ProbeError;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use super::step::StepContext;
use crate::BoxError;
use crate::receiver::similar_state::ShortName;

/// The options of a step, read.
pub(crate) type Options = Box<dyn Any + Send + Sync>;

/// How the options of a step are read from the members of its filter's setting.
#[derive(Debug)]
pub struct OptionsNeed {
    read: fn(&Map<String, Value>) -> Result<Options, InvalidOption>,
    /// The members that it knows; `None` if it takes whatever there is.
    members: fn() -> Option<&'static [&'static str]>,
}

/// An option that does not fit.
#[derive(Debug)]
pub(crate) struct InvalidOption {
    /// The path of the member, such as `limits.days`; empty if one is missing.
    pub(crate) path: String,
    pub(crate) error: String,
}

impl OptionsNeed {
    /// Reads the options from those members that they know.
    pub(crate) fn read(&self, members: &Map<String, Value>) -> Result<Options, InvalidOption> {
        match self.members() {
            None => (self.read)(members),
            Some(known) => {
                let is_known = |(name, _): &(&String, &Value)| known.contains(&name.as_str());
                let known = members.iter().filter(is_known);
                (self.read)(&known.map(|(name, value)| (name.clone(), value.clone())).collect())
            }
        }
    }

    /// The members that it knows; `None` if it takes whatever there is.
    pub(crate) fn members(&self) -> Option<&'static [&'static str]> {
        (self.members)()
    }
}

/// A type that options can be read into. Generated code calls it by its name alone, so that rustc reports a type that cannot be
/// read only once.
#[diagnostic::on_unimplemented(
    message = "the options of a step cannot be read into `{Self}`",
    label = "this type cannot be read from the settings",
    note = "options implement serde's `Deserialize`, own what they hold, and are `Send` and `Sync`: `#[derive(serde::Deserialize)]`"
)]
pub trait StepOptions: Send + Sync + Sized + 'static {
    /// For the registration.
    const NEED: OptionsNeed;

    /// The options of the step that is called.
    ///
    /// # Errors
    ///
    /// There are none.
    fn of<'a>(context: &StepContext<'a>) -> Result<&'a Self, BoxError>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + Sync + 'static> StepOptions for T {
    const NEED: OptionsNeed = OptionsNeed { read: read::<T>, members: members::<T> };

    fn of<'a>(context: &StepContext<'a>) -> Result<&'a Self, BoxError> {
        let options = context.options.and_then(|options| options.downcast_ref());
        options.ok_or_else(|| format!("no options of the type `{}`", ShortName(type_name::<T>())).into())
    }
}

fn read<T: DeserializeOwned + Send + Sync + 'static>(
    members: &Map<String, Value>,
) -> Result<Options, InvalidOption> {
    match serde_path_to_error::deserialize::<_, T>(Value::Object(members.clone())) {
        Ok(options) => Ok(Box::new(options)),
        Err(error) => {
            let path = error.path().to_string();
            let path = if path == "." { String::new() } else { path };
            Err(InvalidOption { path, error: error.into_inner().to_string() })
        }
    }
}

/// Asks a type for its members, by reading it from what tells none.
fn members<T: DeserializeOwned>() -> Option<&'static [&'static str]> {
    let mut probe = Probe(None);
    // It is an error in any case: there is nothing to read.
    let _ = T::deserialize(&mut probe);
    probe.0
}

/// Keeps the members that a struct asks for.
struct Probe(Option<&'static [&'static str]>);

impl<'de> Deserializer<'de> for &mut Probe {
    type Error = ProbeError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ProbeError> {
        Err(ProbeError::custom("there is nothing to read"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        members: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ProbeError> {
        self.0 = Some(members);
        self.deserialize_any(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ProbeError> {
        self.0 = Some(&[]);
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ProbeError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit seq tuple tuple_struct map
        enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Limits {
        days: u32,
        #[serde(default, alias = "fine")]
        fee: u32,
    }

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn a_step_reads_the_members_that_it_knows() {
        let need = <Limits as StepOptions>::NEED;
        assert_eq!(need.members().map(|members| members.contains(&"fine")), Some(true));
        let options =
            need.read(&object(json!({"days": 3, "fine": 5, "of_another_step": []}))).expect("it fits");
        assert_eq!(options.downcast_ref(), Some(&Limits { days: 3, fee: 5 }));
    }

    #[test]
    fn a_map_takes_whatever_there_is() {
        let need = <BTreeMap<String, u32> as StepOptions>::NEED;
        assert_eq!(need.members(), None);
        assert!(need.read(&object(json!({"a": 1, "b": 2}))).is_ok());
    }

    #[test]
    fn what_does_not_fit_has_a_path() {
        let need = <Limits as StepOptions>::NEED;
        let error = need.read(&object(json!({"days": "three"}))).expect_err("no number");
        assert_eq!(error.path, "days");
        let error = need.read(&Map::new()).expect_err("a member is missing");
        assert_eq!((error.path.as_str(), error.error.as_str()), ("", "missing field `days`"));
    }
}
