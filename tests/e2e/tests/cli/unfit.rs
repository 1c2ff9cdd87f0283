//! Firmware that does not fit its board, and boards that do not fit bksim: one message, exit code 2, nothing half-run.

use std::fs;
use std::path::Path;

use bluekernel_e2e::{MPS2, Run, bkctl, repository, run, scratch};

fn refused(folder: &Path, file: &str, board: &str, words: &[&str]) -> Run {
    let done =
        run(&mut bkctl(folder, &["sim", file, "--board", board, "--for", "1ms"])).exits(2).one_error().says(words);
    assert!(done.out.is_empty(), "{}", done.out);
    done
}

/// An Arm ELF file of these segments: address and bytes.
fn elf(segments: &[(u32, &[u32])]) -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    let mut file = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x28\0".to_vec();
    // Version, entry, program headers behind the header, no sections; flags; sizes of the headers, and how many.
    file.extend(words(&[1, 0, 52, 0, 0x0500_0000, 52 | 32 << 16, segments.len() as u32 | 40 << 16, 0]));
    let mut offset = (52 + 32 * segments.len()) as u32;
    for (address, data) in segments {
        let size = 4 * data.len() as u32;
        file.extend(words(&[1, offset, *address, *address, size, size, 5, 4]));
        offset += size;
    }
    segments.iter().for_each(|(_, data)| file.extend(words(data)));
    file
}

#[test]
fn an_elf_file_for_another_core_of_the_family() {
    let folder = scratch();
    let elf = MPS2.fixture().elf();
    refused(folder.path(), elf, "microbit", &["armv7-m", "microbit", "cortex-m0", "help:", "thumbv6m-none-eabi"]);
    refused(folder.path(), elf, "hifive1", &["arm", "hifive1", "rv32imac", "riscv32imac-unknown-none-elf"]);
}

#[test]
fn segments_that_lie_wrong() {
    const TABLE: &[u32] = &[0x2000_1000, 9, 0xe7fe_e7fe];
    let folder = scratch();
    for (segments, words) in [
        (&[(0x8000, TABLE)][..], &["no vector table", "0x00000000"][..]),
        (&[(0, TABLE), (0x6000_0000, &[0])], &["0x60000000", "has no memory"]),
        (&[(0, TABLE), (4, &[0])], &["overlap", "0x00000000", "0x00000004"]),
        (&[(0, &[0x2000_1000, 8])], &["vector table", "0x00000008", "Thumb"]),
        (&[], &["no loadable segment"]),
    ] {
        fs::write(folder.path().join("wrong.elf"), elf(segments)).expect("written");
        refused(folder.path(), "wrong.elf", MPS2.name, words);
    }
    // Without the fault it runs.
    fs::write(folder.path().join("right.elf"), elf(&[(0, TABLE)])).expect("written");
    run(&mut bkctl(folder.path(), &["sim", "right.elf", "--board", MPS2.name, "--for", "1ms"])).exits(0);
}

#[test]
fn a_board_with_a_part_that_has_no_model() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "partless");
    fs::create_dir_all(project.join("boards/chips")).expect("made");
    let chip = fs::read_to_string(repository().join("boards/chips/mps2-an385.toml")).expect("there");
    let wrong = chip.replacen("model = \"cmsdk-uart\"", "model = \"cmsdk-quart\"", 1);
    assert_ne!(wrong, chip);
    fs::write(project.join("boards/chips/mps2-an385.toml"), wrong).expect("written");
    refused(&project, MPS2.fixture().elf(), MPS2.name, &["UART0", "`cmsdk-quart`"]);
}
