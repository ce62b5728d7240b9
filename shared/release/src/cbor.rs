//! JSON values as CBOR in its one deterministic form (RFC 8949 §4.2.1), with every fraction as a
//! 64-bit float: numbers survive exactly, whatever a JSON text would make of them. Must never know
//! what the values are for.

use serde_json::{Map, Number, Value};

use crate::error::DecodeError;
use crate::settings::SettingsError;
use crate::wire::Reader;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;
const FLOAT: u8 = 0xfb;

/// Appends `value`, which may nest `depth` levels.
pub(crate) fn write(value: &Value, depth: usize, out: &mut Vec<u8>) -> Result<(), SettingsError> {
    match value {
        Value::Null => out.push(NULL),
        Value::Bool(false) => out.push(FALSE),
        Value::Bool(true) => out.push(TRUE),
        Value::Number(number) => write_number(number, out)?,
        Value::String(text) => write_text(text, out),
        Value::Array(values) => {
            let below = depth.checked_sub(1).ok_or(SettingsError::TooDeep)?;
            write_head(ARRAY, values.len() as u64, out);
            for value in values {
                write(value, below, out)?;
            }
        }
        Value::Object(members) => write_map(members, depth, out)?,
    }
    Ok(())
}

/// Appends an object; its members in the order of their encoded names, that is, shorter ones first.
pub(crate) fn write_map(
    members: &Map<String, Value>,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), SettingsError> {
    let below = depth.checked_sub(1).ok_or(SettingsError::TooDeep)?;
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    sorted.sort_by_key(|(name, _)| order(name));
    write_head(MAP, sorted.len() as u64, out);
    for (name, value) in sorted {
        write_text(name, out);
        write(value, below, out)?;
    }
    Ok(())
}

fn order(name: &str) -> (usize, &[u8]) {
    (name.len(), name.as_bytes())
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    write_head(TEXT, text.len() as u64, out);
    out.extend(text.as_bytes());
}

fn write_number(number: &Number, out: &mut Vec<u8>) -> Result<(), SettingsError> {
    if let Some(natural) = number.as_u64() {
        write_head(UNSIGNED, natural, out);
    } else if let Some(integer) = number.as_i64() {
        // RFC 8949 §3.1: major type 1 holds −1 − n, which is the complement of a negative n.
        write_head(NEGATIVE, (!integer).cast_unsigned(), out);
    } else {
        let float = number.as_f64().filter(|float| float.is_finite());
        let float = float.ok_or(SettingsError::Number)?;
        out.push(FLOAT);
        out.extend(float.to_be_bytes());
    }
    Ok(())
}

fn write_head(major: u8, argument: u64, out: &mut Vec<u8>) {
    let bytes = argument.to_be_bytes();
    let [.., low] = bytes;
    let (info, width) = match argument {
        0..0x18 => (low, 0),
        0x18..=0xff => (0x18, 1),
        0x100..=0xffff => (0x19, 2),
        0x1_0000..=0xffff_ffff => (0x1a, 4),
        _ => (0x1b, 8),
    };
    out.push(major << 5 | info);
    out.extend(bytes.iter().skip(bytes.len() - width));
}

/// Reads an object that nests at most `depth` levels and nothing else.
pub(crate) fn read_map(
    reader: &mut Reader<'_>,
    depth: usize,
) -> Result<Map<String, Value>, DecodeError> {
    if let Value::Object(members) = read(reader, depth)? {
        Ok(members)
    } else {
        Err(DecodeError::NotCanonical)
    }
}

fn read(reader: &mut Reader<'_>, depth: usize) -> Result<Value, DecodeError> {
    let initial = reader.u8()?;
    match initial {
        NULL => return Ok(Value::Null),
        FALSE => return Ok(Value::Bool(false)),
        TRUE => return Ok(Value::Bool(true)),
        FLOAT => return read_float(reader),
        _ => {}
    }
    let argument = read_argument(initial & 0x1f, reader)?;
    match initial >> 5 {
        UNSIGNED => Ok(argument.into()),
        NEGATIVE => i64::try_from(argument)
            .map(|complement| (!complement).into())
            .map_err(|_too_small| DecodeError::NotCanonical),
        TEXT => read_text(argument, reader).map(Value::String),
        ARRAY => {
            let below = depth.checked_sub(1).ok_or(DecodeError::TooLarge)?;
            (0..argument).map(|_| read(reader, below)).collect()
        }
        MAP => {
            let below = depth.checked_sub(1).ok_or(DecodeError::TooLarge)?;
            read_members(argument, below, reader).map(Value::Object)
        }
        _ => Err(DecodeError::NotCanonical),
    }
}

fn read_members(
    count: u64,
    depth: usize,
    reader: &mut Reader<'_>,
) -> Result<Map<String, Value>, DecodeError> {
    let mut members = Map::new();
    let mut last: Option<String> = None;
    for _ in 0..count {
        let initial = reader.u8()?;
        if initial >> 5 != TEXT {
            return Err(DecodeError::NotCanonical);
        }
        let length = read_argument(initial & 0x1f, reader)?;
        let name = read_text(length, reader)?;
        if last.is_some_and(|last| order(&last) >= order(&name)) {
            return Err(DecodeError::Unordered);
        }
        last = Some(name.clone());
        members.insert(name, read(reader, depth)?);
    }
    Ok(members)
}

/// Reads the number behind an initial byte; only its shortest form is canonical.
fn read_argument(info: u8, reader: &mut Reader<'_>) -> Result<u64, DecodeError> {
    let (argument, least) = match info {
        0..0x18 => (u64::from(info), 0),
        0x18 => (u64::from(reader.u8()?), 0x18),
        0x19 => (u64::from(reader.u16()?), 0x100),
        0x1a => (u64::from(reader.array().map(u32::from_be_bytes)?), 0x1_0000),
        0x1b => (reader.array().map(u64::from_be_bytes)?, 0x1_0000_0000),
        _ => return Err(DecodeError::NotCanonical),
    };
    if argument >= least {
        Ok(argument)
    } else {
        Err(DecodeError::NotCanonical)
    }
}

fn read_text(length: u64, reader: &mut Reader<'_>) -> Result<String, DecodeError> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let bytes = reader.take(length)?.to_vec();
    String::from_utf8(bytes).map_err(|_not_text| DecodeError::NotCanonical)
}

fn read_float(reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    Number::from_f64(reader.array().map(f64::from_be_bytes)?)
        .map(Value::Number)
        .ok_or(DecodeError::NotCanonical)
}
