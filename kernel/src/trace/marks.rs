//! The user's own marks on the timeline.
//!
//! A name costs neither flash nor RAM: it stands in an ELF section that is not loaded, and its place there is its
//! number. Marks may be set from any context, interrupt handlers included. Without feature `trace` they are nothing.

/// Begins a span on the timeline. [`mark_end!`](crate::mark_end) with the same name ends it; [`span!`](crate::span)
/// does both. From any context; does not block.
///
/// ```no_run
/// bluekernel::mark_begin!("transfer");
/// bluekernel::mark_end!("transfer");
/// ```
#[macro_export]
macro_rules! mark_begin {
    ($name:literal) => {
        $crate::trace::__mark_begin($crate::__name!($name))
    };
}

/// Ends a span that [`mark_begin!`](crate::mark_begin) began. From any context; does not block.
#[macro_export]
macro_rules! mark_end {
    ($name:literal) => {
        $crate::trace::__mark_end($crate::__name!($name))
    };
}

/// Marks a moment, with a value (`u32`, or what converts into it) to show beside it. From any context; does not
/// block.
///
/// ```no_run
/// let retries = 3_u8;
/// bluekernel::mark!("retry", retries);
/// bluekernel::mark!("gave up");
/// ```
#[macro_export]
macro_rules! mark {
    ($name:literal) => {
        $crate::mark!($name, 0_u32)
    };
    ($name:literal, $value:expr) => {
        $crate::trace::__mark($crate::__name!($name), ::core::primitive::u32::from($value))
    };
}

/// Draws a value over time: `i64`, or what converts into it. From any context; does not block.
///
/// ```no_run
/// let celsius = -4_i32;
/// bluekernel::counter!("temperature", celsius);
/// ```
#[macro_export]
macro_rules! counter {
    ($name:literal, $value:expr) => {
        $crate::trace::__counter($crate::__name!($name), ::core::primitive::i64::from($value))
    };
}

/// A span from here to the end of the block: keep what it returns. From any context; does not block.
///
/// ```no_run
/// let _busy = bluekernel::span!("filter");
/// ```
#[macro_export]
macro_rules! span {
    ($name:literal) => {
        $crate::trace::Span::__begin($crate::__name!($name))
    };
}

/// A name's number: its address in a section that is linked at 0 and not loaded.
#[doc(hidden)]
#[macro_export]
macro_rules! __name {
    ($name:literal) => {{
        const TEXT: &::core::primitive::str = ::core::concat!($name, "\0");
        #[cfg_attr(target_os = "none", unsafe(link_section = ".bk.names"))]
        static NAME: [::core::primitive::u8; TEXT.len()] = $crate::trace::__name_bytes(TEXT);
        $crate::__name_number!(NAME)
    }};
}

/// The address.
#[cfg(not(all(target_arch = "riscv64", target_os = "none")))]
#[doc(hidden)]
#[macro_export]
macro_rules! __name_number {
    ($name:ident) => {
        (&raw const $name) as ::core::primitive::usize as ::core::primitive::u32
    };
}

/// The address, absolute: the compiler would count from the instruction, which is farther away than its offsets reach.
#[cfg(all(target_arch = "riscv64", target_os = "none"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __name_number {
    ($name:ident) => {{
        let number: ::core::primitive::usize;
        // SAFETY: makes a number.
        unsafe {
            ::core::arch::asm!(
                "lui {0}, %hi({1})",
                "addi {0}, {0}, %lo({1})",
                out(reg) number,
                sym $name,
                options(pure, nomem, nostack),
            );
        }
        number as ::core::primitive::u32
    }};
}

/// A span that ends when this is dropped. Made by [`span!`](crate::span).
#[must_use = "the span ends where this value is dropped: keep it in a variable like `_span`"]
pub struct Span(u32);

impl Span {
    #[doc(hidden)]
    #[inline]
    pub fn __begin(id: u32) -> Self {
        super::mark_begin(id);
        Self(id)
    }
}

impl Drop for Span {
    #[inline]
    fn drop(&mut self) {
        super::mark_end(self.0);
    }
}

#[doc(hidden)]
#[inline]
pub fn __mark_begin(id: u32) {
    super::mark_begin(id);
}

#[doc(hidden)]
#[inline]
pub fn __mark_end(id: u32) {
    super::mark_end(id);
}

#[doc(hidden)]
#[inline]
pub fn __mark(id: u32, value: u32) {
    super::mark(id, value);
}

#[doc(hidden)]
#[inline]
pub fn __counter(id: u32, value: i64) {
    super::counter(id, value);
}

/// A text with its NUL as bytes. A NUL inside would cut the name in two.
#[doc(hidden)]
#[must_use]
pub const fn __name_bytes<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    let mut at = 0;
    while at < N {
        bytes[at] = text.as_bytes()[at];
        assert!((bytes[at] == 0) == (at == N - 1), "a name has no NUL in it");
        at += 1;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_utf8_and_a_nul() {
        assert_eq!(__name_bytes::<4>("\u{f6}x\0"), [0xc3, 0xb6, b'x', 0]);
    }

    #[test]
    #[should_panic = "a name has no NUL in it"]
    fn a_name_with_a_nul_is_refused() {
        let _: [u8; 4] = __name_bytes("a\0b\0");
    }
}
