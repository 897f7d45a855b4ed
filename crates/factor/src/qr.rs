//! A QR symbol as an SVG document: one path, so that nothing is fetched and no script draws.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};

/// Modules of quiet around the symbol (ISO/IEC 18004 §7.3.7).
const QUIET: i32 = 4;

/// The symbol for a text; absent where it is too long for one.
pub fn svg(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let side = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            let _ = write!(path, "M{},{}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    // Black on white in every color scheme: cameras expect it.
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" \
         aria-label=\"QR code with the key\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0,0h{side}v{side}h-{side}z\"></path><path fill=\"#000\" d=\"{path}\"></path></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::svg;

    #[test]
    fn the_symbol_says_nothing_of_its_text_in_clear() {
        let drawn = svg("otpauth://totp/a:b?secret=JBSWY3DPEHPK3PXP&issuer=<a>\"").unwrap();
        assert!(!drawn.contains("JBSW") && !drawn.contains("<a>"));
        // The corner of the first finder pattern, after the quiet.
        assert!(drawn.contains("M4,4h1v1h-1z") && !drawn.contains("M3,4h1"), "{drawn}");
    }

    #[test]
    fn what_does_not_fit_is_not_drawn() {
        assert!(svg(&"x".repeat(4_000)).is_none());
    }
}
