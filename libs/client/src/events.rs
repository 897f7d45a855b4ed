//! Waiting on an event stream: the issuer says when something has come out, and never what was given.

use std::time::Duration;

use reqwest::{RequestBuilder, header};
use serde::Deserialize;

use crate::{ClientError, wire};

/// Longer than the issuer holds a stream open.
const LONGEST: Duration = Duration::from_secs(330);
/// The issuer gives a sign of life every quarter of a minute; whoever is silent for so long is gone.
const SILENCE: Duration = Duration::from_secs(45);
/// More than any event of ours.
const MOST: usize = 64 * 1024;

/// How a client waits for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WaitBy {
    /// By asking again, on lines that the issuer holds open for a while.
    #[default]
    Polling,
    /// On an event stream, where the issuer has one; else by asking again.
    Events,
}

/// What the event `outcome` says.
#[derive(Debug, Deserialize)]
pub(crate) struct Outcome {
    pub state: String,
}

/// Follows a stream to its outcome. None: it ended without one, and may be opened again.
pub(crate) async fn outcome(request: RequestBuilder, address: &str) -> Result<Option<Outcome>, ClientError> {
    let request = request.timeout(LONGEST).header(header::ACCEPT, "text/event-stream");
    let fail = |source: reqwest::Error| ClientError::Unreachable {
        address: address.to_owned(),
        source: source.without_url(),
    };
    let mut response = request.send().await.map_err(fail)?;
    if !response.status().is_success() {
        return Err(wire::refusal(response, address).await);
    }
    let mut read = Vec::new();
    loop {
        // A stream that has gone silent is opened again, as one that broke.
        let Ok(chunk) = tokio::time::timeout(SILENCE, response.chunk()).await else { return Ok(None) };
        let Some(chunk) = chunk.map_err(fail)? else { return Ok(None) };
        read.extend_from_slice(&chunk);
        while let Some(event) = next_event(&mut read) {
            match event {
                Event::Outcome(outcome) => return Ok(Some(outcome)),
                Event::Again => return Ok(None),
                Event::Comment => {}
            }
        }
        if read.len() > MOST {
            return Ok(None);
        }
    }
}

#[derive(Debug)]
enum Event {
    Outcome(Outcome),
    Again,
    Comment,
}

/// Takes the first whole event off what was read (HTML §9.2.6).
fn next_event(read: &mut Vec<u8>) -> Option<Event> {
    let end = read.windows(2).position(|pair| pair == b"\n\n")?;
    let event: Vec<u8> = read.drain(..end + 2).collect();
    let text = String::from_utf8_lossy(&event).into_owned();
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_start);
    Some(match (field("event:"), field("data:")) {
        (Some("outcome"), Some(data)) => serde_json::from_str(data).map_or(Event::Again, Event::Outcome),
        (Some("again"), _) => Event::Again,
        _ => Event::Comment,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_whole_however_they_arrive() {
        let mut read = b": waiting\n\nevent: outcome\ndata: {\"state\":\"app".to_vec();
        assert!(matches!(next_event(&mut read), Some(Event::Comment)));
        assert!(next_event(&mut read).is_none());
        read.extend_from_slice(b"roved\"}\n\nevent: again\ndata: {}\n\n");
        let Some(Event::Outcome(outcome)) = next_event(&mut read) else { panic!("no outcome") };
        assert_eq!(outcome.state, "approved");
        assert!(matches!(next_event(&mut read), Some(Event::Again)));
        assert!(read.is_empty());
    }
}
