//! Bodies that are wrong in one place each, made of an operation's schema.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::answers::Expected;
use crate::texts::{COUNTS, NO_COUNT, NO_NUMBER, NO_TEXT, TOO_LONG, is_plain, tricks};
use tests::operations::samples;
use tests::operations::{self, Operation, Shape};

/// Stands for what a writer of JSON would not write.
const MARK: &str = "@mark@";

/// A body that is wrong, and what must come of it.
#[derive(Debug, Clone)]
pub(crate) struct Mutation {
    pub(crate) what: String,
    pub(crate) body: Bytes,
    pub(crate) expected: Expected,
}

/// Bodies in the making.
struct Maker {
    base: Value,
    made: Vec<Mutation>,
}

/// Returns the body of an operation, wrong in every way in every place.
pub(crate) fn of(operation: &Operation) -> Vec<Mutation> {
    let (Some(base), Some(schema)) = (samples::body(operation), &operation.body) else {
        return Vec::new();
    };
    let mut maker = Maker {
        base,
        made: Vec::new(),
    };
    for other in [json!(null), json!("x"), json!(1), json!(true), json!([])] {
        maker.whole(&other, Expected::At(String::new()));
    }
    maker.object("", &Shape::of(schema));
    if let Some(base) = samples::body_of_blocks(operation) {
        maker.base = base;
        maker.blocks("/content/value");
    }
    maker.made
}

impl Maker {
    fn add(&mut self, what: String, body: impl Into<Bytes>, expected: Expected) {
        let body = body.into();
        self.made.push(Mutation {
            what,
            body,
            expected,
        });
    }

    fn whole(&mut self, value: &Value, expected: Expected) {
        self.add(format!("{value} for all"), value.to_string(), expected);
    }

    /// Puts a value in a place, with all that must be around it.
    fn put(&mut self, place: &str, value: &Value, expected: Expected) {
        let mut body = self.base.clone();
        set(&mut body, place, value.clone());
        let what: String = format!("{place} = {value}").chars().take(120).collect();
        self.add(what, body.to_string(), expected);
    }

    /// Puts bytes in a place where a string stands, between its quotes or without them.
    fn put_raw(&mut self, place: &str, bytes: &[u8], is_string: bool, expected: Expected) {
        let mut body = self.base.clone();
        set(&mut body, place, json!(MARK));
        let mark = if is_string {
            MARK.to_owned()
        } else {
            format!("\"{MARK}\"")
        };
        let text = body.to_string();
        let (before, after) = text.split_once(&mark).unwrap();
        let body = [before.as_bytes(), bytes, after.as_bytes()].concat();
        let what = format!("{place} = {}", bytes.escape_ascii());
        self.add(what, body, expected);
    }

    /// Takes a member out.
    fn leave_out(&mut self, at: &str, name: &str, expected: Expected) {
        let mut body = self.base.clone();
        let around = body.pointer_mut(at).and_then(Value::as_object_mut);
        if around.and_then(|members| members.remove(name)).is_some() {
            self.add(
                format!("{at}/{name} is missing"),
                body.to_string(),
                expected,
            );
        }
    }

    /// Gives a member twice.
    fn double(&mut self, at: &str, name: &str) {
        let mut body = self.base.clone();
        let place = format!("{at}/{name}");
        let Some(value) = body.pointer(&place).cloned() else {
            return;
        };
        set(&mut body, &format!("{at}/{MARK}"), value);
        let text = body.to_string().replace(MARK, name);
        self.add(format!("{place} twice"), text, Expected::At(place));
    }

    fn object(&mut self, at: &str, shape: &Shape<'_>) {
        for (name, schema) in shape.members() {
            let place = format!("{at}/{name}");
            let inner = Shape::of(schema);
            let absent = if shape.needs(name) {
                Expected::At(at.to_owned())
            } else {
                Expected::Free
            };
            self.leave_out(at, name, absent);
            self.double(at, name);
            self.member(&place, name, &inner);
        }
        if shape.is_closed() {
            self.extra(at, shape);
        }
    }

    /// Adds members that nobody asked for.
    fn extra(&mut self, at: &str, shape: &Shape<'_>) {
        let mut names: Vec<String> = ["nonsense", "", "__proto__", "id", "tenantId", "a~b/c", "\0"]
            .map(str::to_owned)
            .to_vec();
        for (name, _) in shape.members() {
            names.push(name.to_uppercase());
            names.push(format!("{name} "));
        }
        names.extend(operations::field_names());
        let known: Vec<&String> = shape.members().iter().map(|(name, _)| *name).collect();
        names.retain(|name| !known.contains(&name));
        for name in names {
            let step = name.replace('~', "~0").replace('/', "~1");
            let place = format!("{at}/{step}");
            self.put(&place, &json!("x"), Expected::At(place.clone()));
        }
        let long = "n".repeat(TOO_LONG);
        self.put(
            &format!("{at}/{long}"),
            &json!(1),
            Expected::Under(at.to_owned()),
        );
    }

    /// Tries a member of an object.
    fn member(&mut self, place: &str, name: &str, shape: &Shape<'_>) {
        let known = self.base.pointer(place).cloned();
        let kind = match (shape.kind, &known) {
            ("", Some(value)) => kind_of(value),
            (kind, _) => kind,
        };
        // What is free in the schema is looked at by whoever knows it: inside or as a whole.
        let at = |place: &str| match shape.kind {
            "" | "array" => Expected::Under(place.to_owned()),
            _ => Expected::At(place.to_owned()),
        };
        for wrong in wrong_kinds(kind) {
            self.put(place, &wrong, at(place));
        }
        let null = if shape.is_nullable {
            Expected::Free
        } else {
            at(place)
        };
        self.put(place, &Value::Null, null);
        match kind {
            "string" => self.string(place, name),
            "integer" => self.integer(place),
            "object" if shape.members().is_empty() => self.free_object(place),
            "object" => self.inner_object(place, shape),
            "array" => self.free_list(place),
            _ => {}
        }
    }

