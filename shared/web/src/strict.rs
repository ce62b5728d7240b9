//! The text of a body as JSON, read strictly: a member is there once, and values are what they are.
//! Says where what is wrong is; never what it was.

use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Error, Map, Value};

use crate::problem::FieldError;

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
    of_value(&value).map_err(Refused::Invalid)
}

/// Reads a value.
pub(crate) fn of_value<T: DeserializeOwned>(value: &Value) -> Result<T, FieldError> {
    json::read(value).map_err(|refusal| FieldError::new(refusal.pointer, refusal.detail))
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
                || json::step(&name),
                |reader| source.next_value_seed(reader),
            )?;
            if members.contains_key(&name) && self.double.is_none() {
                *self.double = Some(json::step(&name));
            }
            members.insert(name, value);
        }
        Ok(members.into())
    }
}

#[cfg(test)]
mod tests;
