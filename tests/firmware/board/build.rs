//! Hands the linker its scripts, as a generated project's build.rs does. Shared by the packages with the kernel.
//!
//! The other files of this folder are what `bkctl new --board qemu-mps2-an385` generates; those in folders of it are for
//! packages with the feature of the same name. The script of `defmt` is read for packages with a feature of that name.

use std::env;
use std::path::Path;

pub fn main() {
    let package = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let mut board = Path::new(&package).with_file_name("board");
    for other in ["an505", "hifive1", "lm3s6965", "microbit", "stm32f4", "virt"] {
        if env::var_os(format!("CARGO_FEATURE_{}", other.to_uppercase())).is_some() {
            board.push(other);
        }
    }
    println!("cargo:rustc-link-search={}", board.display());
    for argument in ["-Tlink.x", "-Tbluekernel.x", "--nmagic", "--build-id"] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
    if env::var_os("CARGO_FEATURE_DEFMT").is_some() {
        println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
    }
    println!("cargo:rerun-if-changed={}", board.display());
}
