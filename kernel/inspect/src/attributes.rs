//! The build attributes of ELF files: what a compiler has said about the cores that its code is for.
//!
//! Arm has made the format ("Addenda to, and Errata in, the ABI for the Arm Architecture", IHI 0045, chapter "Build
//! Attributes"), RISC-V has taken it over (RISC-V ELF Specification, chapter "Attributes"): a letter for the version, and
//! for each vendor a block of scopes, of which that of the whole file holds tags with numbers or texts.

const VERSION: u8 = b'A';
const TAG_FILE: u64 = 1;

/// A tag's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Number(u64),
    Text(&'a [u8]),
}

/// The attributes of a vendor for the whole file, up to the first that is damaged. `is_text`: whether a tag has a text.
pub(crate) fn of_file<'a>(
    section: &'a [u8],
    little_endian: bool,
    vendor: &str,
    is_text: fn(u64) -> bool,
) -> Option<Vec<(u64, Value<'a>)>> {
    let mut bytes = Bytes { data: section, little_endian };
    if bytes.byte()? != VERSION {
        return None;
    }
    while let Some(mut block) = bytes.block(0) {
        if block.text()? != vendor.as_bytes() {
            continue;
        }
        while !block.data.is_empty() {
            let before = block.data.len();
            let tag = block.number()?;
            // The length counts from the tag on.
            let mut scope = block.block(before - block.data.len())?;
            if tag == TAG_FILE {
                return Some(scope.tags(is_text));
            }
        }
    }
    None
}

/// The rest of some bytes.
struct Bytes<'a> {
    data: &'a [u8],
    little_endian: bool,
}

impl<'a> Bytes<'a> {
    fn tags(&mut self, is_text: fn(u64) -> bool) -> Vec<(u64, Value<'a>)> {
        /// Of Arm: a number and a text.
        const COMPATIBILITY: u64 = 32;
        let mut tags = Vec::new();
        while let Some(tag) = self.number() {
            let value = if is_text(tag) { self.text().map(Value::Text) } else { self.number().map(Value::Number) };
            match value {
                Some(value) if tag != COMPATIBILITY || self.text().is_some() => tags.push((tag, value)),
                _ => break,
            }
        }
        tags
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.data.split_first()?;
        self.data = rest;
        Some(*first)
    }

    /// An unsigned LEB128.
    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// Text that ends with a NUL.
    fn text(&mut self) -> Option<&'a [u8]> {
        let end = self.data.iter().position(|byte| *byte == 0)?;
        let text = &self.data[..end];
        self.data = &self.data[end + 1..];
        Some(text)
    }

    /// A block with its length in front; the length counts itself and `counted` bytes before it.
    fn block(&mut self, counted: usize) -> Option<Bytes<'a>> {
        let (length, rest) = self.data.split_first_chunk::<4>()?;
        let length = if self.little_endian { u32::from_le_bytes(*length) } else { u32::from_be_bytes(*length) };
        let length = usize::try_from(length).ok()?.checked_sub(counted + 4)?;
        let (block, rest) = rest.split_at_checked(length)?;
        self.data = rest;
        Some(Bytes { data: block, little_endian: self.little_endian })
    }
}
