//! Resolution of data from the writer's schema to ours, as the Avro specification says.
//!
//! Values are read by the writer's schema and written by ours as they are read, so that no more memory is taken than for the
//! result.

use std::collections::HashMap;
use std::rc::Rc;

use super::WriterSchema;
use super::plan::Plan;
use super::walk::{KEY, Walk};
use crate::avro::encoder::Encoder;
use crate::avro::error::{DecodeError, Problem};
use crate::avro::fingerprint::Fingerprint;
use crate::avro::locate::Place;
use crate::avro::schema::{Named, Primitive, Tree, Type};

/// Maximum length of an event that is resolved from data of this length. The defaults of fields that the writer did not
/// know can be longer than all that it wrote.
const fn max_len(len: usize) -> usize {
    len.saturating_mul(64).saturating_add(1 << 20)
}

/// Encodes an event anew with our schema. Nothing may follow it.
pub(super) fn resolve(writer: &WriterSchema, reader: &Tree, bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut resolution = Resolution {
        walk: Walk::new(&writer.tree, bytes),
        reader,
        fingerprint: writer.fingerprint,
        plans: HashMap::new(),
        out: Vec::with_capacity(bytes.len()),
    };
    match resolution.value(&writer.tree.root, &reader.root) {
        Ok(()) => resolution.walk.input.finish().map(|()| resolution.out),
        // Errors show no values, only types, counts and indexes; which fields of a foreign schema are personal is not
        // known.
        Err(error) => Err(error.locate(Place { path: resolution.walk.path, is_personal: false })),
    }
}

struct Resolution<'a> {
    walk: Walk<'a>,
    reader: &'a Tree,
    fingerprint: Fingerprint,
    /// How one record is read as another, by their names.
    plans: HashMap<(&'a str, &'a str), Rc<Plan>>,
    out: Vec<u8>,
}

impl<'a> Resolution<'a> {
    fn value(&mut self, from: &'a Type, to: &'a Type) -> Result<(), DecodeError> {
        let start = self.walk.begin()?;
        match (from, to) {
            (Type::Union(branches), _) => {
                let from = self.walk.branch(branches)?;
                self.value(from, to)?;
            }
            (_, Type::Union(branches)) => self.as_branch(from, to, branches)?,
            (Type::Array(from), Type::Array(to)) => self.blocks(from, |resolution, index| {
                let outside = resolution.walk.step(&format!("[{index}]"));
                resolution.value(from, to)?;
                resolution.walk.leave(outside);
                Ok(())
            })?,
            (Type::Map(from), Type::Map(to)) => self.blocks(&KEY, |resolution, _| {
                let key = resolution.walk.input.read_str()?;
                Encoder::new(&mut resolution.out).write_str(key);
                let outside = resolution.walk.step("{}");
                resolution.value(from, to)?;
                resolution.walk.leave(outside);
                Ok(())
            })?,
            (Type::Named(one), Type::Named(other)) => self.record((from, one), (to, other))?,
            (Type::Primitive(_) | Type::StringEnum(_), Type::Primitive(_) | Type::StringEnum(_)) => {
                self.scalar(from, to)?;
            }
            _ => return Err(self.mismatch(from, to)),
        }
        self.walk.end(start)
    }

    /// Takes the first branch that the value can be read as.
    fn as_branch(&mut self, from: &'a Type, to: &'a Type, branches: &'a [Type]) -> Result<(), DecodeError> {
        let place = branches
            .iter()
            .position(|branch| branch == from)
            .or_else(|| branches.iter().position(|branch| is_read_as(from, branch)));
        let Some(place) = place else { return Err(self.mismatch(from, to)) };
        Encoder::new(&mut self.out).write_len(place);
        self.value(from, &branches[place])
    }

    fn blocks(
        &mut self,
        items: &'a Type,
        mut item: impl FnMut(&mut Self, usize) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let mut index = 0;
        loop {
            let count = self.walk.count(items)?;
            Encoder::new(&mut self.out).write_len(count);
            if count == 0 {
                return Ok(());
            }
            for _ in 0..count {
                item(self, index)?;
                index += 1;
            }
        }
    }

