//! 255 tasks, one more than there may be; with the feature `fewer`, 254.
#![no_std]
#![no_main]

#[path = "../../board/board.rs"]
mod board;

#[bluekernel::main]
fn main() {}

/// Two tasks to the power of the number of marks.
macro_rules! tasks {
    () => {
        const _: () = {
            #[bluekernel::task(priority = 1, stack = 136)]
            fn one() {}
        };
    };
    (+ $($more:tt)*) => {
        tasks!($($more)*);
        tasks!($($more)*);
    };
}

tasks!(+ + + + + + +);
tasks!(+ + + + + +);
tasks!(+ + + + +);
tasks!(+ + + +);
tasks!(+ + +);
tasks!(+ +);
tasks!(+);
#[cfg(not(feature = "fewer"))]
tasks!();
