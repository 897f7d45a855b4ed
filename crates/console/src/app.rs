//! The inbox as an app on a phone: its manifest (W3C Web Application Manifest), its service worker, and its icon as pixels,
//! drawn here from the same lines as the seal.

use std::sync::LazyLock;

use serde_json::json;

use crate::{assets, links};

pub const WORKER: &str = include_str!("../assets/sw.js");

/// Where an installed app begins, and how it looks.
pub static MANIFEST: LazyLock<String> = LazyLock::new(|| {
    json!({
        "id": links::inbox(),
        "name": "Chancery inbox",
        "short_name": "Inbox",
        "description": "What agents ask you, and your answers.",
        "start_url": links::inbox(),
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b5563",
        "icons": [
            {"src": links::asset(&assets::ICON.name), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
            {"src": links::app_icon("192"), "sizes": "192x192", "type": "image/png", "purpose": "any"},
            {"src": links::app_icon("512"), "sizes": "512x512", "type": "image/png", "purpose": "any"}
        ],
    })
    .to_string()
});

pub static ICON_192: LazyLock<Vec<u8>> = LazyLock::new(|| icon(192));
pub static ICON_512: LazyLock<Vec<u8>> = LazyLock::new(|| icon(512));

/// The corners of the seal, as `assets/seal.svg` has them, in a square of 32.
const CORNERS: [(f64, f64); 8] = [
    (16.0, 1.5),
    (26.3, 5.7),
    (30.5, 16.0),
    (26.3, 26.3),
    (16.0, 30.5),
    (5.7, 26.3),
    (1.5, 16.0),
    (5.7, 5.7),
];
const PAPER: u8 = 0;
const INK: u8 = 1;
const LINE: u8 = 2;
/// White, the color of the seal, white.
const PALETTE: [[u8; 3]; 3] = [[0xff; 3], [0x0b, 0x55, 0x63], [0xff; 3]];

/// What is drawn at a point.
fn at(x: f64, y: f64) -> u8 {
    if (18.2..22.6).contains(&x) && (13.8..18.2).contains(&y) {
        return LINE;
    }
    // An open ring around (16, 16), as thick as the stroke.
    let (dx, dy) = (x - 16.0, y - 16.0);
    let ring = (dx.hypot(dy) - 7.0).abs() <= 1.5;
    if ring && !(dx > 4.6 && dy.abs() < 5.4) {
        return LINE;
    }
    if within(x, y) { INK } else { PAPER }
}

/// The corners go around clockwise: inside is to the right of every edge.
fn within(x: f64, y: f64) -> bool {
    let next = CORNERS.iter().cycle().skip(1);
    CORNERS.iter().zip(next).all(|((ax, ay), (bx, by))| (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0.0)
}

/// An indexed picture (PNG, third edition §11.2), its rows in stored blocks (RFC 1951 §3.2.4).
fn icon(size: u32) -> Vec<u8> {
    let mut rows = Vec::new();
    for y in 0..size {
        rows.push(0);
        let place = |n: u32| (f64::from(n) + 0.5) * 32.0 / f64::from(size);
        rows.extend((0..size).map(|x| at(place(x), place(y))));
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let head = [&size.to_be_bytes()[..], &size.to_be_bytes(), &[8, 3, 0, 0, 0]].concat();
    chunk(&mut png, b"IHDR", &head);
    chunk(&mut png, b"PLTE", &PALETTE.concat());
    chunk(&mut png, b"IDAT", &stored(&rows));
    chunk(&mut png, b"IEND", &[]);
    png
}

fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    let (a, b) = bytes.iter().fold((1u32, 0u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    out.extend(((b << 16) | a).to_be_bytes());
    out
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    png.extend(u32::try_from(body.len()).unwrap_or_default().to_be_bytes());
    let named = [&kind[..], body].concat();
    png.extend_from_slice(&named);
    let crc = named.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xedb8_8320 } else { c >> 1 })
    });
    png.extend((!crc).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_is_a_picture_with_the_seal_on_it() {
        let png = icon(192);
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\xc0\0\0\0\xc0"));
        // The CRC of an empty IEND is known.
        assert!(png.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"));
        assert_eq!((at(0.5, 0.5), at(16.0, 3.0), at(9.0, 16.0), at(20.0, 16.0)), (PAPER, INK, LINE, LINE));
    }

    #[test]
    fn the_worker_keeps_nothing_and_leads_into_the_inbox_alone() {
        assert!(!WORKER.contains("caches") && !WORKER.contains("indexedDB") && !WORKER.contains("\"fetch\""));
        assert!(WORKER.contains(r"/^\/inbox(\/apr_[0-9a-v]+)?$/"));
    }
}
