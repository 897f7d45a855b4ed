//! The hidden fields of a page's forms.

/// Names and values of all hidden inputs. The token of the forms is the same in each; what else is hidden belongs to
/// the one form of the pages that tests fill in.
pub(crate) fn hidden(page: &str) -> Vec<(String, String)> {
    let inputs = page.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
    let hidden = inputs.filter(|input| attribute(input, "type").as_deref() == Some("hidden"));
    let mut fields = Vec::new();
    for input in hidden {
        let field =
            (attribute(input, "name").unwrap_or_default(), attribute(input, "value").unwrap_or_default());
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    fields
}

fn attribute(input: &str, name: &str) -> Option<String> {
    let (_, rest) = input.split_once(&format!(" {name}=\""))?;
    rest.split('"').next().map(plain)
}

fn plain(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    #[test]
    fn hidden_fields_are_read_whatever_the_order_of_attributes() {
        let page = r#"<form><input name="csrf" type="hidden" value="a&amp;b"><input type="text" name="x" value="y">
            <input type="hidden" name="request" value="c"></form><input type="hidden" name="csrf" value="a&amp;b">"#;
        assert_eq!(super::hidden(page), [("csrf".into(), "a&b".into()), ("request".into(), "c".into())]);
    }
}
