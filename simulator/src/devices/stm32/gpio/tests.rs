//! A port's registers, its lock, and who decides the level of a pin.

use super::super::super::testing::Bench;
use super::*;
use crate::testing::stm32f4;

fn port(name: &str) -> Bench<Stm32Gpio> {
    Bench::of(Stm32Gpio::new(Setup { name, board: &stm32f4() }), 16_000_000)
}

fn drive(bench: &mut Bench<Stm32Gpio>, pin: u8, level: Option<bool>) {
    let port = bench.device.port;
    bench.hear(Signal::Drive { port, pin, level });
}

/// RM 8.4.1 to 8.4.10: offset, reset value, bits that can be written. IDR is that of a chip with nothing wired to it:
/// the pull-ups of PA13, PA15 and PB4, and low elsewhere.
#[test]
fn register_table() {
    const REGISTERS: [(u32, [u32; 3], u32); 10] = [
        (0x00, [0xA800_0000, 0x0000_0280, 0], 0xFFFF_FFFF),
        (0x04, [0, 0, 0], 0x0000_FFFF),
        (0x08, [0x0C00_0000, 0x0000_00C0, 0], 0xFFFF_FFFF),
        (0x0C, [0x6400_0000, 0x0000_0100, 0], 0xFFFF_FFFF),
        (0x10, [0x0000_A000, 0x0000_0010, 0], 0),
        (0x14, [0, 0, 0], 0x0000_FFFF),
        (0x18, [0, 0, 0], 0),
        (0x1C, [0, 0, 0], 0x0000_FFFF),
        (0x20, [0, 0, 0], 0xFFFF_FFFF),
        (0x24, [0, 0, 0], 0xFFFF_FFFF),
    ];
    for (which, name) in ["GPIOA", "GPIOB", "GPIOI"].into_iter().enumerate() {
        for (offset, reset, writable) in REGISTERS {
            let mut bench = port(name);
            let before = bench.read(offset);
            assert_eq!(before, reset[which], "{name} {offset:#x}");
            bench.write(offset, !before);
            assert_eq!(bench.read(offset), before ^ writable, "{name} {offset:#x}");
            assert_eq!(bench.unmodelled, 0);
        }
    }
    let mut bench = port("GPIOC");
    bench.write(0x28, 1).read(0x3FC);
    assert_eq!(bench.unmodelled, 2);
}

#[test]
fn an_output_drives_its_pin_and_says_so() {
    let mut bench = port("GPIOD");
    bench.write(MODER, 0b01 << 24).write(BSRR, 1 << 12);
    assert_eq!((bench.read(ODR), bench.read(IDR)), (1 << 12, 1 << 12));
    bench.write(BSRR, 1 << 28 | 1 << 3);
    assert_eq!((bench.read(ODR), bench.read(IDR)), (1 << 3, 0), "pin 3 is an input");
    let told = [true, false].map(|level| Signal::Pin { port: 3, pin: 12, level });
    assert_eq!(bench.signals, told);
}

/// RM 8.4.7: setting has priority over resetting.
#[test]
fn set_wins_over_reset() {
    let mut bench = port("GPIOD");
    bench.write(ODR, 0b0110).write(BSRR, 0b1010 << 16 | 0b0011);
    assert_eq!(bench.read(ODR), 0b0111);
}

/// RM 8.3.10: an open-drain output pulls low, or leaves the pin to others.
#[test]
fn open_drain_leaves_a_high_pin_to_others() {
    let mut bench = port("GPIOC");
    bench.write(MODER, 0b01).write(OTYPER, 1).write(ODR, 1);
    assert_eq!(bench.read(IDR), 0, "nobody pulls it up");
    bench.write(PUPDR, 0b01);
    assert_eq!(bench.read(IDR), 1);
    drive(&mut bench, 0, Some(false));
    assert_eq!(bench.read(IDR), 0, "somebody else pulls it low");
    bench.write(ODR, 0);
    drive(&mut bench, 0, Some(true));
    assert_eq!((bench.read(IDR), bench.device.pin_level(2, 0)), (0, Some(false)));
}

