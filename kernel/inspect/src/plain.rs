//! Firmware files that are bytes and addresses only: Intel HEX, and raw binaries.

use std::collections::BTreeMap;

use ihex::Record;

use crate::image::{Architecture, Image, ImageError, Segment};

impl Image {
    /// Reads a firmware file of any kind: an ELF file, an Intel HEX file, or, with the `address` that it is to be loaded
    /// at, a raw binary. What is no ELF file has no symbols and tells no processor.
    ///
    /// # Errors
    /// [`ImageError`]; an `address` is for raw binaries only.
    pub fn read(bytes: &[u8], address: Option<u64>) -> Result<Self, ImageError> {
        let is_elf = bytes.starts_with(b"\x7fELF");
        let is_hex = bytes.trim_ascii_start().starts_with(b":");
        match address {
            None if is_elf => Self::parse(bytes),
            None if is_hex => hex(bytes),
            None => Err(ImageError::NoAddress),
            Some(_) if is_elf || is_hex => Err(ImageError::HasAddresses(if is_elf { "ELF" } else { "Intel HEX" })),
            Some(address) => match address.checked_add(bytes.len() as u64) {
                Some(end) if end > address => Ok(Self::of_bytes(vec![segment(address, bytes.to_vec())], None)),
                _ => Err(ImageError::NoRoom { size: bytes.len() as u64, address }),
            },
        }
    }
}

fn segment(address: u64, data: Vec<u8>) -> Segment {
    Segment { vaddr: address, paddr: address, mem_size: data.len() as u64, data, execute: true, write: false }
}

/// Reads an Intel HEX file ("Hexadecimal Object File Format Specification", revision A, 1988).
fn hex(bytes: &[u8]) -> Result<Image, ImageError> {
    let mut pieces: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    let (mut base, mut entry, mut ended) = (0_u64, None, false);
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let wrong = |reason: String| ImageError::Hex { line: index + 1, reason };
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if ended {
            return Err(wrong("something follows the record that ends the file".to_owned()));
        }
        let text = std::str::from_utf8(line).map_err(|_| wrong("it is not text".to_owned()))?;
        match Record::from_record_string(text).map_err(|error| wrong(explain(&error)))? {
            Record::Data { offset, value } => {
                let start = base + u64::from(offset);
                let end = start + value.len() as u64;
                if let Some(at) = overlap(&pieces, start, end) {
                    return Err(wrong(format!("the byte at {at:#010x} is there already")));
                }
                append(&mut pieces, start, value);
            }
            Record::ExtendedSegmentAddress(segment) => base = u64::from(segment) << 4,
            Record::ExtendedLinearAddress(upper) => base = u64::from(upper) << 16,
            // Of the 8086: code segment and instruction pointer.
            Record::StartSegmentAddress { .. } => {}
            Record::StartLinearAddress(address) => entry = Some(u64::from(address)),
            Record::EndOfFile => ended = true,
        }
    }
    if !ended {
        return Err(ImageError::HexCutOff);
    }
    Ok(Image::of_bytes(pieces.into_iter().map(|(start, data)| segment(start, data)).collect(), entry))
}

/// The first address of `start..end` that a piece has.
fn overlap(pieces: &BTreeMap<u64, Vec<u8>>, start: u64, end: u64) -> Option<u64> {
    let (first, data) = pieces.range(..end).next_back()?;
    (first + data.len() as u64 > start).then_some(start.max(*first))
}

/// Adds bytes, to the piece that ends where they begin if there is one.
fn append(pieces: &mut BTreeMap<u64, Vec<u8>>, start: u64, bytes: Vec<u8>) {
    if let Some((first, data)) = pieces.range_mut(..start).next_back()
        && first + data.len() as u64 == start
    {
        data.extend(bytes);
    } else if !bytes.is_empty() {
        pieces.insert(start, bytes);
    }
}

