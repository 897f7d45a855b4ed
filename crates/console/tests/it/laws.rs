//! What holds on every page.

use std::collections::HashSet;

use chancery_console::frame::Frame;
use chancery_console::pages::{Audience, PAGES};
use chancery_console::{links, sample};

use crate::scan::{Tag, tags};

/// Runs a law over every page and sample, in the frame of its audience and in a hostile one.
fn everywhere(law: impl Fn(&str, &str, &[Tag])) {
    for page in PAGES {
        let own = match page.audience {
            Audience::Stranger => sample::stranger(),
            Audience::Person => sample::person(),
            Audience::Administrator => sample::administrator(),
        };
        for frame in [own, sample::hostile()] {
            for drawn in (page.samples)(&frame) {
                law(&format!("{}/{}", page.name, drawn.name), &drawn.html, &tags(&drawn.html));
            }
        }
    }
}

/// The one form that leaves us by its purpose: it carries an answer to a client, and never our token.
fn goes_onward(tag: &Tag) -> bool {
    tag.attr("data-onward").is_some()
}

fn count(tags: &[Tag], name: &str) -> usize {
    tags.iter().filter(|t| t.opens(name)).count()
}

#[test]
fn one_main_one_heading_and_headings_in_order() {
    everywhere(|at, _, tags| {
        assert_eq!((count(tags, "main"), count(tags, "h1")), (1, 1), "{at}");
        // A drawing has a title of its own.
        let titles = count(tags, "title") - count(tags, "desc");
        assert!(count(tags, "header") == 1 && titles == 1, "{at}");
        let mut level = 0;
        for tag in tags.iter().filter(|t| !t.closes) {
            let Some(next) = ["h1", "h2", "h3", "h4"].iter().position(|h| *h == tag.name) else { continue };
            assert!(next <= level, "{at}: {} comes too early", tag.name);
            level = next + 1;
        }
    });
}

#[test]
fn every_navigation_has_a_name_and_every_page_a_way_past_it() {
    everywhere(|at, html, tags| {
        assert!(html.contains("class=\"skip\" href=\"#content\"") && html.contains("id=\"content\""), "{at}");
        assert!(tags.iter().filter(|t| t.opens("nav")).all(|t| t.attr("aria-label").is_some()), "{at}");
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\""), "{at}");
    });
}

#[test]
fn every_id_is_unique_and_every_reference_to_one_hits() {
    everywhere(|at, _, tags| {
        let mut ids = HashSet::new();
        for id in tags.iter().filter_map(|t| t.attr("id")) {
            assert!(ids.insert(id), "{at}: id {id} twice");
        }
        for tag in tags {
            for name in ["for", "aria-labelledby", "aria-describedby"] {
                for id in tag.attr(name).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(id), "{at}: {name} speaks of {id}");
                }
            }
        }
    });
}

#[test]
fn every_input_has_a_label() {
    everywhere(|at, _, tags| {
        let labels: HashSet<&str> =
            tags.iter().filter(|t| t.opens("label")).filter_map(|t| t.attr("for")).collect();
        for tag in tags.iter().filter(|t| t.opens("input") || t.opens("select") || t.opens("textarea")) {
            let hidden = tag.attr("type") == Some("hidden");
            assert!(hidden || tag.attr("id").is_some_and(|id| labels.contains(id)), "{at}: {tag:?}");
        }
    });
}

#[test]
fn every_post_carries_the_token_and_every_form_names_its_method() {
    everywhere(|at, _, tags| {
        for (i, form) in tags.iter().enumerate().filter(|(_, t)| t.opens("form")) {
            let inside: Vec<&Tag> =
                tags[i..].iter().take_while(|t| !(t.closes && t.name == "form")).collect();
            let token = inside
                .iter()
                .any(|t| t.attr("name") == Some("csrf") && t.attr("value") == Some("csrf-sample"));
            match form.attr("method") {
                Some("post") if goes_onward(form) => assert!(!token, "{at}: our token leaves us"),
                Some("post") => assert!(token, "{at}: {form:?}"),
                Some("get") => assert!(!token, "{at}: a token in an address leaks"),
                other => panic!("{at}: a form with method {other:?}"),
            }
            assert!(
                inside.iter().any(|t| t.opens("button") && t.attr("type") == Some("submit")),
                "{at}: {form:?}"
            );
        }
    });
}

