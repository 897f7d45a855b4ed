//! `metrics`: counters in the text format of Prometheus. Totals only: no line names an organization or a
//! person. For the networks that the operator names.

use axum::Extension;
use axum::extract::State;
use http::{HeaderName, header};

use crate::metrics::{number, resident_bytes};
use crate::{Api, ClientAddress, Problem};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

type Counters = ([(HeaderName, &'static str); 1], String);

pub async fn handle(
    State(api): State<Api>,
    address: Option<Extension<ClientAddress>>,
) -> Result<Counters, Problem> {
    // How busy a server is, and when, is not for everybody.
    if !address.is_some_and(|Extension(ClientAddress(ip))| (api.readers)(ip)) {
        return Err(Problem::no_such_path());
    }
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
    Ok(([(header::CONTENT_TYPE, TEXT)], out))
}