    fn inner_object(&mut self, place: &str, shape: &Shape<'_>) {
        let before = self.base.clone();
        if self.base.pointer(place).is_none() {
            let members = shape.members().into_iter();
            let all = members.map(|(it, schema)| (it.clone(), samples::sample(it, schema)));
            let all: Map<String, Value> = all.collect();
            set(&mut self.base, place, Value::Object(all));
        }
        // The fields in their order, without their names.
        let members = self.base.pointer(place).and_then(Value::as_object);
        let values: Vec<Value> = members
            .into_iter()
            .flatten()
            .map(|(_, it)| it.clone())
            .collect();
        self.put(place, &Value::Array(values), Expected::At(place.to_owned()));
        self.object(place, shape);
        self.base = before;
    }

    /// Tries what stands in an object whose schema does not say what it holds.
    fn free_object(&mut self, place: &str) {
        let members = self.base.pointer(place).and_then(Value::as_object).cloned();
        for (name, value) in members.into_iter().flatten() {
            let inner = format!("{place}/{name}");
            self.double(place, &name);
            self.free(&inner, &name, &value);
        }
    }

    fn free_list(&mut self, place: &str) {
        let items = self.base.pointer(place).and_then(Value::as_array).cloned();
        for (index, value) in items.into_iter().flatten().enumerate() {
            self.free(&format!("{place}/{index}"), "", &value);
        }
    }

    fn free(&mut self, place: &str, name: &str, value: &Value) {
        let kind = kind_of(value);
        for wrong in wrong_kinds(kind) {
            self.put(place, &wrong, Expected::Under(place.to_owned()));
        }
        match kind {
            "string" => self.string(place, name),
            "object" => self.free_object(place),
            "array" => self.free_list(place),
            _ => {}
        }
    }

    /// Tries every object of a document's blocks as something else.
    fn blocks(&mut self, place: &str) {
        match self.base.pointer(place).cloned() {
            Some(Value::Object(members)) => {
                let at = Expected::At(place.to_owned());
                for wrong in wrong_kinds("object") {
                    self.put(place, &wrong, at.clone());
                }
                // The fields without their names, in every order in which a reader may have them.
                let mut values: Vec<(&String, &Value)> = members.iter().collect();
                values.sort_by_key(|(name, _)| *name != "type");
                let mut values: Vec<Value> = values.into_iter().map(|it| it.1.clone()).collect();
                for _ in 0..values.len() {
                    self.put(place, &json!(values), at.clone());
                    values.rotate_left(1);
                }
                for name in members.keys() {
                    self.blocks(&format!("{place}/{name}"));
                }
            }
            Some(Value::Array(items)) => {
                for index in 0..items.len() {
                    self.blocks(&format!("{place}/{index}"));
                }
            }
            _ => {}
        }
    }

    fn string(&mut self, place: &str, name: &str) {
        let at = Expected::AtOrUnknown(place.to_owned());
        self.put(place, &json!("l".repeat(TOO_LONG)), at.clone());
        self.put(place, &json!(""), Expected::Free);
        // What is deep inside and may be taken all the same is tried with fewer.
        let is_deep = place.matches('/').count() > 1 && !is_plain(name);
        for trick in tricks().into_iter().step_by(if is_deep { 4 } else { 1 }) {
            let expected = if is_plain(name) {
                at.clone()
            } else {
                Expected::Free
            };
            self.put(place, &json!(trick), expected);
        }
        for bytes in NO_TEXT {
            self.put_raw(place, bytes, true, Expected::malformed());
        }
        for number in NO_NUMBER {
            self.put_raw(place, number.as_bytes(), false, Expected::malformed());
        }
    }

    fn integer(&mut self, place: &str) {
        for number in NO_COUNT {
            self.put_raw(
                place,
                number.as_bytes(),
                false,
                Expected::At(place.to_owned()),
            );
        }
        for number in NO_NUMBER {
            self.put_raw(place, number.as_bytes(), false, Expected::malformed());
        }
        for number in COUNTS {
            self.put_raw(place, number.as_bytes(), false, Expected::Free);
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Returns values of other kinds than `kind`.
fn wrong_kinds(kind: &str) -> Vec<Value> {
    let list = match kind {
        "array" => json!([7]),
        _ => json!([]),
    };
    let mut kinds = vec![
        json!(true),
        json!(7),
        json!(0.5),
        json!("x"),
        list,
        json!({}),
    ];
    kinds.retain(|it| match kind {
        "array" => *it != json!([]),
        "number" => !it.is_number(),
        kind => kind_of(it) != kind || *it == json!(0.5),
    });
    kinds
}

/// Puts a value at a pointer, and objects around it where there are none.
fn set(body: &mut Value, place: &str, value: Value) {
    let (around, name) = place.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/").replace("~0", "~");
    if body.pointer(around).is_none_or(Value::is_null) {
        set(body, around, json!({}));
    }
    let around = body.pointer_mut(around).unwrap();
    if let Value::Array(items) = around {
        items[name.parse::<usize>().unwrap()] = value;
    } else {
        around[name] = value;
    }
}
