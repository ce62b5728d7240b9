//! JSON values, read strictly.
//!
//! Readers that are derived take a list of its values for an object, nothing for a map without members,
//! and an object for a name. Here an object is an object and nothing else, however deep it stands, and
//! a whole number is one however it is written. What is read so must not be tagged by derived readers,
//! which keep a copy of their own. It must never know what is read, nor from where.

mod refusal;

pub use refusal::{Refusal, read, step};

use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Number, Value};

/// The largest whole number that every reader of JSON has (RFC 8259 §6), and all below it.
const WHOLE_MAX: f64 = 9_007_199_254_740_991.0;

/// A value whose objects are objects, to be deserialised from.
#[derive(Debug, Clone, Copy)]
pub struct Strict<'a>(pub &'a Value);

impl<'de> IntoDeserializer<'de, Error> for Strict<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Strict<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Number(number) => whole(number.clone()).deserialize_any(visitor),
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.iter().map(Strict));
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Value::Object(members) => {
                let members = members.iter();
                let members = members.map(|(name, value)| (name.as_str(), Strict(value)));
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
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let members = self.0.as_object();
        let only = members.filter(|members| members.len() == 1);
        let Some((name, content)) = only.and_then(|only| only.iter().next()) else {
            return self.0.deserialize_enum(name, variants, visitor);
        };
        visitor.visit_enum(Variant {
            name,
            content: Strict(content),
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct identifier ignored_any
    }
}

/// A variant of an enum that has something in it.
struct Variant<'a> {
    name: &'a str,
    content: Strict<'a>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Error;
    type Variant = Content<'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), Error> {
        let name = seed.deserialize(StrDeserializer::<Error>::new(self.name))?;
        Ok((name, Content(self.content)))
    }
}

/// What is in a variant.
struct Content<'a>(Strict<'a>);

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Err(Error::custom(
            "must not be there: the name alone is the value",
        ))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, size: usize, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_tuple(size, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_struct("", fields, visitor)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::Strict;

    #[derive(Debug, PartialEq, Deserialize)]
    enum Shape {
        Point,
        Circle(u8),
        Box { width: u8 },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Drawing {
        shapes: Vec<Shape>,
        names: BTreeMap<String, u8>,
        scale: Option<u32>,
    }

    fn read(value: &Value) -> Option<Drawing> {
        Drawing::deserialize(Strict(value)).ok()
    }

    #[test]
    fn what_derived_readers_take_is_read() {
        let value = json!({
            "shapes": ["Point", { "Circle": 2.0 }, { "Box": { "width": 3 } }],
            "names": {},
            "scale": 93.0,
        });
        let expected = Drawing {
            shapes: vec![Shape::Point, Shape::Circle(2), Shape::Box { width: 3 }],
            names: BTreeMap::new(),
            scale: Some(93),
        };
        assert_eq!(read(&value), Some(expected));
        assert!(
            Drawing::deserialize(&value).is_err(),
            "numbers with a fraction"
        );
    }

    #[test]
    fn an_object_is_an_object_and_nothing_else() {
        let drawing = |shapes: Value, names: Value, scale: Value| json!({ "shapes": shapes, "names": names, "scale": scale });
        assert!(read(&drawing(json!([]), json!({}), json!(null))).is_some());
        for refused in [
            json!([[], {}, null]),
            json!(null),
            drawing(json!([]), json!(null), json!(null)),
            drawing(json!([]), json!([]), json!(null)),
            drawing(json!([]), json!({}), json!(1.5)),
            drawing(json!([{ "Point": null }]), json!({}), json!(null)),
            drawing(json!([{ "Box": [3] }]), json!({}), json!(null)),
            drawing(json!([{ "Box": null }]), json!({}), json!(null)),
            drawing(
                json!([{ "Circle": 1, "Point": null }]),
                json!({}),
                json!(null),
            ),
        ] {
            assert_eq!(read(&refused), None, "{refused}");
        }
    }
}
