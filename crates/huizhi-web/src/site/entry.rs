//! An article in a list: what it asks, how the answer begins, when, and how many liked it and said something.

use huizhi_domain::article::ArticleLine;
use huizhi_domain::clock::Zone;
use serde::Serialize;

/// Characters of an excerpt in a list: two lines and a half on a phone.
const EXCERPT: usize = 60;

/// An article in a list.
#[derive(Clone, Default, Serialize)]
pub struct Entry {
    /// Its permalink.
    pub path: String,
    /// The question.
    pub title: String,
    /// How the answer begins.
    pub excerpt: String,
    /// When it was published.
    pub at: i64,
    /// The same for machines.
    pub iso: String,
    /// How many liked it.
    pub likes: i64,
    /// How many comments are shown.
    pub comments: i64,
}

impl Entry {
    /// A line of the store as it is shown.
    #[must_use]
    pub fn of(line: &ArticleLine) -> Self {
        Self {
            path: line.permalink(),
            title: line.title.clone(),
            excerpt: cut(&line.excerpt, EXCERPT),
            at: line.published_at.0,
            iso: line.published_at.rfc3339(Zone::CHINA),
            likes: line.likes,
            comments: line.comments,
        }
    }

    /// Lines that go through every branch of a template.
    #[cfg(test)]
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let entry = |excerpt: &str| Self {
            path: "/sfz/9089.html".to_owned(),
            title: "照片回执过期了怎么办？".to_owned(),
            excerpt: excerpt.to_owned(),
            at: 1_725_948_960_000,
            iso: "2024-09-10T14:16:00+08:00".to_owned(),
            likes: 2,
            comments: 1,
        };
        vec![entry("不能延期，也不能恢复。"), entry("")]
    }
}

/// The beginning of a text, with "…" where something was left out.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text).trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_long_excerpt_ends_with_dots_and_a_short_one_does_not() {
        assert_eq!(cut("照片回执", 4), "照片回执");
        assert_eq!(cut("照片 回执", 3), "照片…");
        assert_eq!(cut("", 3), "");
    }
}