    fn record(
        &mut self,
        (from, one): (&'a Type, &'a str),
        (to, other): (&'a Type, &'a str),
    ) -> Result<(), DecodeError> {
        let (Named::Record(written), Named::Record(read)) = (self.walk.get(one), self.reader.get(other))
        else {
            return Err(self.mismatch(from, to));
        };
        let plan = if let Some(plan) = self.plans.get(&(one, other)) {
            Rc::clone(plan)
        } else {
            let plan = Plan::new(self.reader, written, read).map_err(|reason| self.unresolved(reason))?;
            let plan = Rc::new(plan);
            self.plans.insert((one, other), Rc::clone(&plan));
            plan
        };
        self.walk.input.enter()?;
        let start = self.out.len();
        // Where the end of each of our fields is, from `start` on, in the order in which they were written.
        let mut ends = Vec::with_capacity(plan.len());
        for (field, place) in written.iter().zip(plan.places()) {
            let outside = self.walk.field(&field.name);
            match place {
                Some(place) => {
                    self.value(&field.field_type, &read[place].field_type)?;
                    ends.push((place, self.out.len() - start));
                }
                None => self.walk.skip(&field.field_type)?,
            }
            self.walk.leave(outside);
        }
        plan.arrange(&mut self.out, start, &ends);
        self.walk.input.leave();
        self.check_len()
    }

    fn check_len(&self) -> Result<(), DecodeError> {
        let (len, max) = (self.walk.input.len(), max_len(self.walk.input.len()));
        if self.out.len() <= max {
            return Ok(());
        }
        let reason = format!(
            "with the defaults of the fields that the writer does not have, the event has more than {max} bytes, which is \
             what data of {len} may become"
        );
        Err(self.unresolved(reason))
    }

    fn scalar(&mut self, from: &Type, to: &Type) -> Result<(), DecodeError> {
        use Primitive::{Boolean, Bytes, Double, Float, Int, Long, Null, String};
        let input = &mut self.walk.input;
        let mut out = Encoder::new(&mut self.out);
        match (primitive(from), primitive(to)) {
            (Null, Null) => {}
            (Boolean, Boolean) => out.write_boolean(input.read_boolean()?),
            (Int, Long) => out.write_long(self.walk.int()?),
            (Long, Long) => out.write_long(input.read_long()?),
            (Int, Double) => out.write_double(double(self.walk.int()?)),
            (Long, Double) => out.write_double(double(input.read_long()?)),
            (Float, Double) => out.write_double(input.read_float()?.into()),
            (Double, Double) => out.write_double(input.read_double()?),
            (String | Bytes, String) => out.write_str(input.read_str()?),
            // The text of a string is checked, too.
            (String, Bytes) => out.write_bytes(input.read_str()?.as_bytes()),
            (Bytes, Bytes) => out.write_bytes(input.read_bytes()?),
            _ => return Err(self.mismatch(from, to)),
        }
        Ok(())
    }

    #[cold]
    fn mismatch(&self, from: &Type, to: &Type) -> DecodeError {
        self.unresolved(format!("the writer has {from}, which cannot be read as {to}"))
    }

    #[cold]
    fn unresolved(&self, reason: String) -> DecodeError {
        self.walk.input.problem(Problem::Unresolved(reason)).after_resolution(self.fingerprint)
    }
}

/// Whether a value is read as the type. Records are matched by their fields, whatever their names.
fn is_read_as(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Array(_), Type::Array(_))
        | (Type::Map(_), Type::Map(_))
        | (Type::Named(_), Type::Named(_)) => true,
        (Type::Primitive(_) | Type::StringEnum(_), Type::Primitive(_) | Type::StringEnum(_)) => {
            primitive(from).promotes_to(primitive(to))
        }
        _ => false,
    }
}

/// The primitive type that values of a scalar type are written as.
fn primitive(scalar: &Type) -> Primitive {
    match scalar {
        Type::Primitive(primitive) => *primitive,
        _ => Primitive::String,
    }
}

#[expect(clippy::cast_precision_loss, reason = "Avro promotes a long to a double")]
fn double(number: i64) -> f64 {
    number as f64
}
