//! Articles: what readers see of them, the way that versions take there, and who liked them.

mod desk;

use std::collections::BTreeSet;

use huizhi_domain::article::{ArticleId, ArticleLine, Published, SeedArticle};
use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::words::Lang;

use crate::db::{change, read};
use crate::{Result, Store};

pub use desk::{ArticleRecord, NewVersion, StateLine, VersionLine};

/// An article that readers saw change, or come or go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArticleChange {
    /// The article.
    pub id: ArticleId,
    /// In which language.
    pub lang: Lang,
    /// Whether it is to be seen now.
    pub live: bool,
    /// What [`Store::article_stamp`] grew to by this change.
    pub stamp: i64,
}

impl Store {
    /// An article as readers see it; `None` where they see none in this language.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn published(&self, id: ArticleId, lang: Lang) -> Result<Option<Published>> {
        read!(self.0.db, article::published(id, lang))
    }

    /// The languages in which readers see an article.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn published_langs(&self, id: ArticleId) -> Result<Vec<Lang>> {
        read!(self.0.db, article::langs(id))
    }

    /// The published articles of a category, or of all, newest first: those before `before`, which is moment and number of the last one
    /// of the page before.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn articles_in(
        &self,
        category: Option<&str>,
        lang: Lang,
        before: Option<(Moment, ArticleId)>,
        most: i64,
    ) -> Result<Vec<ArticleLine>> {
        let category = category.unwrap_or_default().to_owned();
        let before = before.unwrap_or((Moment(i64::MAX), ArticleId(i64::MAX)));
        read!(self.0.db, article::lines(category, lang, before, most))
    }

    /// The categories that have a published article in a language.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn categories_in_use(&self, lang: Lang) -> Result<BTreeSet<String>> {
        read!(self.0.db, article::categories(lang))
    }

    /// The articles that were published before and after one, in its category and language.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn neighbours(&self, id: ArticleId, lang: Lang) -> Result<(Option<ArticleLine>, Option<ArticleLine>)> {
        read!(self.0.db, article::neighbours(id, lang))
    }

    /// The articles that are related to one, the nearest first; those that are not to be seen are left out.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn related(&self, id: ArticleId, lang: Lang) -> Result<Vec<ArticleLine>> {
        read!(self.0.db, article::related(id, lang))
    }

    /// All that is published in a language, by number, from the one after `after` on.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn all_published(&self, lang: Lang, after: Option<ArticleId>, most: i64) -> Result<Vec<Published>> {
        let after = after.unwrap_or(ArticleId(0));
        read!(self.0.db, article::all(lang, after, most))
    }

    /// A number that grows with every change that a reader could see: of an article, of its likes, of its comments.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn article_stamp(&self) -> Result<i64> {
        read!(self.0.db, article::stamp())
    }

    /// What readers saw change after a stamp, by stamp: the last change of each article and language. Likes and comments change no article.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn article_changes(&self, after: i64, most: i64) -> Result<Vec<ArticleChange>> {
        read!(self.0.db, article::changes(after, most))
    }

    /// Notes that a visitor likes an article, once however often they say so, and gives how many do. `visitor` is what a browser is known
    /// again by; a keyed hash is kept, another one for each article, so that nobody's likes can be put together.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] where readers see no such article.
    pub async fn like(&self, id: ArticleId, visitor: &str) -> Result<i64> {
        let visitor = self.0.keys.ring.index("article.like", &format!("{id} {visitor}")).to_vec();
        let now = self.now();
        change!(self.0.db, article::like(id, visitor, now))
    }

    /// Publishes an article that comes with the service, where none of its name is there yet: what editors made of it stays. Whether it
    /// was published.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] where another article has its number.
    pub async fn seed_article(&self, seed: SeedArticle) -> Result<bool> {
        let entry = self.entry(Actor::Service, "article.seeded", &seed.id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, article::seed(keys, seed, entry))
    }
}
