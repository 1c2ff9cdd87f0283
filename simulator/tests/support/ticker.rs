//! A firmware assembled by hand: TIMER0 interrupts every 12,346 cycles; its handler notes the low byte of VALUE, which
//! is the interrupt's latency counted down, in RTT channel 0 and sends a letter made of it from UART0.

/// From the reset handler at 0x64 on. The listing is that of `arm-none-eabi-objdump`.
const CODE: [u16; 52] = [
    0xF04F, 0x2040, // 64  reset: mov.w r0, #0x40004000   UART0
    0x21D9, 0x6101, // 68  movs r1, #217; str r1, [r0, #16]   BAUDDIV
    0x2101, 0x6081, // 6c  movs r1, #1; str r1, [r0, #8]   CTRL: transmitter on
    0xF04F, 0x5400, // 70  mov.w r4, #0x20000000
    0xA515, 0x2630, // 74  adr r5, block; movs r6, #48
    0x3E04, 0x59AF, // 78  copy: subs r6, #4; ldr r7, [r5, r6]
    0x51A7, 0xD1FB, // 7c  str r7, [r4, r6]; bne copy
    0xF04F, 0x4280, // 80  mov.w r2, #0x40000000   TIMER0
    0xF243, 0x0139, // 84  movw r1, #12345
    0x6091, 0x2109, // 88  str r1, [r2, #8]   RELOAD; movs r1, #9
    0x6011, 0x4B1B, // 8c  str r1, [r2]   CTRL; ldr r3, =0xe000e100
    0xF44F, 0x7180, // 90  mov.w r1, #256
    0x6019, 0x2700, // 94  str r1, [r3]   NVIC_ISER0; movs r7, #0
    0x370D, 0xF007, 0x063F, // 98  loop: adds r7, #13; and.w r6, r7, #63
    0x3601, 0x3E01, // 9e  adds r6, #1; a0  delay: subs r6, #1
    0xD1FD, 0x053E, // a2  bne delay; lsls r6, r7, #20
    0xD1F7, 0xBF30, // a6  bne loop; wfi
    0xE7F5, 0x2101, // aa  b loop; ac  timer: movs r1, #1
    0x60D1, 0x6851, // ae  str r1, [r2, #12]   INTCLEAR; ldr r1, [r2, #4]   VALUE
    0x6A65, 0x69E3, // b2  ldr r5, [r4, #36]   WrOff; ldr r3, [r4, #28]   pBuffer
    0x5559, 0x3501, // b6  strb r1, [r3, r5]; adds r5, #1
    0xF005, 0x053F, // ba  and.w r5, r5, #63
    0x6265, 0xF001, 0x010F, // be  str r5, [r4, #36]; and.w r1, r1, #15
    0x3141, 0x6001, // c4  adds r1, #'A'; str r1, [r0]   DATA
    0x4770, 0xBE00, // c8  bx lr; ca  fault: bkpt 0
];

/// The image, to be loaded at address 0.
pub(crate) fn image() -> Vec<u8> {
    let mut words = vec![0x2001_0000, 0x65];
    words.extend([0xCB; 22]);
    words.push(0xAD);
    let mut image: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
    image.extend(CODE.iter().flat_map(|half| half.to_le_bytes()));
    // The RTT control block, copied to 0x20000000: one up ring of 64 bytes, called "ticks".
    image.extend_from_slice(b"SEGGER RTT\0\0\0\0\0\0");
    let descriptor = [1, 0, 0x100, 0x2000_0040, 64, 0, 0, 0];
    image.extend(descriptor.iter().flat_map(|word: &u32| word.to_le_bytes()));
    image.extend(0xE000_E100_u32.to_le_bytes());
    image.extend_from_slice(b"ticks\0");
    image
}
