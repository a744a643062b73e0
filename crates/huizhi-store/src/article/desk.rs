//! What editors do with articles: write, ask, publish, take back.

use huizhi_domain::article::{
    ArticleId, ArticleRefused, MOST_BODY, MOST_EXCERPT, MOST_TITLE, SaveRefused, Standing, Step, Version, Writer,
};
use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::StaffId;
use huizhi_domain::words::Lang;

use crate::db::{change, read};
use crate::{Result, Store};

/// A version that is to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVersion {
    /// The article.
    pub article: ArticleId,
    /// The language.
    pub lang: Lang,
    /// The question.
    pub title: String,
    /// What lists show below the title; may be empty.
    pub excerpt: String,
    /// The answer.
    pub body: String,
    /// The version in Chinese that it translates.
    pub of_version: Option<i64>,
    /// The newest version that its writer knew; `None` where there was none.
    pub on_version: Option<i64>,
}

impl NewVersion {
    /// As it is kept: one line of title and of excerpt, and lines that end as they do everywhere, however a browser sends them.
    pub(crate) fn tidied(self) -> Self {
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let body = self.body.replace("\r\n", "\n").trim_end().to_owned();
        Self { title: line(&self.title), excerpt: line(&self.excerpt), body, ..self }
    }
}

/// A version in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionLine {
    /// Its number.
    pub version: i64,
    /// The question.
    pub title: String,
    /// The version in Chinese that it translates.
    pub of_version: Option<i64>,
    /// Who wrote it.
    pub written_by: Writer,
    /// When.
    pub written_at: Moment,
}

/// What an article is beside its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleRecord {
    /// Its number.
    pub id: ArticleId,
    /// The slug of its category.
    pub category: String,
    /// Who signs it.
    pub author: String,
    /// The name of the file that it came from.
    pub seed: Option<String>,
    /// Since when it is there.
    pub made_at: Moment,
}

/// An article in one language as editors see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateLine {
    /// Its number.
    pub id: ArticleId,
    /// The slug of its category.
    pub category: String,
    /// Who signs it.
    pub author: String,
    /// The language.
    pub lang: Lang,
    /// The newest version's question.
    pub title: String,
    /// The version in Chinese that the newest version translates.
    pub of_version: Option<i64>,
    /// Who wrote the newest version.
    pub written_by: Writer,
    /// When.
    pub written_at: Moment,
    /// How it stands.
    pub standing: Standing,
}

