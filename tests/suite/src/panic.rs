//! Behaviours that end with a panic.

/// Turns a file into a behaviour that must end with a panic whose text ends as given. What stands behind the text is run in
/// `main`.
///
/// On a target the kernel's own panic handler tells its last words to the console, which is [`judge`] here. If no panic
/// comes, the least important task ends the run two seconds after the start.
#[macro_export]
macro_rules! panics {
    ($text:literal $(, $main:expr)?) => {
        #[cfg(not(target_os = "none"))]
        #[test]
        #[should_panic(expected = $text)]
        fn behaviour() {
            ::bluekernel::rt::start(|| { $($main)? });
        }

        #[cfg(target_os = "none")]
        #[bluekernel::task(priority = 0, stack = 2048)]
        fn judge() {
            ::bluekernel::sleep($crate::PATIENCE);
            ::bluekernel::exit(1);
        }

        #[cfg(target_os = "none")]
        #[bluekernel::main]
        fn main() {
            ::bluekernel::fault::set_console(|piece| $crate::panic::judge(piece, $text));
            $($main)?
        }
    };
}

/// Ends the run with success if a piece of the last words ends with the expected text, without at their end, which is a
/// piece of its own.
pub fn judge(piece: &[u8], expected: &str) {
    if piece.ends_with(expected.as_bytes()) {
        bluekernel::exit(0);
    }
    if piece == b"\n" {
        bluekernel::exit(1);
    }
}
