//! Entries and articles on their way into the index.

use std::collections::BTreeSet;

use huizhi_domain::article::{ArticleId, Published, body};
use huizhi_domain::search::{Entry, Key, Kind, keys, tokens};
use huizhi_domain::words::Lang;

/// Tokens of an entry that are indexed. PostgreSQL counts places to 16,383; an article of this length has 25 pages.
const TOKENS_MOST: usize = 16_000;

/// An entry on its way into the index.
pub struct Laid {
    pub entry: Entry,
    pub title: Vec<String>,
    pub text: Vec<String>,
    pub keys: Vec<Key>,
}

/// An article whose related ones have to be looked for.
pub struct Unrelated {
    pub id: i64,
    pub article: ArticleId,
    pub lang: Lang,
    pub title: String,
    pub text: String,
    pub put_at: i64,
}

/// Articles with those that are most alike: each by the number of its entry and its own.
pub type Lists = Vec<(Unrelated, Vec<(i64, ArticleId)>)>;

impl Laid {
    pub fn of(entry: Entry) -> Self {
        let (title, text) = laid(&entry);
        let keys = keys(&entry.title, entry.reading.as_deref());
        Self { entry, title, text, keys }
    }
}

fn laid(entry: &Entry) -> (Vec<String>, Vec<String>) {
    let cut = |text: &str, most: usize| -> Vec<String> {
        tokens(text).into_iter().take(most).map(|token| token.text).collect()
    };
    let title = cut(&entry.title, TOKENS_MOST);
    let text = cut(&entry.text, TOKENS_MOST.saturating_sub(title.len()));
    (title, text)
}

/// The tokens that an entry has, each once, and the empty one, by which entries are counted.
pub fn distinct(entry: &Entry) -> BTreeSet<String> {
    let (title, text) = laid(entry);
    title.into_iter().chain(text).chain([String::new()]).collect()
}

/// An article as it is found.
pub fn entry_of(article: &Published) -> Entry {
    let plain = body::plain(&article.body);
    // What the excerpt took from the body is not said twice.
    let taken = article.excerpt.trim_end_matches('…');
    let text =
        if plain.replace('\n', " ").starts_with(taken) { plain } else { format!("{}\n{plain}", article.excerpt) };
    Entry {
        kind: Kind::Article,
        key: article.id.to_string(),
        lang: article.lang,
        title: article.title.clone(),
        text,
        address: article.permalink(),
        reading: None,
        version: article.version,
    }
}
