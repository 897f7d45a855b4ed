//! The folder and the list say the same.

use std::collections::BTreeSet;
use std::path::Path;

use chancery_console::pages::PAGES;
use chancery_console::sample;

#[test]
fn every_file_in_pages_is_listed_and_every_listed_page_has_its_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| name != "mod")
        .collect();
    let listed: BTreeSet<String> = PAGES.iter().map(|p| p.name.to_owned()).collect();
    assert_eq!(files, listed);
    assert_eq!(listed.len(), PAGES.len(), "a page is listed twice");
}

#[test]
fn sample_names_do_not_repeat_within_a_page() {
    for page in PAGES {
        let samples = (page.samples)(&sample::administrator());
        let names: BTreeSet<&str> = samples.iter().map(|s| s.name).collect();
        assert_eq!(names.len(), samples.len(), "{}", page.name);
        assert!(samples.len() >= 3, "{} shows too few states", page.name);
    }
}
