//! Reading and writing the bytes of the format: big-endian numbers and length-prefixed parts. Must
//! never know what the bytes mean.

use kernel::ContentHash;

use crate::error::DecodeError;

/// A position in bytes that came from outside.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn format(&mut self, expected: [u8; 4]) -> Result<(), DecodeError> {
        match self.array::<4>() {
            Ok(found) if found == expected => Ok(()),
            _ => Err(DecodeError::UnknownFormat),
        }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn hash(&mut self) -> Result<ContentHash, DecodeError> {
        self.array().map(ContentHash::from_bytes)
    }

    /// Reads a part preceded by its length.
    pub(crate) fn part(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    /// Reads text preceded by its length; what is not UTF-8 is no text of ours.
    pub(crate) fn text(&mut self) -> Result<&'a str, DecodeError> {
        std::str::from_utf8(self.part()?).map_err(|_not_text| DecodeError::NotCanonical)
    }

    pub(crate) fn end(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::TrailingBytes)
        }
    }
}

/// Writes a part preceded by its length. INVARIANT: every part is limited to less than 64 KB.
pub(crate) fn put_part(out: &mut Vec<u8>, part: &[u8]) {
    out.extend(short(part.len()).to_be_bytes());
    out.extend(part);
}

/// Returns a number that its limits keep below 65,536.
pub(crate) fn short(number: usize) -> u16 {
    let [.., high, low] = number.to_be_bytes();
    u16::from_be_bytes([high, low])
}
