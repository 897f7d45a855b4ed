//! `metrics`: counters in the text format of Prometheus. Totals only: no line names an organization or a person.

use axum::extract::State;
use http::{HeaderName, header};

use crate::Api;
use crate::metrics::{number, resident_bytes};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub async fn handle(State(api): State<Api>) -> ([(HeaderName, &'static str); 1], String) {
    let mut out = api.metrics.text();
    let figures = api.feed.figures();
    // Entries per commit are how many writes share one flush.
    number(
        &mut out,
        "chancery_log_commits_total",
        "counter",
        "Commits, one for each log in it.",
        figures.commits,
    );
    number(
        &mut out,
        "chancery_log_entries_total",
        "counter",
        "Entries appended to all logs.",
        figures.entries,
    );
    number(&mut out, "chancery_marks_total", "counter", "Revocation marks set.", figures.marks);
    number(
        &mut out,
        "chancery_feed_subscribers",
        "gauge",
        "Guards that follow the feed here.",
        figures.subscribers,
    );
    if let Some(bytes) = resident_bytes() {
        number(&mut out, "process_resident_memory_bytes", "gauge", "Resident memory.", bytes);
    }
    ([(header::CONTENT_TYPE, TEXT)], out)
}
