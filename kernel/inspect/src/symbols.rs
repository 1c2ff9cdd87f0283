//! Symbol names: demangled, and which crate they come from.

/// The name of the crate for symbols without a path: C, assembly, `#[no_mangle]`.
pub(crate) const C: &str = "c";

/// Crates of the language: what a trait method on a built-in type is not attributed to if another crate is involved.
const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32", "u64", "u128",
    "usize",
];

/// A name as a person wrote it, without the hash; a name that is not Rust's as it is.
pub(crate) fn demangle(raw: &str) -> String {
    // The linker and LLVM append `.llvm.123`, `.0`, ...: the demangler knows them.
    format!("{:#}", rustc_demangle::demangle(raw))
}

/// Whether a name is one of the Arm ELF ABI's and RISC-V's mapping symbols (`$t`, `$d.12`, ...), which mark code and
/// data for disassemblers and name nothing.
pub(crate) fn is_mapping(raw: &str) -> bool {
    let mut bytes = raw.bytes();
    bytes.next() == Some(b'$')
        && matches!(bytes.next(), Some(b'a' | b't' | b'd' | b'x'))
        && matches!(bytes.next(), None | Some(b'.' | b'r'))
}

/// Whether a name is a label of the compiler's or the assembler's own (`.L_MergedGlobals`): they begin with `.L` in ELF
/// (GNU as manual, "Local Symbol Names"), and on RISC-V, where the linker moves code, they are kept.
pub(crate) fn is_label(raw: &str) -> bool {
    raw.starts_with(".L")
}

/// The crate that a demangled name belongs to: the crate of the type for a method, of the trait if the type is built in
/// or generic.
pub(crate) fn crate_of(name: &str) -> &str {
    match name.strip_prefix('<') {
        None => leading_crate(name).unwrap_or(C),
        Some(inside) => {
            // `<Type as Trait>::method`, `<Type>::method`: every path inside, in the order of writing.
            let mut paths = inside.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
            paths.find_map(leading_crate).unwrap_or(C)
        }
    }
}

/// The first segment of a path that has at least two.
fn leading_crate(path: &str) -> Option<&str> {
    let (first, rest) = path.split_once("::")?;
    let is_identifier = first.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && first.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_identifier && !rest.is_empty() && !PRIMITIVES.contains(&first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_and_v0_names_lose_mangling_and_hash() {
        // Both from the documentation of Rust's symbol mangling (RFC 2603 and the compiler's legacy scheme).
        assert_eq!(demangle("_ZN3foo3bar17h05af221e174051e9E"), "foo::bar");
        assert_eq!(demangle("_RNvCs1234_7mycrate3foo"), "mycrate::foo");
        assert_eq!(demangle("memcpy"), "memcpy");
        assert_eq!(demangle("_ZN3foo3bar"), "_ZN3foo3bar", "an incomplete name stays as it is");
    }

    #[test]
    fn the_crate_is_the_first_segment_or_the_type_s_or_the_trait_s() {
        for (name, owner) in [
            ("blinky::producer", "blinky"),
            ("core::fmt::num::imp::<impl core::fmt::Display for u32>::fmt", "core"),
            ("<blinky::Led as embedded_hal::digital::OutputPin>::set_high", "blinky"),
            ("<core::fmt::Formatter>::pad", "core"),
            ("<&T as core::fmt::Debug>::fmt", "core"),
            ("<u32 as defmt::Format>::format", "defmt"),
            ("<[u8] as my_crate::Sum>::sum", "my_crate"),
            ("<(u8, my_crate::X) as core::fmt::Debug>::fmt", "my_crate"),
            ("memcpy", C),
            ("_stack_start", C),
            ("operator::", C),
            ("", C),
        ] {
            assert_eq!(crate_of(name), owner, "{name}");
        }
    }

    #[test]
    fn labels_are_told_from_names() {
        assert!(is_label(".L_MergedGlobals.146") && is_label(".L0 "));
        assert!(!["LEVELS", ".bss", "_ZN3rig6LEVELS17h0123456789abcdefE", ""].iter().any(|name| is_label(name)));
    }

    #[test]
    fn mapping_symbols_are_told_from_names() {
        assert!(["$t", "$d", "$a", "$x", "$d.12", "$t.realdata", "$xrv32i2p1"].iter().all(|name| is_mapping(name)));
        assert!(!["$", "$data", "$total", "t", ""].iter().any(|name| is_mapping(name)));
    }
}
