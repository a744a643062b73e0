//! What stands in HTML that was written out by a serializer, which escapes `<` in text and `"` in values: every `<` outside of quotes begins a tag.

/// What articles and comments may have, and with which attributes.
const ALLOWED: &[(&str, &[&str])] = &[
    ("a", &["href", "title", "rel"]),
    ("blockquote", &[]),
    ("br", &[]),
    ("code", &[]),
    ("del", &[]),
    ("em", &[]),
    ("h2", &[]),
    ("h3", &[]),
    ("h4", &[]),
    ("h5", &[]),
    ("h6", &[]),
    ("hr", &[]),
    ("img", &["src", "alt", "title", "loading"]),
    ("li", &[]),
    ("ol", &["start"]),
    ("p", &[]),
    ("pre", &[]),
    ("strong", &[]),
    ("table", &[]),
    ("tbody", &[]),
    ("td", &[]),
    ("th", &[]),
    ("thead", &[]),
    ("tr", &[]),
    ("ul", &[]),
];

/// What is in it that may not be; empty where all is well.
pub(crate) fn strange(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((_, part)) = rest.split_once('<') {
        let Some((tag, after)) = ended(part) else {
            found.push(format!("a tag without an end: {part}"));
            return found;
        };
        rest = after;
        let tag = tag.trim_end_matches('/').trim_end();
        if let Some(name) = tag.strip_prefix('/') {
            if !ALLOWED.iter().any(|(allowed, _)| *allowed == name) {
                found.push(format!("</{name}>"));
            }
            continue;
        }
        let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        match ALLOWED.iter().find(|(allowed, _)| *allowed == name) {
            None => found.push(format!("<{tag}>")),
            Some((_, allowed)) => found.extend(odd_attributes(name, allowed, attributes)),
        }
    }
    found
}

/// The tag without its brackets, and what follows it. A bracket in quotes ends and begins nothing.
fn ended(part: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    for (at, c) in part.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return Some((&part[..at], &part[at + 1..])),
            _ => {}
        }
    }
    None
}

fn odd_attributes(element: &str, allowed: &[&str], mut rest: &str) -> Vec<String> {
    let mut odd = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return odd;
        }
        let Some((name, value, after)) = attribute(rest) else {
            odd.push(format!("<{element}> has {rest}"));
            return odd;
        };
        if !allowed.contains(&name) || !fits(name, value) {
            odd.push(format!("<{element}> has {name}={value}"));
        }
        rest = after;
    }
}

fn attribute(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once("=\"")?;
    let (value, after) = rest.split_once('"')?;
    name.chars().all(|c| c.is_ascii_lowercase()).then_some((name, value, after))
}

/// Links lead over the web or within the service, and pictures are our own.
fn fits(name: &str, value: &str) -> bool {
    let plain: String = value.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
    let plain = plain.to_ascii_lowercase();
    let before = plain.split(['/', '?', '#']).next().unwrap_or_default();
    match name {
        "href" => ["http:", "https:"].contains(&before) || !(before.contains(':') || before.contains('&')),
        "src" => plain.starts_with("/picture/") && !plain.contains(".."),
        _ => true,
    }
}

#[test]
fn what_may_not_be_is_found() {
    for bad in [
        "<script>x</script>",
        "<p onclick=\"x\">x</p>",
        "<a href=\"javascript:x\">x</a>",
        "<a href=\"java\tscript:x\">x</a>",
        "<a href=\"javascript&colon;x\">x</a>",
        "<img src=\"/static/x.svg\">",
        "<img src=\"/picture/../x.svg\">",
        "<p class=\"bar\">x</p>",
        "<p",
        "<p x>x</p>",
    ] {
        assert!(!strange(bad).is_empty(), "{bad}");
    }
    for good in [
        "<p>a &lt; b</p><img src=\"/picture/7.jpg\" alt=\"a > b\">",
        "<a href=\"/sfz/9089.html?a=1:2\" rel=\"nofollow\">x</a><hr>",
        "<a href=\"https://example.org/a:b\">x</a><br />",
    ] {
        assert_eq!(strange(good), Vec::<String>::new(), "{good}");
    }
}
