//! Which browser a session is in, as coarsely as its owner needs to know it again.

/// What the browser calls itself → what we call it. The first that is found counts: Edge says that it is Chrome, and Chrome Safari.
const SYSTEMS: [(&str, &str); 6] = [
    ("iPhone", "iphone"),
    ("iPad", "ipad"),
    ("Android", "android"),
    ("Windows", "windows"),
    ("Mac OS X", "mac"),
    ("Linux", "linux"),
];
const PROGRAMS: [(&str, &str); 6] = [
    ("MicroMessenger", "wechat"),
    ("AlipayClient", "alipay"),
    ("Edg", "edge"),
    ("Firefox", "firefox"),
    ("Chrome", "chrome"),
    ("Safari", "safari"),
];

/// System and program of a `User-Agent`: `iphone/wechat`; `other` for what is unknown. No version: it would tell people apart.
#[must_use]
pub fn coarse(user_agent: &str) -> String {
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(sign, _)| user_agent.contains(sign)).map_or("other", |(_, word)| *word)
    };
    format!("{}/{}", find(&SYSTEMS), find(&PROGRAMS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart_as_their_owners_do() {
        let wechat =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.40";
        let edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0";
        for (text, word) in
            [(wechat, "iphone/wechat"), (edge, "windows/edge"), ("curl/8", "other/other"), ("", "other/other")]
        {
            assert_eq!(coarse(text), word, "{text}");
        }
    }
}
