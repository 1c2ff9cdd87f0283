//! The board's linker scripts, but a main stack of its own: what stands in memory.x beside this file.

#[path = "../board/build.rs"]
mod board;

fn main() {
    println!("cargo:rustc-link-search={}", std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    board::main();
}
