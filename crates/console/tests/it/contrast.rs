//! The palette against WCAG 2.2 §1.4.3 and §1.4.11, computed from the stylesheet itself.

use std::collections::HashMap;

use chancery_console::assets;

/// Ink, its grounds, and the least contrast.
const PAIRS: &[(&str, &[&str], f64)] = &[
    (
        "ink",
        &["paper", "surface", "sunken", "allow-soft", "deny-soft", "pending-soft", "contained-soft"],
        7.0,
    ),
    ("ink-2", &["paper", "surface", "sunken", "contained-soft"], 4.5),
    ("accent", &["paper", "surface", "accent-soft", "contained-soft"], 4.5),
    ("on-accent", &["accent", "accent-strong"], 4.5),
    ("allow", &["surface", "allow-soft"], 4.5),
    ("deny", &["surface", "sunken", "deny-soft"], 4.5),
    ("pending", &["surface", "pending-soft"], 4.5),
    ("contained", &["surface", "contained-soft"], 4.5),
    ("quiet", &["surface", "quiet-soft"], 4.5),
    ("on-stop", &["stop"], 4.5),
    ("side-ink", &["side", "side-2"], 4.5),
    ("side-dim", &["side", "side-2"], 4.5),
    ("side-mark", &["side", "side-2"], 3.0),
    ("edge", &["paper", "surface"], 3.0),
];

fn tokens(css: &str) -> HashMap<String, [f64; 3]> {
    let mut out = HashMap::new();
    for part in css.split("--").skip(1) {
        let Some((name, rest)) = part.split_once(": #") else { continue };
        let hex: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        if name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            || !(hex.len() == 3 || hex.len() == 6)
        {
            continue;
        }
        let wide: String = if hex.len() == 3 { hex.chars().flat_map(|c| [c, c]).collect() } else { hex };
        let at = |i: usize| f64::from(u8::from_str_radix(&wide[i..i + 2], 16).unwrap()) / 255.0;
        out.insert(name.to_owned(), [at(0), at(2), at(4)]);
    }
    out
}

fn luminance(color: [f64; 3]) -> f64 {
    let linear = color.map(|c| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn check(scheme: &str, tokens: &HashMap<String, [f64; 3]>) {
    for (ink, grounds, least) in PAIRS {
        for ground in *grounds {
            let have = contrast(tokens[*ink], tokens[*ground]);
            assert!(have >= *least, "{scheme}: {ink} on {ground} has {have:.2}, needs {least}");
        }
    }
}

#[test]
fn the_palette_is_readable_in_light_and_in_dark() {
    let css = assets::STYLE.body;
    let dark_at = css.find("prefers-color-scheme: dark").unwrap();
    let end = css.find("box-sizing").unwrap();
    let light = tokens(&css[..dark_at]);
    check("light", &light);
    let mut dark = light;
    dark.extend(tokens(&css[dark_at..end]));
    check("dark", &dark);
}

#[test]
fn every_token_that_is_used_is_defined() {
    let css = assets::STYLE.body;
    for part in css.split("var(--").skip(1) {
        let name: String = part.chars().take_while(|c| *c != ')' && *c != ',').collect();
        assert!(css.contains(&format!("--{name}:")), "--{name} is not defined");
    }
}
