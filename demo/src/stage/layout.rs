//! Lines that keep their width: wrapped at words, with what belongs to the right on the right.

/// Columns of the narration; an event's id has to stand beside a request.
pub(super) const WIDTH: usize = 100;

/// Text from elsewhere must not steer the terminal: control characters go.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The blanks between what stands left and what stands right.
pub(super) fn apart(left: &str, right: &str, width: usize) -> String {
    let used = left.chars().count() + right.chars().count();
    " ".repeat(width.saturating_sub(used).max(2))
}

/// Breaks a text at blanks. A word longer than a line stays whole: ids are copied from here.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let long = line.chars().count() + word.chars().count() + 1 > width;
        if long && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}
