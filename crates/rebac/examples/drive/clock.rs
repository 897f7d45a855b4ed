//! Time of this thread on a processor: what others do meanwhile on a shared machine does not count.

/// Seconds since the thread began to run, or nothing where the system does not tell.
pub fn spent() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or_default() / 1e9
}
