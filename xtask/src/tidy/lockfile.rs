//! What the whole tree is built from.

use super::Breach;
use crate::house::House;

pub const RULE: &str = "one cryptography library for everything (aws-lc-rs), and at most 450 packages";

const BANNED: &[&str] = &["ring", "openssl", "openssl-sys", "native-tls", "async-std", "smol"];
const MOST: usize = 450;

pub fn find(house: &House) -> Vec<Breach> {
    let mut found: Vec<Breach> = BANNED
        .iter()
        .filter(|name| house.built.iter().any(|built| built == *name))
        .map(|name| {
            let mend = "`cargo tree --workspace --invert <name>` shows who brings it: turn that feature off";
            Breach::new("Cargo.lock", format!("{name} is built"), mend)
        })
        .collect();
    let text = house.text("Cargo.lock").unwrap_or_default();
    let packages = text.lines().filter(|line| *line == "[[package]]").count();
    if packages == 0 || packages > MOST {
        let mend = "drop a dependency, or the default features of one";
        found.push(Breach::new(
            "Cargo.lock",
            format!("has {packages} packages, wanted are 1 to {MOST}"),
            mend,
        ));
    }
    found
}
