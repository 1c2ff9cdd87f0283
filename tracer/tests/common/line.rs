//! A second writer of frames for a serial line, from the text of `bluekernel_abi::uart` alone.

/// CRC-16/IBM-3740, a bit at a time.
pub fn crc_16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, byte| {
        (0..8).rev().fold(crc, |crc: u16, bit| {
            let top = crc >> 15 ^ u16::from(byte >> bit & 1);
            crc << 1 ^ if top == 1 { 0x1021 } else { 0 }
        })
    })
}

/// COBS as its paper says: groups of up to 254 bytes that are not zero, each behind its length plus 1; a zero behind each
/// but the last and those of 254.
pub fn cobs(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in bytes.split(|byte| *byte == 0) {
        let mut groups = part.chunks(254).peekable();
        if part.is_empty() {
            out.push(1);
        }
        while let Some(group) = groups.next() {
            out.push(group.len() as u8 + 1);
            out.extend(group);
            // A zero is due behind this part: a group of 254 has none, so an empty one brings it.
            if group.len() == 254 && groups.peek().is_none() {
                out.push(1);
            }
        }
    }
    out
}

/// One frame with its zero.
pub fn frame(offset: u32, records: &[u8]) -> Vec<u8> {
    let mut content = offset.to_le_bytes().to_vec();
    content.extend(records);
    content.extend(crc_16(&content).to_le_bytes());
    let mut frame = cobs(&content);
    frame.push(0);
    frame
}
