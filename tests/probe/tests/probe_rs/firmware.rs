//! Firmware of a few instructions for the an385 board, assembled by hand. The listing is that of `arm-none-eabi-objdump`.

/// The code, at 0x44 behind 17 vectors.
const CODE: [u16; 50] = [
    0x2000, // 44  counter: movs r0, #0
    0x3001, 0x2101, 0x2202, 0x2303, // 46  loop: adds r0, #1; movs r1, #1; movs r2, #2; movs r3, #3
    0x2404, 0x2505, 0x2606, 0xe7f7, // 4e  movs r4, #4; movs r5, #5; movs r6, #6; b loop
    0xf04f, 0x40c0, // 56  faulting: mov.w r0, #0x60000000
    0x6801, 0xe7fe, // 5a  ldr r1, [r0]; 5c  handler: b .
    0x2007, 0xbe11, // 5e  breaking: movs r0, #7; bkpt 0x11
    0x2008, 0xe7fe, // 62  movs r0, #8; b .
    0xbf30, 0x3001, 0xe7fc, // 66  sleeping: wfi; adds r0, #1; b sleeping
    0x480b, 0xf240, 0x31e7, // 6c  ticking: ldr r0, =0xe000e010; movw r1, #999
    0x6041, 0x6081, // 72  str r1, [r0, #4]; str r1, [r0, #8]
    0x2107, 0x6001, // 76  movs r1, #7; str r1, [r0]   SysTick every 1000 cycles
    0x2700, 0x3701, 0xe7fd, // 7a  movs r7, #0; 7c  adds r7, #1; b 7c
    0x3601, 0x4770, // 80  tick: adds r6, #1; bx lr
    0xf04f, 0x5000, // 84  resetting: mov.w r0, #0x20000000
    0x6801, 0x3101, 0x6001, // 88  ldr r1, [r0]; adds r1, #1; str r1, [r0]
    0x2903, 0xd0fe, // 8e  cmp r1, #3; beq .
    0x4803, 0x4903, 0x6001, // 92  ldr r0, =0xe000ed0c; ldr r1, =0x05fa0004; str r1, [r0]   AIRCR: SYSRESETREQ
    0xe7fe, 0xbf00, // 98  b .
    0xe010, 0xe000, 0xed0c, 0xe000, 0x0004, 0x05fa, // 9c
];

/// Where the code of this file begins and has something worth a name.
pub(crate) mod at {
    /// Counts in r0, for ever.
    pub(crate) const COUNTER: u32 = 0x44;
    /// Its loop: seven instructions and a branch.
    pub(crate) const LOOP: u32 = 0x46;
    /// Loads from where nothing is.
    pub(crate) const FAULTING: u32 = 0x56;
    /// The handler of every fault: hangs.
    pub(crate) const HANDLER: u32 = 0x5c;
    /// r0 = 7, a breakpoint instruction, r0 = 8.
    pub(crate) const BREAKING: u32 = 0x5e;
    /// The breakpoint instruction.
    pub(crate) const BREAKPOINT: u32 = 0x60;
    /// Sleeps; nothing is there to wake it.
    pub(crate) const SLEEPING: u32 = 0x66;
    /// Counts in r7, interrupted by SysTick every 1000 cycles, which counts in r6.
    pub(crate) const TICKING: u32 = 0x6c;
    /// SysTick's handler.
    pub(crate) const TICK: u32 = 0x80;
    /// Counts in the first word of RAM, and resets the chip until that is 3.
    pub(crate) const RESETTING: u32 = 0x84;
}

/// The initial stack pointer.
pub(crate) const STACK: u32 = 0x2001_0000;

/// An image that starts at one of [`at`].
pub(crate) fn starting_at(entry: u32) -> Vec<u8> {
    let mut words = vec![STACK, entry | 1];
    words.extend([at::HANDLER | 1; 13]);
    words.extend([at::TICK | 1, at::HANDLER | 1]);
    let table = words.iter().flat_map(|word: &u32| word.to_le_bytes());
    table.chain(CODE.iter().flat_map(|half| half.to_le_bytes())).collect()
}

/// An image whose handlers fault as its start does: it locks up, as a chip does that nobody has programmed.
pub(crate) fn locking_up() -> Vec<u8> {
    let mut image = starting_at(at::FAULTING);
    for vector in image[8..0x44].chunks_exact_mut(4) {
        vector.copy_from_slice(&(at::FAULTING | 1).to_le_bytes());
    }
    image
}
