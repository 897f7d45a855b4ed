//! Packs the relative relocations of the binary, where the linker can (GNU ld 2.38, LLD 15): a megabyte less to ship. Others
//! ignore it with a warning.

fn main() {
    println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    println!("cargo::rerun-if-changed=build.rs");
}
