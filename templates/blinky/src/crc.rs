//! CRC-32 as in Ethernet and zip, bit by bit: small, and slow enough to be seen on a timeline.

/// Where a CRC begins.
pub const START: u32 = u32::MAX;

/// The CRC of what came before and `bytes`.
pub fn update(crc: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(crc, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 != 0 { 0xedb8_8320 } else { 0 })
    })
}

/// The CRC as it is written down.
pub fn finish(crc: u32) -> u32 {
    !crc
}