impl Store {
    /// A new article without a text, which gets a number of its own.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn new_article(&self, category: &str, author: &str, by: StaffId) -> Result<ArticleId> {
        let entry = self.entry(Actor::Staff(by), "article.made", &"", &[]);
        let (keys, category, author) = (self.0.keys.clone(), category.to_owned(), author.to_owned());
        change!(self.0.db, article::make(keys, category, author, entry))
    }

    /// What an article is beside its texts.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn article(&self, id: ArticleId) -> Result<Option<ArticleRecord>> {
        read!(self.0.db, article::record(id))
    }

    /// Saves a version and gives its number. The same text as the newest version's is no new one. What was asked for or has its time set is
    /// a draft again, and what readers see stays.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`]; why it is not saved is in the inner result.
    pub async fn save_version(&self, new: NewVersion, by: StaffId) -> Result<std::result::Result<i64, SaveRefused>> {
        let new = new.tidied();
        if new.title.is_empty() || new.body.is_empty() {
            return Ok(Err(SaveRefused::Empty));
        }
        let longer = |text: &str, most: usize| text.chars().nth(most).is_some();
        if longer(&new.title, MOST_TITLE) || longer(&new.excerpt, MOST_EXCERPT) || longer(&new.body, MOST_BODY) {
            return Ok(Err(SaveRefused::TooLong));
        }
        let entry = self.entry(Actor::Staff(by), "article.saved", &new.article, &[("lang", new.lang.tag().into())]);
        let (keys, writer) = (self.0.keys.clone(), Writer::Staff(by));
        change!(self.0.db, article::save(keys, new, writer, entry))
    }

    /// The versions of an article in a language, newest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn versions(&self, id: ArticleId, lang: Lang) -> Result<Vec<VersionLine>> {
        read!(self.0.db, article::versions(id, lang))
    }

    /// A version of an article.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn version(&self, id: ArticleId, lang: Lang, version: i64) -> Result<Option<Version>> {
        read!(self.0.db, article::version(id, lang, version))
    }

    /// The newest version of an article, whether readers see it or not.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn newest_version(&self, id: ArticleId, lang: Lang) -> Result<Option<Version>> {
        read!(self.0.db, article::newest(id, lang))
    }

    /// All articles with a text, each language by itself, as editors see them: by number, Chinese first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn article_states(&self) -> Result<Vec<StateLine>> {
        read!(self.0.db, article::states())
    }

    /// How an article stands in a language; `None` where it has no text there.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn article_state(&self, id: ArticleId, lang: Lang) -> Result<Option<StateLine>> {
        read!(self.0.db, article::state(id, lang))
    }

    /// Asks for publication of the newest version.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`]; why it is not done is in the inner result.
    pub async fn ask_review(
        &self,
        id: ArticleId,
        lang: Lang,
        by: StaffId,
    ) -> Result<std::result::Result<(), ArticleRefused>> {
        self.step(id, lang, Step::Ask { by }, by, "article.review-asked").await
    }

    /// Publishes what another asked for, now, or when its time comes.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`]; why it is not done is in the inner result.
    pub async fn publish(
        &self,
        id: ArticleId,
        lang: Lang,
        at: Option<Moment>,
        by: StaffId,
    ) -> Result<std::result::Result<(), ArticleRefused>> {
        let action = if at.is_some_and(|at| at > self.now()) { "article.scheduled" } else { "article.published" };
        self.step(id, lang, Step::Publish { by, at }, by, action).await
    }

    /// Takes a request for publication or a schedule back.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`]; why it is not done is in the inner result.
    pub async fn withdraw_article(
        &self,
        id: ArticleId,
        lang: Lang,
        by: StaffId,
    ) -> Result<std::result::Result<(), ArticleRefused>> {
        self.step(id, lang, Step::Withdraw, by, "article.withdrawn").await
    }

    /// Takes an article from the readers.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`]; why it is not done is in the inner result.
    pub async fn archive(
        &self,
        id: ArticleId,
        lang: Lang,
        by: StaffId,
    ) -> Result<std::result::Result<(), ArticleRefused>> {
        self.step(id, lang, Step::Archive, by, "article.archived").await
    }

    /// Makes the text of a former version the newest one, as a draft.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`]; why it is not done is in the inner result.
    pub async fn restore(
        &self,
        id: ArticleId,
        lang: Lang,
        version: i64,
        by: StaffId,
    ) -> Result<std::result::Result<(), ArticleRefused>> {
        let detail = [("lang", lang.tag().into()), ("of", version.into())];
        let entry = self.entry(Actor::Staff(by), "article.restored", &id, &detail);
        let (keys, writer) = (self.0.keys.clone(), Writer::Staff(by));
        change!(self.0.db, article::restore(keys, id, lang, version, writer, entry))
    }

    /// Publishes what has its time set and come. Gives how many.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn publish_due(&self) -> Result<usize> {
        let now = self.now();
        let mut count = 0;
        for (id, lang) in read!(self.0.db, article::due(now))? {
            let entry = self.entry(Actor::Service, "article.published", &id, &[("lang", lang.tag().into())]);
            let keys = self.0.keys.clone();
            count += usize::from(change!(self.0.db, article::publish_due(keys, id, lang, entry))?);
        }
        Ok(count)
    }

    async fn step(
        &self,
        id: ArticleId,
        lang: Lang,
        step: Step,
        by: StaffId,
        action: &str,
    ) -> Result<std::result::Result<(), ArticleRefused>> {
        let entry = self.entry(Actor::Staff(by), action, &id, &[("lang", lang.tag().into())]);
        let keys = self.0.keys.clone();
        change!(self.0.db, article::step(keys, id, lang, step, entry))
    }
}
