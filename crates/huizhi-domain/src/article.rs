//! Articles (文章): questions that people have, answered, in either language, with blocks that say what the service's data say.
//!
//! An article has versions in each language. Its state is of one language, and is that of the newest version; what readers see is the live
//! version, which stays while a newer one is on its way. See `docs/articles.md`.

pub mod block;
pub mod body;
pub mod category;
pub mod fact;
pub mod lint;
pub mod seed;
pub mod state;
pub mod terms;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{NotAnId, StaffId};
use crate::words::Lang;

pub use block::{Block, BlockError};
pub use body::{Part, Trust};
pub use category::{Categories, Category, CategoryError};
pub use fact::Fact;
pub use state::{ArticleRefused, SaveRefused, Standing, State, Step};

/// Characters that a title may have at most.
pub const MOST_TITLE: usize = 120;
/// Characters that an excerpt may have at most.
pub const MOST_EXCERPT: usize = 300;
/// Characters that a body may have at most.
pub const MOST_BODY: usize = 100_000;

/// The number of an article, which stands in its permalink: 9089.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArticleId(pub i64);

impl ArticleId {
    /// The article of the last part of a permalink: `9089.html`.
    #[must_use]
    pub fn of_page(page: &str) -> Option<Self> {
        page.strip_suffix(".html")?.parse().ok()
    }
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ArticleId {
    type Err = NotAnId;

    /// Only as it is written by us, so that an article has one address.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let none = || NotAnId(text.to_owned());
        let written = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        if written { text.parse().map(Self).map_err(|_| none()) } else { Err(none()) }
    }
}

/// Who wrote a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Writer {
    /// It came with the service.
    Seed,
    /// A member of staff.
    Staff(StaffId),
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed => f.write_str("seed"),
            Self::Staff(id) => id.fmt(f),
        }
    }
}

impl FromStr for Writer {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if text == "seed" { Ok(Self::Seed) } else { text.parse().map(Self::Staff) }
    }
}

impl TryFrom<String> for Writer {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        text.parse()
    }
}

impl From<Writer> for String {
    fn from(writer: Writer) -> Self {
        writer.to_string()
    }
}

/// A version of an article in one language. It is never changed; a change is a new version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// The article.
    pub article: ArticleId,
    /// The language.
    pub lang: Lang,
    /// Its number, from 1.
    pub version: i64,
    /// The question.
    pub title: String,
    /// What lists show below the title, as it was written; may be empty.
    pub excerpt: String,
    /// The answer, as Markdown with blocks.
    pub body: String,
    /// The version in Chinese that it translates.
    pub of_version: Option<i64>,
    /// Who wrote it.
    pub written_by: Writer,
    /// When.
    pub written_at: Moment,
}

/// An article in one language as readers see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Published {
    /// Its number.
    pub id: ArticleId,
    /// The slug of its category.
    pub category: String,
    /// The language.
    pub lang: Lang,
    /// Which version it is.
    pub version: i64,
    /// The question.
    pub title: String,
    /// Plain words below the title: as written, or the first of the body.
    pub excerpt: String,
    /// The answer, as Markdown with blocks.
    pub body: String,
    /// Who signs it.
    pub author: String,
    /// Since when readers see it.
    pub published_at: Moment,
    /// Since when they see this version.
    pub changed_at: Moment,
    /// How many liked it.
    pub likes: i64,
    /// How many comments are shown.
    pub comments: i64,
}

/// A published article in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArticleLine {
    /// Its number.
    pub id: ArticleId,
    /// The slug of its category.
    pub category: String,
    /// The language.
    pub lang: Lang,
    /// The question.
    pub title: String,
    /// Plain words below the title.
    pub excerpt: String,
    /// Since when readers see it.
    pub published_at: Moment,
    /// Since when they see this version.
    pub changed_at: Moment,
    /// How many liked it.
    pub likes: i64,
    /// How many comments are shown.
    pub comments: i64,
}

impl Published {
    /// Where it stands.
    #[must_use]
    pub fn permalink(&self) -> String {
        permalink(&self.category, self.id, self.lang)
    }
}

impl ArticleLine {
    /// Where it stands.
    #[must_use]
    pub fn permalink(&self) -> String {
        permalink(&self.category, self.id, self.lang)
    }
}

/// An article that comes with the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedArticle {
    /// The name of its file, by which it is known again.
    pub name: String,
    /// Its number, below those that the service gives.
    pub id: ArticleId,
    /// The slug of its category.
    pub category: String,
    /// Who signs it.
    pub author: String,
    /// Since when readers are told that they see it.
    pub published_at: Moment,
    /// Its texts, one a language.
    pub texts: Vec<SeedText>,
}

/// An article that comes with the service, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedText {
    /// The language.
    pub lang: Lang,
    /// The question.
    pub title: String,
    /// What lists show below the title; may be empty.
    pub excerpt: String,
    /// The answer, as Markdown with blocks.
    pub body: String,
}

/// Where an article stands: `/sfz/9089.html`, and `/en/sfz/9089.html` in English.
#[must_use]
pub fn permalink(category: &str, id: ArticleId, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("/{category}/{id}.html"),
        Lang::En => format!("/en/{category}/{id}.html"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::tests::Dice;

    #[test]
    fn an_article_has_one_address() {
        assert_eq!(permalink("sfz", ArticleId(9089), Lang::Zh), "/sfz/9089.html");
        assert_eq!(permalink("sfz", ArticleId(9089), Lang::En), "/en/sfz/9089.html");
        assert_eq!(ArticleId::of_page("9089.html"), Some(ArticleId(9089)));
        for page in ["9089", "09089.html", "+9089.html", "-1.html", "0.html", ".html", "9089.html.html", "９.html"] {
            assert_eq!(ArticleId::of_page(page), None, "{page}");
        }
        assert!("99999999999999999999".parse::<ArticleId>().is_err());
    }

    #[test]
    fn writers_come_back_from_their_words() {
        let staff = Writer::Staff(StaffId::new(Moment(1), &mut Dice(1)));
        for writer in [Writer::Seed, staff] {
            assert_eq!(writer.to_string().parse(), Ok(writer));
        }
        assert!("sowing".parse::<Writer>().is_err());
    }
}
