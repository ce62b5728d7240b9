//! Packages: all files of a theme as one run of bytes, so that a release can name them by one hash
//! and storage can keep them under it. Equal files have equal bytes.

use std::collections::BTreeMap;

use super::ThemeError;
use crate::limits::PACKAGE_BYTES_MAX;

/// Names the format of packages and its version.
const FORMAT: [u8; 4] = *b"HSP\x01";

/// Writes files, in the order of their paths: each path and each content after its length.
pub(super) fn encode(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, ThemeError> {
    let mut package = FORMAT.to_vec();
    for part in files
        .iter()
        .flat_map(|(path, bytes)| [path.as_bytes(), bytes])
    {
        let length = u32::try_from(part.len()).map_err(|_longer| ThemeError::TooLarge)?;
        package.extend_from_slice(&length.to_be_bytes());
        package.extend_from_slice(part);
    }
    if package.len() > PACKAGE_BYTES_MAX {
        return Err(ThemeError::TooLarge);
    }
    Ok(package)
}

/// Reads a package. There is one form of it, so that its hash names its files and nothing else.
pub(super) fn decode(package: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, ThemeError> {
    if package.len() > PACKAGE_BYTES_MAX {
        return Err(ThemeError::TooLarge);
    }
    read(package).ok_or(ThemeError::NoPackage)
}

fn read(package: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut rest = package.strip_prefix(&FORMAT)?;
    let mut files = BTreeMap::<String, Vec<u8>>::new();
    while !rest.is_empty() {
        let path = std::str::from_utf8(part(&mut rest)?).ok()?;
        let is_next = files
            .last_key_value()
            .is_none_or(|(last, _)| **last < *path);
        if !is_next {
            return None;
        }
        let bytes = part(&mut rest)?;
        files.insert(path.to_owned(), bytes.to_vec());
    }
    Some(files)
}

fn part<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (part, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(part)
}
