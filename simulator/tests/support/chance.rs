//! A firmware assembled by hand that interrupts itself by chance: the handlers of TIMER0 and TIMER1 mix what the timers
//! show, which is the interrupt's latency, into a number, and take their next periods from it; TIMER0's sends it from
//! UART0, TIMER1's puts it into RTT channel 0. A byte that UART0 receives goes into it as well, and SysTick counts. The
//! main loop fills memory with what comes of it, and sleeps at times. A cycle more or less anywhere, and all is different.

/// From the reset handler at 0x6c on. The listing is that of `arm-none-eabi-objdump`.
const CODE: [u16; 146] = [
    0xF04F, 0x2040, 0x2110, 0x6101, // 6c  reset: mov.w r0, #0x40004000; movs r1, #16; str r1, [r0, #16]   BAUDDIV
    0x210B, 0x6081, 0xF04F, 0x5400, // 74  movs r1, #11; str r1, [r0, #8]   CTRL; mov.w r4, #0x20000000
    0xA544, 0x2630, // 7c  adr r5, block; movs r6, #48
    0x3E04, 0x59AF, 0x51A7, 0xD1FB, // 80  copy: subs r6, #4; ldr r7, [r5, r6]; str r7, [r4, r6]; bne copy
    0x2101, 0xF8C4, 0x10C0, 0x4B3D, // 88  movs r1, #1; str.w r1, [r4, #192]   the number; ldr r3, =0xe000e100
    0xF240, 0x3101, 0x6019, 0x2120, // 90  movw r1, #0x301; str r1, [r3]   NVIC_ISER0; movs r1, #0x20
    0xF883, 0x1300, 0xF248, 0x0140, // 98  strb.w r1, [r3, #0x300]   UART0_RX; movw r1, #0x8040
    0xF8A3, 0x1308, 0x4B38, // a0  strh.w r1, [r3, #0x308]   TIMER0, TIMER1; ldr r3, =0xe000e010
    0xF241, 0x3187, 0x6059, 0x2107, // a6  movw r1, #4999; str r1, [r3, #4]; movs r1, #7
    0x6019, 0xF04F, 0x4280, // ae  str r1, [r3]   SysTick; mov.w r2, #0x40000000
    0xF240, 0x31E7, 0x6091, 0x2109, // b4  movw r1, #999; str r1, [r2, #8]; movs r1, #9
    0x6011, 0xF502, 0x5280, // bc  str r1, [r2]   TIMER0; add.w r2, r2, #0x1000
    0xF240, 0x3109, 0x6091, 0x2109, // c2  movw r1, #777; str r1, [r2, #8]; movs r1, #9
    0x6011, 0x4B2F, // ca  str r1, [r2]   TIMER1; ldr r3, =1664525
    0xF8D4, 0x10C0, 0xFB06, 0x1603, // ce  loop: ldr.w r1, [r4, #192]; mla r6, r6, r3, r1
    0x0E37, 0xEB04, 0x0787, // d6  lsrs r7, r6, #24; add.w r7, r4, r7, lsl #2
    0xF8C7, 0x6100, 0x06F1, 0xBF08, // dc  str.w r6, [r7, #256]; lsls r1, r6, #27; it eq
    0xBF30, 0x2E00, 0xBF47, 0x360D, // e4  wfieq; cmp r6, #0; ittee mi; addmi r6, #13
    0xF8D7, 0x1100, 0x407E, // ec  ldrmi.w r1, [r7, #256]; eorpl r6, r7
    0xF8C7, 0x6104, 0xE7EA, // f2  strpl.w r6, [r7, #260]; b loop
    0xF8D4, 0x00C4, 0x3001, // f8  systick: ldr.w r0, [r4, #196]; adds r0, #1
    0xF8C4, 0x00C4, 0x4770, // fe  str.w r0, [r4, #196]; bx lr
    0xF04F, 0x4080, 0xF500, 0x4080, // 104  receive: mov.w r0, #0x40000000; add.w r0, r0, #0x4000
    0x6801, 0x2202, 0x60C2, // 10c  ldr r1, [r0]   DATA; movs r2, #2; str r2, [r0, #12]   INTCLEAR
    0xF8D4, 0x20C0, 0xEB02, 0x2201, // 112  ldr.w r2, [r4, #192]; add.w r2, r2, r1, lsl #8
    0xF8C4, 0x20C0, 0x4770, // 11a  str.w r2, [r4, #192]; bx lr
    0xF04F, 0x4280, 0x2101, 0x60D1, // 120  timer0: mov.w r2, #0x40000000; movs r1, #1; str r1, [r2, #12]
    0x6851, 0xF8D4, 0x00C0, 0x1840, // 128  ldr r1, [r2, #4]   VALUE; ldr.w r0, [r4, #192]; adds r0, r0, r1
    0xEA80, 0x3040, 0xEA80, 0x4050, // 130  eor.w r0, r0, r0, lsl #13; eor.w r0, r0, r0, lsr #17
    0xEA80, 0x1040, 0xF8C4, 0x00C0, // 138  eor.w r0, r0, r0, lsl #5; str.w r0, [r4, #192]
    0xF3C0, 0x010A, 0x313C, 0x6091, // 140  ubfx r1, r0, #0, #11; adds r1, #60; str r1, [r2, #8]   RELOAD
    0xF502, 0x4280, 0x6010, 0x4770, // 148  add.w r2, r2, #0x4000; str r0, [r2]   DATA; bx lr
    0xF04F, 0x4280, 0xF502, 0x5280, // 150  timer1: mov.w r2, #0x40000000; add.w r2, r2, #0x1000
    0x2101, 0x60D1, 0x6851, // 158  movs r1, #1; str r1, [r2, #12]; ldr r1, [r2, #4]   VALUE
    0xF8D4, 0x00C0, 0x4048, // 15e  ldr.w r0, [r4, #192]; eors r0, r1
    0xF3C0, 0x03CB, 0x3332, 0x6093, // 164  ubfx r3, r0, #3, #12; adds r3, #50; str r3, [r2, #8]   RELOAD
    0xB460, 0x6A65, 0x69E6,
    0x5570, // 16c  push {r5, r6}; ldr r5, [r4, #36]   WrOff; ldr r6, [r4, #28]; strb r0, [r6, r5]
    0x3501, 0xF005, 0x053F, 0x6265, // 174  adds r5, #1; and.w r5, r5, #63; str r5, [r4, #36]
    0xBC60, 0x4770, // 17c  pop {r5, r6}; bx lr
    0xBE00, 0xBF00, 0xE100, 0xE000, // 180  fault: bkpt 0; nop; .word 0xe000e100
    0xE010, 0xE000, 0x660D, 0x0019, // 188  .word 0xe000e010; .word 1664525
];

/// The image, to be loaded at address 0.
pub(crate) fn image() -> Vec<u8> {
    let mut words = vec![0x2001_0000, 0x6D];
    words.extend([0x181; 13]);
    words.extend([0xF9, 0x105]); // SysTick, UART0_RX
    words.extend([0x181; 7]);
    words.extend([0x121, 0x151, 0]); // TIMER0, TIMER1
    let mut image: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
    image.extend(CODE.iter().flat_map(|half| half.to_le_bytes()));
    // The RTT control block, copied to 0x20000000: one up ring of 64 bytes, called "chance".
    image.extend_from_slice(b"SEGGER RTT\0\0\0\0\0\0");
    let descriptor = [1, 0, 0x1C0, 0x2000_0040, 64, 0, 0, 0];
    image.extend(descriptor.iter().flat_map(|word: &u32| word.to_le_bytes()));
    image.extend_from_slice(b"chance\0\0");
    image
}
