//! The template's text, to the letter: from what its comments promise, computed here again. The same on every board.

use bluekernel_e2e::{BOARDS, Board, MORE_BOARDS, scratch};

#[test]
fn the_templates_numbers_are_right() {
    BOARDS.into_iter().chain(MORE_BOARDS).for_each(the_numbers_are_right_on);
}

fn the_numbers_are_right_on(board: &Board) {
    let folder = scratch();
    let expected: String = lines().iter().map(|line| format!("{line}\r\n")).collect();
    assert_eq!(board.text(&board.fixture().elf, folder.path(), "2s"), expected, "{}", board.name);
}

/// What it prints, without the line ends that a terminal wants.
fn lines() -> Vec<String> {
    // alpha has the tool that echo, the most important, waits for, and so runs first; then importance decides.
    let order = ["alpha", "echo", "delta", "charlie", "bravo"];
    let work = order.map(|name| crc32(name.repeat(32).as_bytes()));
    // The samples: the linear congruential generator of Numerical Recipes, from 1.
    let next = |x: &u32| Some(x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let samples: [u32; 16] = {
        let mut all = std::iter::successors(Some(1), next).skip(1);
        std::array::from_fn(|_| all.next().expect("endless"))
    };
    let sum = samples.iter().fold(0_u32, |sum, x| sum.wrapping_add(*x));

    let mut lines = vec!["five tasks contended; they finished in this order:".to_owned()];
    lines.extend(order.iter().zip(work).map(|(name, crc)| format!("  {name:8} {crc:08x}")));
    lines.push(format!("their work has the CRC-32 {:08x}", crc32_of_words(&work)));
    lines.push(format!("16 samples came through the channel: sum {sum}, CRC-32 {:08x}", crc32_of_words(&samples)));
    lines.push("5 timer interrupts were answered".to_owned());
    lines.push("the LED blinks on; see RTT and the trace".to_owned());
    lines
}

/// CRC-32 as in IEEE 802.3, bit by bit: reflected polynomial 0xedb88320.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// The same over words, little end first.
fn crc32_of_words(words: &[u32]) -> u32 {
    crc32(&words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>())
}
