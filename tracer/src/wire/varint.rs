//! Unsigned LEB128, canonical: the only encoding of a number is its shortest.

use super::error::WireError;

/// Reads numbers one after the other from a slice.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the front of `bytes`.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes were read.
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// One byte.
    pub(super) fn byte(&mut self) -> Result<u8, WireError> {
        let byte = *self.bytes.get(self.at).ok_or(WireError::NeedMore)?;
        self.at += 1;
        Ok(byte)
    }

    /// `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let taken = self.rest().get(..count).ok_or(WireError::NeedMore)?;
        self.at += count;
        Ok(taken)
    }

    /// A number of up to 64 bits.
    pub(super) fn u64(&mut self) -> Result<u64, WireError> {
        let mut value = 0_u64;
        let mut shift = 0_u32;
        loop {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte holds bit 63 alone.
            if shift == 63 && byte > 1 {
                return Err(WireError::Malformed);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                // A last byte of zero would say nothing: the shorter encoding is the canonical one.
                return if byte == 0 && shift != 0 { Err(WireError::Malformed) } else { Ok(value) };
            }
            shift += 7;
        }
    }

    /// A number of up to 32 bits.
    pub(super) fn u32(&mut self) -> Result<u32, WireError> {
        u32::try_from(self.u64()?).map_err(|_| WireError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(u64, usize), WireError> {
        let mut reader = Reader::new(bytes);
        reader.u64().map(|value| (value, reader.position()))
    }

    #[test]
    fn examples_from_the_dwarf_standard() {
        // DWARF 5, table C.1: examples of unsigned LEB128.
        assert_eq!(read(&[2]), Ok((2, 1)));
        assert_eq!(read(&[127]), Ok((127, 1)));
        assert_eq!(read(&[0x80, 1]), Ok((128, 2)));
        assert_eq!(read(&[0x81, 1]), Ok((129, 2)));
        assert_eq!(read(&[0x82, 1]), Ok((130, 2)));
        assert_eq!(read(&[57 + 0x80, 100]), Ok((12857, 2)));
    }

    #[test]
    fn the_largest_number_and_one_beyond() {
        let mut bytes = [0xff; 10];
        bytes[9] = 1;
        assert_eq!(read(&bytes), Ok((u64::MAX, 10)));
        bytes[9] = 2;
        assert_eq!(read(&bytes), Err(WireError::Malformed));
        bytes[9] = 0x81;
        assert_eq!(read(&bytes), Err(WireError::Malformed));
    }

    #[test]
    fn superfluous_zero_is_malformed_and_a_cut_is_not() {
        assert_eq!(read(&[0x80, 0]), Err(WireError::Malformed));
        assert_eq!(read(&[0]), Ok((0, 1)));
        assert_eq!(read(&[0x80]), Err(WireError::NeedMore));
        assert_eq!(read(&[]), Err(WireError::NeedMore));
    }
}
