//! What a linker has to know of a module whose symbols of Python come from the interpreter that loads it, and how it makes the module smaller.

use std::{env, path::Path, process::Command};

fn main() {
    pyo3_build_config::add_extension_module_link_args();
    if links_with_lld().unwrap_or(false) {
        // Functions with the same machine code, of which generic ones have many, are there once. Nothing here tells functions apart by address.
        println!("cargo:rustc-cdylib-link-arg=-Wl,--icf=all");
    }
}

/// Whether it is LLD that links: where Rust brings it and takes it unless it is told otherwise
/// (<https://blog.rust-lang.org/2025/09/18/Rust-1.90.0/>).
fn links_with_lld() -> Option<bool> {
    println!("cargo:rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    let target = env::var("TARGET").ok()?;
    if target != "x86_64-unknown-linux-gnu" || env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| !flags.is_empty())
    {
        return Some(false);
    }
    let printed = Command::new(env::var_os("RUSTC")?).args(["--print", "sysroot"]).output().ok()?;
    let sysroot = String::from_utf8(printed.stdout).ok()?;
    Some(Path::new(sysroot.trim()).join("lib/rustlib").join(target).join("bin/gcc-ld/ld.lld").is_file())
}
