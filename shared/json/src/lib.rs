//! JSON values, read strictly.
//!
//! Readers that are derived take a list of its values for an object, nothing for a map without members,
//! and an object for a name. Here an object is an object and nothing else, however deep it stands, and
//! a whole number is one however it is written. It must never know what is read, nor from where.

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
    type Variant = Strict<'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), Error> {
        let name = seed.deserialize(StrDeserializer::<Error>::new(self.name))?;
        Ok((name, self.content))
    }
}

impl<'de> VariantAccess<'de> for Strict<'de> {
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
