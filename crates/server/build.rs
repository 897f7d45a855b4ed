//! What the linker does to ship a smaller binary, where it can; others ignore it with a warning. The relative relocations
//! are packed (GNU ld 2.38, LLD 15), and functions that came out alike are kept once (LLD): the same shape for many types.

fn main() {
    println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    println!("cargo::rerun-if-changed=build.rs");
}