#[test]
fn nothing_inline_and_nothing_foreign() {
    everywhere(|at, html, tags| {
        for tag in tags {
            assert_ne!(tag.name, "style", "{at}");
            for (name, _) in &tag.attrs {
                assert!(!name.starts_with("on") && name != "style", "{at}: {name} on {}", tag.name);
            }
        }
        assert_eq!(html.matches("<script ").count(), html.matches("<script").count(), "{at}");
        assert!(!html.contains("javascript:") && html.contains(" defer></script>"), "{at}");
    });
}

#[test]
fn every_link_and_target_is_one_of_ours() {
    everywhere(|at, _, tags| {
        for tag in tags.iter().filter(|t| !goes_onward(t)) {
            for name in ["href", "action", "src"] {
                if let Some(href) = tag.attr(name) {
                    assert!(links::is_known(href), "{at}: {href}");
                }
            }
        }
    });
}

#[test]
fn every_link_of_the_list_is_used_by_a_page_or_by_the_script() {
    let used = std::cell::RefCell::new(HashSet::new());
    everywhere(|_, _, tags| {
        for tag in tags {
            for href in ["href", "action", "src", "data-stream"].iter().filter_map(|n| tag.attr(n)) {
                used.borrow_mut().insert(href.split(['?', '#']).next().unwrap().to_owned());
            }
        }
    });
    // Where the browser is sent by an answer or by a script, not by a link.
    let by_answer = ["signed_out", "app_worker"];
    for (name, pattern) in links::ROUTES {
        let fits = |path: &String| {
            path.split('/').count() == pattern.split('/').count()
                && path
                    .split('/')
                    .zip(pattern.split('/'))
                    .all(|(have, want)| want.starts_with('{') || have == want)
        };
        assert!(by_answer.contains(name) || used.borrow().iter().any(fits), "{name} leads nowhere");
    }
}

#[test]
fn hostile_text_comes_out_as_text() {
    everywhere(|at, html, _| {
        assert!(!html.contains("<script>alert") && !html.contains("<img"), "{at}");
        assert!(!html.contains("never-back"), "{at}: a password travels back");
    });
    for page in PAGES {
        let hostile =
            (page.samples)(&Frame::default()).iter().any(|s| s.html.contains("&lt;script&gt;alert"));
        assert!(hostile, "{} has no hostile sample", page.name);
    }
}

#[test]
fn a_version_goes_with_every_change_of_a_versioned_record() {
    let versioned = ["/stage", "/contain", "/release", "/enable", "/disable", "/delete", "/end", "/withdraw"];
    everywhere(|at, _, tags| {
        for (i, form) in tags.iter().enumerate().filter(|(_, t)| t.opens("form")) {
            let action = form.attr("action").unwrap_or_default();
            if !versioned.iter().any(|v| action.ends_with(v))
                || action.contains("/sessions/")
                || action.ends_with("/leases/end")
            {
                continue;
            }
            let mut inside = tags[i..].iter().take_while(|t| !(t.closes && t.name == "form"));
            assert!(inside.any(|t| t.attr("name") == Some("version")), "{at}: {action}");
        }
    });
}

#[test]
fn every_class_on_a_page_is_known_to_the_stylesheet() {
    // Names that only group what stands in them.
    let silent = ["alarm-name", "history-head", "seal", "timeline-verdict"];
    let css = chancery_console::assets::STYLE.body;
    everywhere(|at, _, tags| {
        for class in tags.iter().filter_map(|t| t.attr("class")).flat_map(str::split_whitespace) {
            let known = css.match_indices(&format!(".{class}")).any(|(i, found)| {
                !css[i + found.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
            });
            assert!(known || silent.contains(&class), "{at}: .{class} has no rule");
        }
    });
}
