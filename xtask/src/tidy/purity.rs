//! What a room may be built from, by its kind.

use super::Breach;
use crate::house::{House, PREFIX};

pub const RULE: &str = "pure rooms know no runtime, driver or HTTP crate and have at most six dependencies; use cases \
                        know neither axum nor a driver; surfaces and doors build no HTTP client";

struct Law {
    rooms: &'static [&'static str],
    banned: &'static [&'static str],
    why: &'static str,
    mend: &'static str,
}

const PURE: &[&str] = &["kernel", "model", "oauth", "rebac", "policy", "audit", "detect"];
const USE_CASES: &[&str] =
    &["context", "issuer", "directory", "governance", "notify", "broker", "authz", "watch", "discover"];
/// Direct dependencies of a pure room, those of the house not counted.
const MOST: usize = 6;

const LAWS: &[Law] = &[
    Law {
        rooms: PURE,
        banned: &[
            "tokio",
            "futures-util",
            "axum",
            "hyper",
            "hyper-util",
            "http",
            "http-body-util",
            "tower",
            "reqwest",
            "rusqlite",
            "postgres",
            "tokio-postgres",
            "rustls",
            "tokio-rustls",
            "tracing",
        ],
        why: "is pure",
        mend: "return data, and let the room that calls do the work",
    },
    Law {
        rooms: USE_CASES,
        banned: &[
            "axum",
            "hyper",
            "hyper-util",
            "http",
            "tower",
            "rusqlite",
            "postgres",
            "tokio-postgres",
            "reqwest",
        ],
        why: "is a use case",
        mend: "HTTP belongs to the surfaces, SQL to `store`",
    },
    Law {
        rooms: &["api", "console", "gateway", "server", "vault"],
        banned: &["rusqlite", "postgres", "tokio-postgres"],
        why: "is not `store`",
        mend: "add the statement to a file of crates/store/src/tables",
    },
    Law {
        rooms: &["api", "console", "store", "vault"],
        banned: &["reqwest"],
        why: "does not call out",
        mend: "outgoing HTTP has one door; the command line alone (crates/server/src/cli/admin) has its own",
    },
];

pub fn find(house: &House) -> Vec<Breach> {
    let mut found = Vec::new();
    for room in &house.rooms {
        let place = format!("{}/Cargo.toml", room.folder);
        for law in LAWS.iter().filter(|law| law.rooms.contains(&room.name.as_str())) {
            let banned = room.needs.iter().filter(|need| law.banned.contains(&need.as_str()));
            found.extend(banned.map(|need| {
                Breach::new(&place, format!("`{}` {} and depends on {need}", room.name, law.why), law.mend)
            }));
        }
        let strangers = room.needs.iter().filter(|need| !need.starts_with(PREFIX)).count();
        if PURE.contains(&room.name.as_str()) && strangers > MOST {
            let what = format!("`{}` is pure and has {strangers} dependencies, more than {MOST}", room.name);
            found.push(Breach::new(place, what, "write the few lines that are needed"));
        }
    }
    found
}
