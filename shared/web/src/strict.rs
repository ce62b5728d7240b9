//! JSON, read strictly: a member is there once, an object is an object and no list of its values,
//! and a whole number is one however it is written. Says where what is wrong is; never what it was.

use std::fmt;
use std::mem::take;

use serde::de::value::{MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Map, Number, Value};

use crate::problem::FieldError;

/// The largest whole number that every reader of JSON has (RFC 8259 §6), and all below it.
const WHOLE_MAX: f64 = 9_007_199_254_740_991.0;

/// Why a text was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It cannot be read at all: it is no JSON, nests too deeply or has a number that no number
    /// holds.
    Unreadable {
        /// The line, from 1.
        line: usize,
        /// The column.
        column: usize,
    },
    /// Something in it is not as it must be.
    Invalid(FieldError),
}

/// Reads a text.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Refused> {
    let mut source = serde_json::Deserializer::from_slice(text);
    let mut double = None;
    let reader = Reader {
        double: &mut double,
    };
    let value = reader
        .deserialize(&mut source)
        .map_err(|it| unreadable(&it))?;
    source.end().map_err(|it| unreadable(&it))?;
    if let Some(place) = double {
        return Err(Refused::Invalid(FieldError::new(place, "is given twice")));
    }
    of_value(value).map_err(Refused::Invalid)
}

/// Reads a value.
pub(crate) fn of_value<T: DeserializeOwned>(value: Value) -> Result<T, FieldError> {
    serde_path_to_error::deserialize(Strict(value)).map_err(|error| {
        let place = pointer(error.path());
        FieldError::new(place, told(&error.inner().to_string()))
    })
}

fn unreadable(error: &Error) -> Refused {
    Refused::Unreadable {
        line: error.line(),
        column: error.column(),
    }
}

/// Reads any value, and notes the first member that is there twice.
struct Reader<'a> {
    double: &'a mut Option<String>,
}

impl Reader<'_> {
    /// Reads what is inside, and completes the pointer to what was there twice.
    fn inside<E>(
        &mut self,
        step: impl FnOnce() -> String,
        read: impl FnOnce(Reader<'_>) -> Result<Value, E>,
    ) -> Result<Value, E> {
        let was_known = self.double.is_some();
        let value = read(Reader {
            double: self.double,
        })?;
        if let Some(place) = self.double.as_mut().filter(|_| !was_known) {
            place.insert_str(0, &step());
        }
        Ok(value)
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut source: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            let mut is_over = false;
            let place = items.len();
            let item = self.inside(
                || format!("/{place}"),
                |reader| {
                    let item = source.next_element_seed(reader)?;
                    is_over = item.is_none();
                    Ok(item.unwrap_or_default())
                },
            )?;
            if is_over {
                return Ok(items.into());
            }
            items.push(item);
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut source: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = source.next_key::<String>()? {
            let value = self.inside(
                || format!("/{}", escaped(&name)),
                |reader| source.next_value_seed(reader),
            )?;
            if members.contains_key(&name) && self.double.is_none() {
                *self.double = Some(format!("/{}", escaped(&name)));
            }
            members.insert(name, value);
        }
        Ok(members.into())
    }
}

/// A value whose objects are objects.
struct Strict(Value);

impl IntoDeserializer<'_, Error> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Strict {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Number(number) => whole(number).deserialize_any(visitor),
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Strict));
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Value::Object(members) => {
                let members = members.into_iter();
                let members = members.map(|(name, value)| (name, Self(value)));
                let mut members = MapDeserializer::new(members);
                let value = visitor.visit_map(&mut members)?;
                members.end()?;
                Ok(value)
            }
            plain @ (Value::Null | Value::Bool(_) | Value::String(_)) => {
                plain.deserialize_any(visitor)
            }
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.0.is_array() {
            // Derived readers would take it for the fields in their order.
            return Err(Error::invalid_type(Unexpected::Seq, &visitor));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            // Some maps would take it for an empty one.
            return Err(Error::invalid_type(Unexpected::Unit, &visitor));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let members = self.0.as_object_mut();
        let only = members.filter(|members| members.len() == 1);
        let Some((name, content)) = only.and_then(|only| take(only).into_iter().next()) else {
            return self.0.deserialize_enum(name, variants, visitor);
        };
        visitor.visit_enum(Variant {
            name,
            content: Self(content),
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct identifier ignored_any
    }
}

/// A variant of an enum that has something in it.
struct Variant {
    name: String,
    content: Strict,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Error;
    type Variant = Strict;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Strict), Error> {
        let name = seed.deserialize(StringDeserializer::<Error>::new(self.name))?;
        Ok((name, self.content))
    }
}

impl<'de> VariantAccess<'de> for Strict {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Err(Error::custom(
            "must not be there: the name alone is the value",
        ))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, size: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_tuple(size, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_struct("", fields, visitor)
    }
}

/// Returns a number without a fraction of zero: `93.0` is a whole number (JSON Schema 2020-12
/// §4.2.3).
fn whole(number: Number) -> Number {
    let float = number.as_f64().filter(|_| number.is_f64());
    let Some(float) = float.filter(|it| it.fract() == 0.0 && it.abs() <= WHOLE_MAX) else {
        return number;
    };
    // Written without exponent and fraction, it is read as a whole number.
    format!("{:.0}", if float == 0.0 { 0.0 } else { float })
        .parse()
        .unwrap_or(number)
}

/// Returns what is wrong, for the person who sent it, without what was sent.
fn told(text: &str) -> String {
    let (what, expected) = text.rsplit_once(", expected ").unwrap_or((text, ""));
    if what.starts_with("unknown field ") {
        return "is unknown".to_owned();
    }
    let is_of_value = [
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
        "unknown variant ",
    ];
    if is_of_value.iter().any(|start| what.starts_with(start)) {
        return format!("must be {}", kind(expected));
    }
    match text.strip_prefix("missing field ") {
        Some(name) => format!("{name} is missing"),
        None => text.to_owned(),
    }
}

/// Returns what must be there, as those who send JSON call it.
fn kind(expected: &str) -> &str {
    let kinds = [
        ("struct ", "an object"),
        ("a map", "an object"),
        ("internally tagged enum ", "an object"),
        ("adjacently tagged enum ", "an object"),
        ("a sequence", "a list"),
        ("enum ", "a string"),
        ("string or map", "a string"),
        ("map with a single key", "an object with one member"),
        ("variant identifier", "a string"),
        ("f64", "a number"),
        ("u8", "a whole number within its limits"),
        ("u16", "a whole number within its limits"),
        ("u32", "a whole number within its limits"),
        ("u64", "a whole number within its limits"),
        ("usize", "a whole number within its limits"),
        ("i32", "a whole number within its limits"),
        ("i64", "a whole number within its limits"),
    ];
    let known = kinds.iter().find(|(start, _)| expected.starts_with(start));
    known.map_or(expected, |(_, name)| name)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", escaped(key))),
            Segment::Enum { variant } => Some(format!("/{}", escaped(variant))),
            Segment::Unknown => None,
        })
        .collect()
}

/// Writes a name as a step of a JSON pointer (RFC 6901 §3).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