fn explain(error: &ihex::ReaderError) -> String {
    use ihex::ReaderError as Wrong;
    match error {
        Wrong::ChecksumMismatch(expected, found) => {
            format!("its checksum is {found:02x}, and its bytes give {expected:02x}")
        }
        Wrong::PayloadLengthMismatch => "it has more or fewer bytes than it says".to_owned(),
        Wrong::MissingStartCode => "it does not begin with a colon".to_owned(),
        Wrong::ContainsInvalidCharacters => "it has characters that are no hexadecimal digits".to_owned(),
        other => other.to_string(),
    }
}

impl Image {
    /// An image of bytes at addresses, and nothing else.
    fn of_bytes(segments: Vec<Segment>, entry: Option<u64>) -> Self {
        Self {
            bytes: Vec::new(),
            architecture: Architecture::Unstated,
            little_endian: true,
            word_bytes: 4,
            flags: 0,
            entry: entry.unwrap_or(0),
            segments,
            sections: Vec::new(),
            symbols: Vec::new(),
            build_id: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `arm-none-eabi-objcopy -O ihex` of 16 bytes at 0x08000000 and eight at 0x20000010, entry 0x08000101.
    const OBJCOPY: &str = "\
:020000040800F2
:100000000001002001010008020304050607080999
:020000042000DA
:080010000A0B0C0D0E0F10117C
:0400000508000101ED
:00000001FF
";

    #[test]
    fn a_hex_file_is_bytes_at_addresses() {
        let image = Image::read(OBJCOPY.as_bytes(), None).unwrap();
        let pieces: Vec<_> = image.segments().iter().map(|it| (it.paddr, it.data.clone())).collect();
        let first = vec![0, 1, 0, 0x20, 1, 1, 0, 8, 2, 3, 4, 5, 6, 7, 8, 9];
        assert_eq!(pieces, [(0x0800_0000, first), (0x2000_0010, (0x0a..0x12).collect())]);
        assert_eq!((image.entry(), image.architecture()), (0x0800_0101, Architecture::Unstated));
    }

    #[test]
    fn a_wrong_record_is_named_by_its_line() {
        let message = |text: &str| Image::read(text.as_bytes(), None).unwrap_err().to_string();
        for (from, to, expected) in [
            ("080999", "080899", "line 2 of the HEX file: its checksum is 99, and its bytes give 9a"),
            (
                ":080010000A0B0C0D0E0F10117C",
                ":090010000A0B0C0D0E0F10117B",
                "line 4 of the HEX file: it has more or fewer bytes than it says",
            ),
            (":0400", "0400", "line 5 of the HEX file: it does not begin with a colon"),
            ("0A0B", "0AxB", "line 4 of the HEX file: it has characters that are no hexadecimal digits"),
            (":00000001FF\n", "", "the HEX file has no end record"),
        ] {
            let text = OBJCOPY.replacen(from, to, 1);
            assert_ne!(text, OBJCOPY);
            let message = message(&text);
            assert!(message.starts_with(expected), "{message}");
        }
        let twice = OBJCOPY.replacen(":020000042000DA\n:080010000A0B0C0D0E0F10117C", ":080008000A0B0C0D0E0F101184", 1);
        assert_eq!(message(&twice), "line 3 of the HEX file: the byte at 0x08000008 is there already");
        assert!(message(&format!("{OBJCOPY}:00000001FF\n")).contains("follows the record that ends the file"));
    }

    #[test]
    fn a_raw_binary_needs_an_address_and_nothing_else_takes_one() {
        let image = Image::read(b"raw", Some(0x2000_0000)).unwrap();
        assert_eq!((image.segments()[0].paddr, &image.segments()[0].data[..]), (0x2000_0000, &b"raw"[..]));
        assert!(matches!(Image::read(b"raw", None), Err(ImageError::NoAddress)));
        assert!(matches!(Image::read(OBJCOPY.as_bytes(), Some(0)), Err(ImageError::HasAddresses("Intel HEX"))));
        assert!(matches!(Image::read(b"\x7fELF\x01", Some(0)), Err(ImageError::HasAddresses("ELF"))));
        assert!(Image::read(b"raw", Some(u64::MAX)).is_err() && Image::read(b"", Some(0)).is_err());
    }
}
