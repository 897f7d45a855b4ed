//! Letters: text and HTML of the same message (RFC 5322, RFC 2045, RFC 2046 §5.1.4).

use chancery_context::reactions::Reacted;
use chancery_kernel::{OrgId, Timestamp, UserId};
use chancery_model::Sentence;
use chancery_model::approval::Voice;
use chancery_outbound::smtp::{Letter, MailFault, base64};

use crate::message::Message;
use crate::{Attempt, Post, Teller};

impl Teller {
    pub(crate) async fn mail(&self, message: &Message, org: OrgId, user: UserId) -> Attempt {
        let Some(post) = &self.0.post else { return Ok(Reacted::Done) };
        let platform = &self.0.platform;
        let to = {
            let hot = platform.db.hot();
            let user = hot.users.find(org, user).filter(|user| user.is_active());
            let to = user.map(|user| user.email.clone()).filter(|to| !to.is_empty());
            let Some(to) = to else { return Ok(Reacted::Done) };
            to
        };
        let now = platform.db.env().now();
        let link = platform.settings.url(&message.path);
        let boundary = chancery_jose::b64(&platform.db.env().bytes::<18>());
        let body = letter(post, &to, message, &link, now, &boundary);
        match post.mailer.send(&Letter { from: post.from.clone(), to, body }).await {
            Ok(()) => Ok(Reacted::Done),
            Err(MailFault::Never(why)) => Ok(Reacted::Never(why)),
            Err(MailFault::Later(_)) if now >= message.until => Ok(Reacted::Done),
            Err(MailFault::Later(why)) => Ok(Reacted::Later(why)),
        }
    }
}

fn letter(post: &Post, to: &str, message: &Message, link: &str, now: Timestamp, boundary: &str) -> String {
    let host = post.from.split_once('@').map_or("localhost", |(_, host)| host);
    // The same for every attempt, so that mailboxes can tell a repeated letter.
    let id = format!("{}.{}@{host}", message.tag, if message.waits { "asked" } else { "over" });
    let head = [
        format!("From: Chancery <{}>", post.from),
        format!("To: <{to}>"),
        format!("Subject: {}", encoded_word(&message.title)),
        format!("Date: {}", date(now)),
        format!("Message-ID: <{id}>"),
        "Auto-Submitted: auto-generated".to_owned(),
        "MIME-Version: 1.0".to_owned(),
        format!("Content-Type: multipart/alternative; boundary=\"{boundary}\""),
    ];
    let part = |kind: &str, text: &str| {
        format!(
            "--{boundary}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            wrapped(&base64(text.as_bytes()))
        )
    };
    format!(
        "{}\r\n\r\n{}{}--{boundary}--\r\n",
        head.join("\r\n"),
        part("text/plain", &text(message, link)),
        part("text/html", &html(message, link)),
    )
}

const fn voice(sentence: &Sentence) -> &'static str {
    match sentence.voice {
        Voice::Server => "",
        Voice::Agent => " (the agent's words)",
        Voice::Warning => " (mind)",
    }
}

fn text(message: &Message, link: &str) -> String {
    let mut out = format!("{}\n\n{}\n\n", message.title, message.sentence);
    for line in &message.lines {
        out.push_str(&format!("{}{}: {}\n", line.term, voice(line), line.text));
    }
    out.push_str(&format!("\n{link}\n\n{}\n", message.closing));
    out
}

fn html(message: &Message, link: &str) -> String {
    let rows: String = message
        .lines
        .iter()
        .map(|line| {
            let (term, voice, text) = (escaped(&line.term), voice(line), escaped(&line.text));
            format!("<tr><th align=\"left\" valign=\"top\">{term}{voice}</th><td>{text}</td></tr>")
        })
        .collect();
    format!(
        "<!doctype html><html lang=\"en\"><body><h1>{}</h1><p>{}</p><table>{rows}</table><p><a href=\"{}\">Open the inbox</a></p><p>{}</p></body></html>",
        escaped(&message.title),
        escaped(&message.sentence),
        escaped(link),
        escaped(&message.closing),
    )
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
        out
    })
}

/// RFC 2047 §2: 75 characters at most, so 45 bytes of text in each word, cut between characters.
fn encoded_word(text: &str) -> String {
    let mut words = vec![String::new()];
    for c in text.chars().filter(|c| !c.is_control()).take(200) {
        if words.last().is_some_and(|word| word.len() + c.len_utf8() > 45) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    let coded = words.iter().map(|word| format!("=?utf-8?B?{}?=", base64(word.as_bytes())));
    coded.collect::<Vec<_>>().join("\r\n ")
}

/// Lines of 76 characters (RFC 2045 §6.8).
fn wrapped(coded: &str) -> String {
    let lines: Vec<&str> =
        (0..coded.len()).step_by(76).filter_map(|at| coded.get(at..(at + 76).min(coded.len()))).collect();
    lines.join("\r\n")
}

/// RFC 5322 §3.3, in UTC.
fn date(at: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = at.to_string();
    let month =
        text.get(5..7).and_then(|m| m.parse::<usize>().ok()).and_then(|m| MONTHS.get(m.checked_sub(1)?));
    let (year, day, clock) = (text.get(..4), text.get(8..10), text.get(11..19));
    match (year, month, day, clock) {
        (Some(year), Some(month), Some(day), Some(clock)) => format!("{day} {month} {year} {clock} +0000"),
        _ => "01 Jan 1970 00:00:00 +0000".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_agent_says_cannot_become_a_header_or_a_tag() {
        let subject = encoded_word("pay\r\nBcc: thief@evil.example 中文 and more words than fit into one");
        assert!(subject.split("\r\n").all(|line| line.trim_start().starts_with("=?utf-8?B?")), "{subject}");
        assert!(subject.split("\r\n ").all(|word| word.len() <= 75), "{subject}");
        assert_eq!(escaped("<a href='x'>&\"</a>"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&lt;/a&gt;");
    }

    #[test]
    fn a_date_is_written_as_mail_wants_it() {
        assert_eq!(date(Timestamp::from_seconds(1_780_315_200)), "01 Jun 2026 12:00:00 +0000");
    }
}
