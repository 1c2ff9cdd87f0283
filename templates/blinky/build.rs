//! Hands the linker its scripts: `link.x` is cortex-m-rt's or, on RISC-V, the kernel's, `bluekernel.x` the kernel's, and
//! those in `board/` were generated from the board's description. Needs nothing but cargo.

use std::env;

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    println!("cargo:rustc-link-search={root}/board");
    // --nmagic: sections need not be aligned to pages. --build-id: recordings name the firmware that made them.
    for argument in ["-Tlink.x", "-Tbluekernel.x", "--nmagic", "--build-id"] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
    for path in ["build.rs", "board"] {
        println!("cargo:rerun-if-changed={path}");
    }
}
