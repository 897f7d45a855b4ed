//! Writes every sample to the temporary folder, so that a person can look at the pages in a browser.

use chancery_console::pages::{Audience, PAGES};
use chancery_console::{assets, links, sample};

#[test]
fn samples_lie_ready_to_be_looked_at() {
    let folder = std::env::temp_dir().join("chancery-pages");
    std::fs::create_dir_all(&folder).unwrap();
    for asset in [&*assets::STYLE, &*assets::SCRIPT, &*assets::ICON] {
        std::fs::write(folder.join(&asset.name), asset.body).unwrap();
    }
    let prefix = links::asset("");
    for page in PAGES {
        let frame = match page.audience {
            Audience::Stranger => sample::stranger(),
            Audience::Person => sample::person(),
            Audience::Administrator => sample::administrator(),
        };
        for drawn in (page.samples)(&frame) {
            let html = drawn.html.replace(&format!("\"{prefix}"), "\"");
            std::fs::write(folder.join(format!("{}-{}.html", page.name, drawn.name)), html).unwrap();
        }
    }
}
