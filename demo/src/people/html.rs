//! As much of HTML as a form reader needs: tags with their attributes, and the text between them.

/// A start or end tag, or text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Open { name: String, attributes: Vec<(String, String)> },
    Close(String),
    Text(String),
}

impl Piece {
    /// The value of an attribute; empty where it stands without one.
    pub fn attribute(&self, wanted: &str) -> Option<&str> {
        let Self::Open { attributes, .. } = self else { return None };
        attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }
}

/// Cuts a document into pieces, in order. Comments, declarations and what scripts and styles hold are left out.
pub(super) fn pieces(html: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        push_text(&mut found, text);
        rest = match after.strip_prefix("!--") {
            Some(comment) => comment.split_once("-->").map_or("", |(_, rest)| rest),
            None => tag(after, &mut found),
        };
    }
    push_text(&mut found, rest);
    found
}

fn push_text(found: &mut Vec<Piece>, text: &str) {
    if !text.trim().is_empty() {
        found.push(Piece::Text(unescaped(text)));
    }
}

/// Reads one tag, whose `<` is gone already, and returns what follows it.
fn tag<'a>(text: &'a str, found: &mut Vec<Piece>) -> &'a str {
    let (closing, text) = text.strip_prefix('/').map_or((false, text), |text| (true, text));
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    let name = name.to_ascii_lowercase();
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        match rest.strip_prefix('>') {
            Some(after) => {
                rest = after;
                break;
            }
            None if rest.is_empty() => break,
            None => rest = attribute(rest, &mut attributes),
        }
    }
    if name.is_empty() {
        return rest;
    }
    if closing {
        found.push(Piece::Close(name));
        return rest;
    }
    let raw = matches!(name.as_str(), "script" | "style");
    let end = format!("</{name}");
    found.push(Piece::Open { name, attributes });
    if raw { rest.find(&end).and_then(|at| rest.get(at..)).unwrap_or("") } else { rest }
}

/// Reads one attribute and returns what follows it.
fn attribute<'a>(text: &'a str, attributes: &mut Vec<(String, String)>) -> &'a str {
    let ends = |c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/');
    let end = text.find(ends).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let Some(rest) = rest.trim_start().strip_prefix('=') else {
        attributes.push((name.to_ascii_lowercase(), String::new()));
        // A stray sign would be met for ever.
        return if name.is_empty() { rest.get(1..).unwrap_or("") } else { rest };
    };
    let rest = rest.trim_start();
    let (value, rest) = match rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => rest.get(1..).and_then(|text| text.split_once(quote)).unwrap_or((rest, "")),
        None => rest.split_at(rest.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(rest.len())),
    };
    attributes.push((name.to_ascii_lowercase(), unescaped(value)));
    rest
}

/// Character references: the five of XML, the no-break space, and numbers.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let named = after.split_once(';').filter(|(name, _)| name.len() < 10);
        let read = named.and_then(|(name, after)| reference(name).map(|c| (c, after)));
        match read {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn reference(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let hexadecimal = number.strip_prefix(['x', 'X']);
        let code = hexadecimal.map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
        return code.and_then(char::from_u32);
    }
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(name: &str, attributes: &[(&str, &str)]) -> Piece {
        let attributes = attributes.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Piece::Open { name: name.into(), attributes }
    }

    #[test]
    fn tags_come_with_their_attributes_however_they_are_quoted() {
        let found = pieces("<!DOCTYPE html><INPUT type='text' name=\"a b\" value=x required/><br>");
        let wanted = [("type", "text"), ("name", "a b"), ("value", "x"), ("required", "")];
        assert_eq!(found[0], open("input", &wanted));
        assert_eq!(found[1], open("br", &[]));
    }

    #[test]
    fn references_become_the_characters_they_stand_for() {
        let found = pieces("<p title=\"&lt;a &amp; b&#39;&#x1F600;\">x &quot;y&quot; &unknown; &</p>");
        assert_eq!(found[0], open("p", &[("title", "<a & b'\u{1f600}")]));
        assert_eq!(found[1], Piece::Text("x \"y\" &unknown; &".into()));
    }

    #[test]
    fn comments_scripts_and_styles_hold_no_tags() {
        let found = pieces("<!-- <form> --><script>if (a<b) '<form>'</script><style>a>b{}</style><i>");
        let names: Vec<_> = found
            .iter()
            .filter_map(|p| if let Piece::Open { name, .. } = p { Some(name.as_str()) } else { None })
            .collect();
        assert_eq!(names, ["script", "style", "i"]);
    }

    #[test]
    fn broken_pages_end_and_do_not_hang() {
        for broken in
            ["<", "<a", "<a b", "<a b=", "<a b=\"", "<a =", "<a ='", "< >", "<!--", "</", "<a \"'>", "<ä ö=ü"]
        {
            let _ = pieces(broken);
        }
    }
}
