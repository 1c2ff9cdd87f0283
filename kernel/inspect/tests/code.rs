//! Where a namespace's code is, against binutils: `fixtures/code.addresses` is what `arm-none-eabi-addr2line -Cif` finds at each
//! address of `fixtures/code.elf` (`fixtures/code.sh`).

use bluekernel_inspect::Image;

const ELF: &[u8] = include_bytes!("fixtures/code.elf");
const ADDRESSES: &str = include_str!("fixtures/code.addresses");

/// The addresses (in steps of two bytes) at which one of the functions is beneath the path.
fn by_binutils(is_beneath: impl Fn(&str) -> bool) -> Vec<u64> {
    let lines = ADDRESSES.lines().map(|line| line.split_once(' ').unwrap());
    let beneath = lines.filter(|(_, functions)| is_beneath(functions));
    beneath.map(|(address, _)| u64::from_str_radix(address, 16).unwrap()).collect()
}

fn by_us(paths: &[&str]) -> Vec<u64> {
    let ranges = Image::parse(ELF).unwrap().code_beneath(paths).unwrap();
    assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start), "{ranges:x?}");
    ranges.into_iter().flat_map(|range| range.step_by(2)).collect()
}

#[test]
fn a_module_s_code_is_what_binutils_find_of_it() {
    // Binutils put the implementation of a trait into brackets.
    let names = |line: &str| line.starts_with("traced::trace::") || line.contains(" traced::trace::");
    let expected = by_binutils(|line| names(line) || line.contains("<traced::trace::"));
    assert!(expected.len() >= 40, "{expected:x?}");
    assert_eq!(by_us(&["traced::trace"]), expected);
}

#[test]
fn a_path_may_be_a_function_and_there_may_be_several() {
    let said = by_binutils(|line| line.contains("traced::rtt::said"));
    assert_eq!(said.len(), 10, "two bytes each");
    assert_eq!(by_us(&["traced::rtt::said"]), said);
    let both = by_us(&["traced::rtt::said", "traced::trace"]);
    assert_eq!(both.len(), said.len() + by_us(&["traced::trace"]).len());
    assert_eq!(by_us(&["trace", "traced::tra", "traced::rtt::sai"]), []);
}

#[test]
fn without_debug_information_there_is_no_answer() {
    let image = Image::parse(include_bytes!("fixtures/float.elf")).unwrap();
    assert_eq!(image.code_beneath(&["traced::trace"]), None);
}
