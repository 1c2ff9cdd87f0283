//! The identification registers at the end of every CMSDK APB peripheral (Arm DDI 0479, the register summaries of
//! chapter 4): PID4-7 at 0xFD0, PID0-3 at 0xFE0, CID0-3 at 0xFF0.

/// The identification register at `offset` of a peripheral whose PID0 is `part`; `None` if there is none.
pub(super) fn register(part: u8, offset: u32) -> Option<u32> {
    Some(match offset {
        0xFD0 => 0x04,
        0xFD4 | 0xFD8 | 0xFDC | 0xFEC => 0x00,
        0xFE0 => u32::from(part),
        0xFE4 => 0xB8,
        0xFE8 => 0x1B,
        0xFF0 => 0x0D,
        0xFF4 => 0xF0,
        0xFF8 => 0x05,
        0xFFC => 0xB1,
        _ => return None,
    })
}
