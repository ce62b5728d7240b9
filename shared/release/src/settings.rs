//! Settings: JSON objects with one encoding, bounded in size and depth. Must never know what a
//! theme or plugin makes of them.

use serde_json::{Map, Value};

use crate::cbor;
use crate::error::DecodeError;
use crate::limits::{SETTINGS_BYTES_MAX, SETTINGS_DEPTH_MAX};
use crate::wire::Reader;

/// Why a JSON object cannot be settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Its encoding is longer than [`SETTINGS_BYTES_MAX`].
    #[error("settings have at most {SETTINGS_BYTES_MAX} bytes")]
    TooLarge,
    /// It nests deeper than [`SETTINGS_DEPTH_MAX`].
    #[error("settings nest at most {SETTINGS_DEPTH_MAX} levels")]
    TooDeep,
    /// A number that no 64-bit integer or float holds.
    #[error("a number is out of range")]
    Number,
}

/// A JSON object in canonical form: equal objects are equal bytes.
#[derive(Debug, Clone)]
pub struct Settings {
    members: Map<String, Value>,
    encoded: Vec<u8>,
}

impl Settings {
    /// Takes an object as settings.
    pub fn new(members: &Map<String, Value>) -> Result<Self, SettingsError> {
        let mut encoded = Vec::new();
        cbor::write_map(members, SETTINGS_DEPTH_MAX, &mut encoded)?;
        if encoded.len() > SETTINGS_BYTES_MAX {
            return Err(SettingsError::TooLarge);
        }
        // What is kept is what will be read back, so that both render alike.
        Self::decode(&encoded).map_err(|_unreadable| SettingsError::Number)
    }

    /// Returns settings without members.
    pub fn empty() -> Self {
        Self {
            members: Map::new(),
            encoded: vec![0xa0],
        }
    }

    /// Returns all members.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// Returns the member `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    pub(crate) fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    pub(crate) fn decode(encoded: &[u8]) -> Result<Self, DecodeError> {
        if encoded.len() > SETTINGS_BYTES_MAX {
            return Err(DecodeError::TooLarge);
        }
        let mut reader = Reader::new(encoded);
        let members = cbor::read_map(&mut reader, SETTINGS_DEPTH_MAX)?;
        reader.end()?;
        Ok(Self {
            members,
            encoded: encoded.to_vec(),
        })
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::empty()
    }
}

impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        self.encoded == other.encoded
    }
}

impl Eq for Settings {}
