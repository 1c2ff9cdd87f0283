//! As `../board/build.rs`, without the kernel's linker script.

use std::env;
use std::path::Path;

fn main() {
    let package = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let board = Path::new(&package).with_file_name("board");
    println!("cargo:rustc-link-search={}", board.display());
    for argument in ["-Tlink.x", "--nmagic"] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
    println!("cargo:rerun-if-changed={}", board.display());
}
