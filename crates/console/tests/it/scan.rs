//! Reads the markup our templates write: enough of HTML to judge it, no more.

#[derive(Debug, Clone)]
pub struct Tag {
    pub name: String,
    pub closes: bool,
    pub attrs: Vec<(String, String)>,
}

impl Tag {
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attrs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    pub fn opens(&self, name: &str) -> bool {
        !self.closes && self.name == name
    }
}

const VOID: &[&str] = &["meta", "link", "input", "br", "img", "hr"];

/// All tags in order. Panics on markup that does not nest, which maud cannot write but a careless `PreEscaped` can.
pub fn tags(html: &str) -> Vec<Tag> {
    let mut out = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if rest.starts_with('!') {
            continue;
        }
        let (tag, after) = tag(rest);
        rest = after;
        if tag.closes {
            assert_eq!(open.pop().as_deref(), Some(tag.name.as_str()), "tags nest");
        } else if !VOID.contains(&tag.name.as_str()) {
            open.push(tag.name.clone());
        }
        out.push(tag);
    }
    assert!(open.is_empty(), "left open: {open:?}");
    out
}

fn tag(text: &str) -> (Tag, &str) {
    let closes = text.starts_with('/');
    let mut rest = text.strip_prefix('/').unwrap_or(text);
    let end = rest.find([' ', '>']).unwrap();
    let name = rest[..end].to_owned();
    rest = &rest[end..];
    let mut attrs = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>') {
            return (Tag { name, closes, attrs }, after);
        }
        let end = rest.find(['=', ' ', '>']).unwrap();
        let key = rest[..end].to_owned();
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix("=\"") {
            let quote = after.find('"').unwrap();
            value = after[..quote].to_owned();
            rest = &after[quote + 1..];
        }
        attrs.push((key, value));
    }
}
