//! Counters in the text format of Prometheus, written by hand: a few numbers need no library.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use http::{Method, StatusCode};

/// Labels have to be few: methods and statuses that the table of routes uses, everything else counts as `other`.
const METHODS: [Method; 6] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
const STATUSES: [u16; 20] =
    [200, 201, 202, 204, 302, 303, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415, 428, 429, 500, 503];

const CELLS: usize = (METHODS.len() + 1) * (STATUSES.len() + 1);

/// Requests of one route.
struct Counts([AtomicU64; CELLS]);

/// Requests, by route, method and status.
#[derive(Default)]
pub struct Metrics {
    routes: RwLock<HashMap<String, Counts>>,
}

impl Metrics {
    /// Counts one answer. Requests that match no route share one line: their paths are callers' text.
    pub(crate) fn count(&self, method: &Method, route: Option<&str>, status: StatusCode) {
        let route = route.unwrap_or("(none)");
        let row = METHODS.iter().position(|m| m == method).unwrap_or(METHODS.len());
        let column = STATUSES.iter().position(|s| *s == status.as_u16()).unwrap_or(STATUSES.len());
        let cell = row * (STATUSES.len() + 1) + column;
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(counts) = routes.get(route) {
            return counts.add(cell);
        }
        drop(routes);
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        routes.entry(route.to_owned()).or_insert_with(Counts::new).add(cell);
    }

    /// The text, one line for each cell that has counted something.
    pub(crate) fn text(&self) -> String {
        let mut out = String::from("# HELP chancery_requests_total Answers, by route, method and status.\n");
        out.push_str("# TYPE chancery_requests_total counter\n");
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        let mut lines: Vec<String> = routes.iter().flat_map(|(route, counts)| counts.lines(route)).collect();
        lines.sort_unstable();
        lines.iter().for_each(|line| out.push_str(line));
        out
    }
}

impl Counts {
    fn new() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }

    fn add(&self, cell: usize) {
        if let Some(count) = self.0.get(cell) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn lines(&self, route: &str) -> Vec<String> {
        let cells = self.0.iter().enumerate().map(|(cell, count)| (cell, count.load(Ordering::Relaxed)));
        let line = |(cell, count): (usize, u64)| {
            let method = METHODS.get(cell / (STATUSES.len() + 1)).map_or("other", Method::as_str);
            let status = STATUSES.get(cell % (STATUSES.len() + 1)).map_or("other".to_owned(), u16::to_string);
            let labels = format!("route=\"{route}\",method=\"{method}\",status=\"{status}\"");
            format!("chancery_requests_total{{{labels}}} {count}\n")
        };
        cells.filter(|(_, count)| *count > 0).map(line).collect()
    }
}

/// One number with its description.
pub(crate) fn number(out: &mut String, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
}

/// Resident memory of this process in bytes, as Linux tells it.
pub(crate) fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_route_method_and_status() {
        let metrics = Metrics::default();
        for _ in 0..3 {
            metrics.count(&Method::POST, Some("/oauth2/token"), StatusCode::OK);
        }
        metrics.count(&Method::GET, None, StatusCode::NOT_FOUND);
        metrics.count(&Method::TRACE, None, StatusCode::IM_A_TEAPOT);
        let text = metrics.text();
        for line in [
            "chancery_requests_total{route=\"/oauth2/token\",method=\"POST\",status=\"200\"} 3\n",
            "chancery_requests_total{route=\"(none)\",method=\"GET\",status=\"404\"} 1\n",
            "chancery_requests_total{route=\"(none)\",method=\"other\",status=\"other\"} 1\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn knows_how_much_memory_it_holds() {
        assert!(resident_bytes().is_none_or(|bytes| bytes > 100_000));
    }
}
