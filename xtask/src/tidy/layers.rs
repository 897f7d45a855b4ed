//! Who may know whom.

use super::Breach;
use crate::house::{House, PREFIX, Room};

pub const RULE: &str =
    "a room may use the layers below its own, none above or beside it; libs/ and demo/ use libs/ only";

/// From the bottom to the top. A room that is created gets its place here and in ARCHITECTURE.md.
const LAYERS: &[&[&str]] = &[
    &["kernel", "model"],
    &["oauth", "rebac", "policy", "audit", "detect", "factor"],
    &["store", "vault", "outbound"],
    &["context"],
    &["issuer", "directory", "governance", "broker", "authz", "watch", "discover"],
    &["api", "console", "gateway"],
    &["server"],
    &["testkit"],
];

/// Arrows within a layer.
const SIDEWAYS: &[(&str, &str)] = &[("model", "kernel"), ("vault", "store")];

const SURFACES: &[&str] = &["api", "console", "gateway"];

fn layer(room: &str) -> Option<usize> {
    LAYERS.iter().position(|rooms| rooms.contains(&room))
}

pub fn find(house: &House) -> Vec<Breach> {
    house.rooms.iter().flat_map(|room| of_room(house, room)).collect()
}

fn of_room(house: &House, room: &Room) -> Vec<Breach> {
    let mut found = Vec::new();
    let own = layer(&room.name);
    if room.folder.starts_with("crates/") && own.is_none() {
        found.push(Breach::new(
            &room.folder,
            "has no layer",
            "give it its place in LAYERS of xtask/src/tidy/layers.rs",
        ));
    }
    for other in house.rooms.iter().filter(|other| room.needs.contains(&format!("{PREFIX}{}", other.name))) {
        let place = format!("{}/Cargo.toml", room.folder);
        if let Some((what, mend)) = refusal(room, own, other) {
            found.push(Breach::new(place, what, mend));
        }
    }
    found
}

fn refusal(room: &Room, own: Option<usize>, other: &Room) -> Option<(String, &'static str)> {
    let arrow = format!("`{}` uses `{}`", room.name, other.name);
    let of_library = other.folder.starts_with("libs/");
    if room.folder.starts_with("libs/") || room.folder == "demo" {
        let mend = "strangers get these: move what is shared into libs/, or copy the ten lines";
        return (!of_library).then(|| (format!("{arrow}, which is not in libs/"), mend));
    }
    if SURFACES.contains(&room.name.as_str()) && other.name == "store" {
        return Some((
            format!("{arrow}, though surfaces parse, prove, call one use case and render"),
            "ask a use case",
        ));
    }
    let (Some(own), Some(below)) = (own, layer(&other.name)) else { return None };
    if below > own {
        return Some((format!("{arrow}, which is above it"), "pass the fact down as an argument"));
    }
    let allowed = SIDEWAYS.contains(&(room.name.as_str(), other.name.as_str()));
    let mend = "siblings meet in `store` (facts) or in the outbox (reactions)";
    (below == own && !allowed).then(|| (format!("{arrow}, which is beside it"), mend))
}
