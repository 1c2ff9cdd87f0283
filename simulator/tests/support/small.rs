//! Firmware of a few instructions, assembled by hand. The listings are those of `arm-none-eabi-objdump`.

/// `b .`
pub(crate) const SPIN: [u16; 1] = [0xE7FE];

/// Asks for its own end with code 7.
pub(crate) const EXIT: [u16; 8] = [
    0x2020, 0xA101, // movs r0, #0x20 (SYS_EXIT_EXTENDED); adr r1, block
    0xBEAB, 0xBF00, // bkpt 0xab; nop
    0x0026, 0x0002, 0x0007, 0x0000, // block: ADP_Stopped_ApplicationExit, 7
];

/// Loads from where nothing is; the fault handler is at offset 6.
pub(crate) const FAULT: [u16; 4] = [
    0xF04F, 0x40C0, // mov.w r0, #0x60000000
    0x6801, // ldr r1, [r0]
    0xBE00, // handler: bkpt 0
];

/// Writes the first 64 KiB of memory to standard output 40 times, then ends with code 0.
pub(crate) const FLOOD: [u16; 20] = [
    0x2428, 0x2005, // movs r4, #40; loop: movs r0, #5 (SYS_WRITE)
    0xA105, 0xBEAB, // adr r1, block; bkpt 0xab
    0x3C01, 0xD1FA, // subs r4, #1; bne loop
    0x2018, 0x4902, // movs r0, #0x18 (SYS_EXIT); ldr r1, [pc, #8]
    0xBEAB, 0xBF00, // bkpt 0xab; nop
    0xBF00, 0xBF00, // nop; nop
    0x0026, 0x0002, // .word ADP_Stopped_ApplicationExit
    0x0002, 0x0000, 0x0000, 0x0000, 0x0000, 0x0001, // block: handle 2, address 0, 0x10000 bytes
];

/// Sends back what UART0 receives; the handler of interrupt 0 is at offset 0x1c.
pub(crate) const ECHO: [u16; 19] = [
    0xF04F, 0x2040, // mov.w r0, #0x40004000
    0x21D9, 0x6101, // movs r1, #217; str r1, [r0, #16]   BAUDDIV
    0x210B, 0x6081, // movs r1, #11; str r1, [r0, #8]   CTRL: both directions, receive interrupt
    0xF24E, 0x1300, // movw r3, #0xe100
    0xF2CE, 0x0300, // movt r3, #0xe000
    0x2101, 0x6019, // movs r1, #1; str r1, [r3]   NVIC_ISER0
    0xBF30, 0xE7FD, // loop: wfi; b loop
    0x6801, 0x6001, // receive: ldr r1, [r0]; str r1, [r0]   DATA
    0x2102, 0x60C1, // movs r1, #2; str r1, [r0, #12]   INTCLEAR
    0x4770, // bx lr
];

/// Opens ports 0 and 6 of the Instrumentation Trace Macrocell, sends "ok" to port 0 and the word 0x41 to port 6.
pub(crate) const STIMULI: [u16; 27] = [
    0xF04F, 0x4060, // mov.w r0, #0xe0000000
    0xF64E, 0x51FC, // movw r1, #0xedfc
    0xF2CE, 0x0100, // movt r1, #0xe000
    0xF04F, 0x7280, // mov.w r2, #0x1000000
    0x600A, // str r2, [r1]   DEMCR: TRCENA
    0xF64C, 0x6255, // movw r2, #0xce55
    0xF2CC, 0x52AC, // movt r2, #0xc5ac
    0xF8C0, 0x2FB0, // str.w r2, [r0, #0xfb0]   LAR
    0x2201, // movs r2, #1
    0xF8C0, 0x2E80, // str.w r2, [r0, #0xe80]   TCR: ITMENA
    0x2241, // movs r2, #0x41
    0xF8C0, 0x2E00, // str.w r2, [r0, #0xe00]   TER
    0x236F, 0x7003, // movs r3, #'o'; strb r3, [r0]
    0x236B, 0x7003, // movs r3, #'k'; strb r3, [r0]
    0x6182, 0xE7FE, // str r2, [r0, #24]; b .
];

/// An image with its code behind a table of 17 vectors, of which all but reset point to `handler`, an offset into it.
pub(crate) fn image(code: &[u16], handler: u32) -> Vec<u8> {
    const CODE: u32 = 17 * 4;
    let mut words = vec![0x2001_0000, CODE | 1];
    words.extend([(CODE + handler) | 1; 15]);
    let table = words.iter().flat_map(|word: &u32| word.to_le_bytes());
    table.chain(code.iter().flat_map(|half| half.to_le_bytes())).collect()
}
