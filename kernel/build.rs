//! Puts the linker fragment where the linker finds it.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=bluekernel.x");
    println!("cargo::rerun-if-changed=build.rs");
    let Some(out) = env::var_os("OUT_DIR").map(PathBuf::from) else { return };
    if let Err(error) = fs::copy("bluekernel.x", out.join("bluekernel.x")) {
        println!("cargo::error=cannot copy bluekernel.x: {error}");
    }
    println!("cargo::rustc-link-search={}", out.display());
}
