//! Comments: taken from readers, let through by moderators, and forgotten by their time. Names, texts and addresses are sealed.

use huizhi_domain::article::ArticleId;
use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::comment::{Checked, CommentState, Found, NewComment, Objection};
use huizhi_domain::id::CommentId;
use huizhi_domain::words::Lang;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::db::{change, read};
use crate::{Result, Store, StoreError, Visitor};

mod moderate;

pub use moderate::Waiting;

/// Comments of a page that are shown: more than anybody reads.
const OF_PAGE: i64 = 200;

/// A comment's row.
#[derive(Clone)]
pub struct SealedComment {
    pub id: CommentId,
    pub article: ArticleId,
    pub lang: Lang,
    pub answers: Option<CommentId>,
    pub said: Vec<u8>,
    pub has_email: bool,
    pub state: CommentState,
    pub posted_at: Moment,
    pub found: Option<String>,
    pub checked: Checked,
    pub code: String,
    pub objection: Option<Objection>,
    pub decided_at: Option<Moment>,
    pub reports: i64,
}

/// A comment on its way in.
#[derive(Clone)]
pub struct NewRow {
    pub id: CommentId,
    pub article: ArticleId,
    pub lang: Lang,
    pub answers: Option<CommentId>,
    pub visitor: Vec<u8>,
    pub sent: Vec<u8>,
    pub said: Vec<u8>,
    pub email: Vec<u8>,
    pub state: CommentState,
    pub found: Option<String>,
}

/// What is sealed of a comment, but for its author's address.
#[derive(Serialize, Deserialize)]
struct Said {
    name: String,
    text: String,
}

/// A comment that somebody sends.
#[derive(Clone, Debug)]
pub struct SentComment {
    /// Under which article.
    pub article: ArticleId,
    /// In which language's page.
    pub lang: Lang,
    /// The comment that it answers.
    pub answers: Option<CommentId>,
    /// What is said.
    pub comment: NewComment,
    /// What the local list of words found in it.
    pub found: Option<Found>,
}

/// Why a comment is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommentRefused {
    /// There is no such article in this language, or no more.
    #[error("there is no such article")]
    Article,
    /// What it answers is not there any more, or is an answer itself.
    #[error("what it answers is not there")]
    Answered,
}

/// A comment, without its author's address, which nobody reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// Under which article.
    pub article: ArticleId,
    /// In which language's page.
    pub lang: Lang,
    /// The comment that it answers.
    pub answers: Option<CommentId>,
    /// What its author calls themselves.
    pub name: String,
    /// What is said.
    pub text: String,
    /// Whether the author's address is still kept.
    pub has_email: bool,
    /// Where it stands.
    pub state: CommentState,
    /// When it was sent.
    pub posted_at: Moment,
    /// What the local list of words found in it.
    pub found: Option<String>,
    /// How far the check by another service is.
    pub checked: Checked,
    /// That service's code; may be empty.
    pub code: String,
    /// Why it is not shown.
    pub objection: Option<Objection>,
    /// When a person ruled on it.
    pub decided_at: Option<Moment>,
    /// How many readers object to it since then.
    pub reports: i64,
}

impl Store {
    /// Takes a comment, which then waits for a person; one that the local list puts aside does not even wait.
    ///
    /// # Errors
    /// [`StoreError::Db`]; why it is not taken is in the inner result.
    pub async fn send_comment(
        &self,
        visitor: &Visitor,
        new: &SentComment,
    ) -> Result<std::result::Result<CommentId, CommentRefused>> {
        let id = CommentId::new(self.now(), &mut self.0.random.draw());
        let (keys, aside) = (self.0.keys.clone(), new.found.as_ref().is_some_and(|found| found.aside));
        let NewComment { name, email, text } = &new.comment;
        let said = Said { name: name.clone(), text: text.clone() };
        let said = Zeroizing::new(serde_json::to_vec(&said).unwrap_or_default());
        let answers = new.answers.map(|it| it.to_string()).unwrap_or_default();
        let sent = [
            new.article.to_string().as_str(),
            new.lang.tag(),
            answers.as_str(),
            email.as_str(),
            name.as_str(),
            text.as_str(),
        ]
        .join("\n");
        let row = NewRow {
            id,
            article: new.article,
            lang: new.lang,
            answers: new.answers,
            visitor: visitor.bytes(),
            sent: keys.ring.index("comment sent", &sent).to_vec(),
            said: keys.ring.seal(&said_name(id), &said, &mut self.0.random.draw()),
            email: keys.ring.seal(&email_name(id), email.as_str().as_bytes(), &mut self.0.random.draw()),
            state: if aside { CommentState::Spam } else { CommentState::Waiting },
            found: new.found.as_ref().map(|found| found.label.clone()),
        };
        let detail = [("article", new.article.0.into()), ("state", row.state.word().into())];
        let entry = self.entry(Actor::Citizen, "comment.posted", &id, &detail);
        change!(self.0.db, comment::send(keys, row, entry))
    }

    /// The comments that readers of a page see, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn comments_on(&self, article: ArticleId, lang: Lang) -> Result<Vec<Comment>> {
        self.open_comments(read!(self.0.db, comment::of_page(article, lang, OF_PAGE))?)
    }

    /// What a visitor wrote, newest first.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn comments_of(&self, visitor: &Visitor) -> Result<Vec<Comment>> {
        self.open_comments(read!(self.0.db, comment::of_visitor(visitor.bytes()))?)
    }

    /// A comment, wherever it stands.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn find_comment(&self, id: CommentId) -> Result<Option<Comment>> {
        let row: Option<SealedComment> = read!(self.0.db, comment::find(id))?;
        row.map(|row| self.open_comment(row)).transpose()
    }

    /// Deletes a visitor's own comment. Answers to it stay.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn delete_comment(&self, visitor: &Visitor, id: CommentId) -> Result<()> {
        let entry = self.entry(Actor::Citizen, "comment.deleted", &id, &[]);
        let (keys, visitor) = (self.0.keys.clone(), visitor.bytes());
        change!(self.0.db, comment::delete(keys, visitor, id, entry))
    }

    /// Notes that a reader objects to a comment that is shown; whether they did so for the first time.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where it is not shown.
    pub async fn report_comment(&self, reporter: &Visitor, id: CommentId, objection: Objection) -> Result<bool> {
        let entry = self.entry(Actor::Citizen, "comment.reported", &id, &[("why", objection.word().into())]);
        let (keys, reporter) = (self.0.keys.clone(), reporter.bytes());
        change!(self.0.db, comment::report(keys, reporter, id, objection, entry))
    }

    fn open_comments(&self, rows: Vec<SealedComment>) -> Result<Vec<Comment>> {
        rows.into_iter().map(|row| self.open_comment(row)).collect()
    }

    fn open_comment(&self, row: SealedComment) -> Result<Comment> {
        let about = said_name(row.id);
        let plain = self.0.keys.ring.open(&about, &row.said)?;
        let said: Said =
            serde_json::from_slice(&plain).map_err(|_| StoreError::Row { what: "a comment", value: about })?;
        Ok(Comment {
            id: row.id,
            article: row.article,
            lang: row.lang,
            answers: row.answers,
            name: said.name,
            text: said.text,
            has_email: row.has_email,
            state: row.state,
            posted_at: row.posted_at,
            found: row.found,
            checked: row.checked,
            code: row.code,
            objection: row.objection,
            decided_at: row.decided_at,
            reports: row.reports,
        })
    }
}

fn said_name(id: CommentId) -> String {
    format!("comment {id} said")
}

fn email_name(id: CommentId) -> String {
    format!("comment {id} email")
}
