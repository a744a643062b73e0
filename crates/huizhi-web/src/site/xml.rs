//! XML as feeds and sitemaps have it: elements with text.

/// A text inside an element or an attribute. What XML can't say at all, control characters, is left out.
#[must_use]
pub fn text(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    for letter in raw.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\t' | '\n' => text.push(letter),
            '\u{FFFE}' | '\u{FFFF}' => {}
            letter if letter.is_control() => {}
            letter => text.push(letter),
        }
    }
    text
}

/// An element that has a text.
#[must_use]
pub fn element(name: &str, content: &str) -> String {
    format!("<{name}>{}</{name}>\n", text(content))
}

/// An element that has others, written already.
#[must_use]
pub fn within(name: &str, inner: &str) -> String {
    format!("<{name}>\n{inner}</{name}>\n")
}

/// An element that has attributes alone.
#[must_use]
pub fn empty(name: &str, attributes: &[(&str, &str)]) -> String {
    let attributes: Vec<String> =
        attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", text(value))).collect();
    format!("<{name}{}/>\n", attributes.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_element() {
        assert_eq!(element("title", "a</title>&\u{0}\u{B}\"b\""), "<title>a&lt;/title&gt;&amp;&quot;b&quot;</title>\n");
        assert_eq!(empty("link", &[("rel", "self"), ("href", "/a\"")]), "<link rel=\"self\" href=\"/a&quot;\"/>\n");
    }
}
