//! A line for a room full of people: who asks, about which system, until when, and where to answer. An agent's own words
//! are not repeated: whoever can make it speak would write into that room.

use chancery_kernel::Timestamp;
use chancery_model::{Approval, EndpointKind, State, Told};
use serde_json::{Value, json};

/// Longest name that is shown.
const LONGEST: usize = 80;

/// What a message names, as the directory has it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Names<'a> {
    pub agent: &'a str,
    pub application: &'a str,
}

/// A name, on one line, in which no chat finds a link, a mention or a sign of its markup.
fn plain(name: &str) -> String {
    let quiet = |c: char| match c {
        '@' => '＠',
        '<' => '‹',
        '>' => '›',
        '&' => '＆',
        '*' | '_' | '~' | '`' | '[' | ']' | '(' | ')' | '|' | '\\' | '#' => ' ',
        // Neither `host.example` nor `scheme:` becomes a link.
        '.' => '․',
        ':' | '/' => ' ',
        c if c.is_control() => ' ',
        c => c,
    };
    name.chars().map(quiet).take(LONGEST).collect::<String>().trim().to_owned()
}

/// The line without the link.
pub(crate) fn line(told: Told, asked: &Approval, names: Names<'_>, now: Timestamp) -> String {
    let agent = plain(names.agent);
    let who = if agent.is_empty() { "Somebody".to_owned() } else { agent };
    let application = plain(names.application);
    let about = if application.is_empty() { String::new() } else { format!(" about {application}") };
    match told {
        Told::Asked => format!("{who} asks for a yes{about}. It can be answered until {}.", asked.lapses),
        Told::Answered if asked.state_at(now) == State::Denied => format!("{who} was told no{about}."),
        Told::Answered => format!("{who} was told yes{about}."),
        Told::Expired => format!("Nobody answered {who}{about} in time."),
        Told::Canceled => format!("What {who} asked{about} was taken back."),
    }
}

/// As the chat takes it. `link` is ours.
pub(crate) fn payload(kind: EndpointKind, line: &str, link: Option<&str>) -> Value {
    if kind != EndpointKind::Teams {
        let text = link.map_or_else(|| line.to_owned(), |link| format!("{line}\n{link}"));
        return json!({ "text": text });
    }
    let actions: Vec<Value> = link
        .iter()
        .map(|link| json!({ "type": "Action.OpenUrl", "title": "Open the inbox", "url": link }))
        .collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                // Runs of text know no markup, which blocks of text do.
                "body": [{ "type": "RichTextBlock", "inlines": [{ "type": "TextRun", "text": line }] }],
                "actions": actions,
            },
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_mentions_nobody_links_nowhere_and_marks_nothing_up() {
        let told = plain("@channel <https://evil.example|invoice> *now* [x](y)\nline");
        for sign in ["@", "<", ">", "|", "*", "[", "(", "evil.example", "://", "\n"] {
            assert!(!told.contains(sign), "{sign}: {told}");
        }
        assert_eq!(plain(&"x".repeat(500)).len(), LONGEST);
        assert_eq!(plain("sales-assistant"), "sales-assistant");
    }

    #[test]
    fn each_chat_gets_its_own_form_with_our_link() {
        let slack = payload(EndpointKind::Slack, "a line", Some("https://id.example/inbox/apr_1"));
        assert_eq!(slack, json!({"text": "a line\nhttps://id.example/inbox/apr_1"}));
        let teams = payload(EndpointKind::Teams, "a line", Some("https://id.example/inbox/apr_1"));
        let card = &teams["attachments"][0]["content"];
        assert_eq!(card["body"][0]["inlines"][0]["text"], "a line");
        assert_eq!(card["actions"][0]["url"], "https://id.example/inbox/apr_1");
        assert_eq!(
            payload(EndpointKind::Teams, "a test", None)["attachments"][0]["content"]["actions"],
            json!([])
        );
    }
}
