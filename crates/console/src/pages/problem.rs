//! What went wrong, in words that help.

use maud::{Markup, html};

use crate::frame::{self, Frame};
use crate::parts::{facts, name, notice};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// HTTP status, as a number people may quote.
    pub status: u16,
    /// Stable reason in snake case.
    pub code: String,
    pub sentence: String,
    /// What the reader can do about it; empty when there is nothing.
    pub mend: String,
    pub request_id: String,
}

fn title(status: u16) -> &'static str {
    match status {
        401 => "Sign in first",
        403 => "Not allowed",
        404 => "Nothing here",
        409 | 412 => "Somebody was faster",
        429 => "Too many requests",
        500.. => "Something failed on our side",
        _ => "That did not work",
    }
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let words = title(view.status);
    let home = match &frame.viewer {
        Some(viewer) if viewer.administrator => (links::overview(), "To the overview"),
        Some(_) => (links::me(), "To your page"),
        None => (links::sign_in(), "To the sign-in page"),
    };
    let body = html! {
        p.noun { "Error " (view.status) }
        h1 { (words) }
        p.lead { (notice::sentence(&view.sentence)) }
        @if !view.mend.is_empty() { p { (view.mend) } }
        (facts::facts(&[("Reason", name::code(&view.code)), ("Request", name::copied(&view.request_id))]))
        p.fine { "Quote the request when you ask an administrator: it leads to the whole story in the log." }
        div.buttons { a.button.primary href=(home.0) { (home.1) } }
    };
    frame::card(frame, words, false, &body)
}

pub fn samples() -> Vec<(&'static str, View)> {
    let of = |status, code: &str, sentence: &str, mend: &str| View {
        status,
        code: code.into(),
        sentence: sentence.into(),
        mend: mend.into(),
        request_id: "rqt_06cf2m4k1ov3gq5s8t0a9b7c5h".into(),
    };
    let missing = "There is no such agent, or you may not see it.";
    let stale = "This agent was changed while you were editing.";
    vec![
        ("not_found", of(404, "not_found", missing, "")),
        ("stale", of(412, "stale", stale, "Go back, load the page again, and repeat the change.")),
        ("unavailable", of(503, "unavailable", "The database does not answer.", "Try again in a moment.")),
        (
            "redirect",
            of(
                400,
                "redirect_uri_mismatch",
                "The program that sent you here asked for a return address it has not registered.",
                "Tell its developer to register the redirect URI exactly as the program sends it.",
            ),
        ),
        ("hostile", of(400, sample::HOSTILE, sample::HOSTILE, sample::HOSTILE)),
    ]
}