#[test]
fn an_input_shows_who_drives_it_then_its_pull() {
    let mut bench = port("GPIOE");
    bench.write(PUPDR, 0b10_01);
    assert_eq!(bench.read(IDR), 0b01, "pull-up on pin 0, pull-down on pin 1");
    drive(&mut bench, 0, Some(false));
    drive(&mut bench, 1, Some(true));
    assert_eq!(bench.read(IDR), 0b10);
    drive(&mut bench, 0, None);
    drive(&mut bench, 1, None);
    assert_eq!(bench.read(IDR), 0b01);
    // Another port's pin, and one that does not exist.
    bench.hear(Signal::Drive { port: 0, pin: 2, level: Some(true) });
    drive(&mut bench, 16, Some(true));
    assert_eq!((bench.read(IDR), bench.device.pin_level(4, 16)), (0b01, None));
}

/// RM 8.3.12: in analog mode the Schmitt trigger is off and the input reads 0.
#[test]
fn an_analog_pin_reads_low() {
    let mut bench = port("GPIOC");
    drive(&mut bench, 5, Some(true));
    assert_eq!(bench.read(IDR), 1 << 5);
    bench.write(MODER, 0b11 << 10);
    assert_eq!(bench.read(IDR), 0);
}

/// The board's button is active high, so a resistor holds PA0 low against the chip's pull-up.
#[test]
fn a_button_rests_at_its_resistor() {
    let mut bench = port("GPIOA");
    bench.write(PUPDR, 0b01);
    assert_eq!(bench.read(IDR), 0);
    drive(&mut bench, 0, Some(true));
    assert_eq!(bench.read(IDR), 1);
    drive(&mut bench, 0, None);
    assert_eq!(bench.read(IDR), 0);
}

/// RM 8.4: "can be accessed by bytes, half-words or words".
#[test]
fn narrow_stores_touch_their_bytes_only() {
    let mut bench = port("GPIOD");
    assert_eq!(bench.device.narrow_store(), NarrowStore::Lanes);
    bench.write(ODR, 0x1234).write_lanes(ODR, 0xAB00, 0xFF00);
    assert_eq!(bench.read(ODR), 0xAB34);
    bench.write_lanes(BSRR, 0x00FF_0000, 0xFFFF_0000);
    assert_eq!(bench.read(ODR), 0xAB00);
}

/// RM 8.4.8: write the key as 1, 0, 1 with the same pins, then read.
#[test]
fn the_lock_sequence_freezes_the_configuration() {
    let mut bench = port("GPIOD");
    bench.write(LCKR, LCKK | 0x0200).write(LCKR, 0x0200).write(LCKR, LCKK | 0x0200);
    bench.read(LCKR);
    assert_eq!(bench.read(LCKR), LCKK | 0x0200);
    for (register, writable) in [
        (MODER, 0xFFF3_FFFF),
        (OTYPER, 0x0000_FDFF),
        (OSPEEDR, 0xFFF3_FFFF),
        (PUPDR, 0xFFF3_FFFF),
        (AFRL, 0xFFFF_FFFF),
        (AFRH, 0xFFFF_FF0F),
        (ODR, 0x0000_FFFF),
        (LCKR, LCKK | 0x0200),
    ] {
        bench.write(register, 0xFFFF_FFFF);
        assert_eq!(bench.read(register), writable, "{register:#x}");
    }
}

#[test]
fn a_wrong_step_aborts_the_lock() {
    let right = [LCKK | 1, 1, LCKK | 1];
    for (step, value) in [(0, 1), (1, LCKK | 1), (1, 2), (2, 1), (2, LCKK | 2)] {
        let mut bench = port("GPIOD");
        let mut sequence = right;
        sequence[step] = value;
        for write in sequence {
            bench.write(LCKR, write);
        }
        bench.read(LCKR);
        assert_eq!(bench.read(LCKR) & LCKK, 0, "step {step}: {value:#x}");
    }
    // A half-word in the sequence, and no read at its end.
    let mut bench = port("GPIOD");
    bench.write(LCKR, right[0]).write_lanes(LCKR, 1, 0xFFFF).write(LCKR, right[2]).read(LCKR);
    assert_eq!(bench.read(LCKR) & LCKK, 0);
    bench.write(LCKR, right[0]).write(LCKR, right[1]).write(LCKR, right[2]).write(MODER, 0b01);
    assert_eq!(bench.read(MODER), 0b01);
}

#[test]
fn names_of_ports_and_pins() {
    assert_eq!([port_of("GPIOA"), port_of("GPIOI"), port_of("GPIO"), port_of("X")], [Some(0), Some(8), None, None]);
    assert_eq!(
        [pin_of("PA0"), pin_of("PD12"), pin_of("PD16"), pin_of("FPGAIO.LED0.0"), pin_of("P")],
        [Some((0, 0)), Some((3, 12)), None, None, None]
    );
}
