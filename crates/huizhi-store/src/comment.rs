//! Comments: taken from readers, let through by moderators, and forgotten by their time. Names, texts and addresses are sealed.

use huizhi_domain::article::ArticleId;
use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::comment::{
    Checked, CommentState, ContentOpinion, EMAIL_KEPT_MS, Found, NewComment, Objection, REFUSED_KEPT_MS, Ruling,
    UNDO_MS,
};
use huizhi_domain::id::{CommentId, StaffId};
use huizhi_domain::words::Lang;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::db::{change, read};
use crate::{Result, Store, StoreError, Visitor};

/// Comments of a page that are shown: more than anybody reads.
const OF_PAGE: i64 = 500;

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

/// What waits for moderators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// New comments.
    pub waiting: i64,
    /// Since when the oldest of them waits.
    pub oldest: Option<Moment>,
    /// Comments that are shown and to which readers object.
    pub reported: i64,
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
        let sent = [&new.article.to_string(), new.lang.tag(), &answers, email.as_str(), name, text].join("\n");
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

    /// The oldest comment after another that a moderator has to look at.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn next_comment(&self, after: Option<CommentId>) -> Result<Option<Comment>> {
        let row: Option<SealedComment> = read!(self.0.db, comment::next(after))?;
        row.map(|row| self.open_comment(row)).transpose()
    }

    /// Comments that stand somewhere, newest first, older than another.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn comments_in(&self, state: CommentState, before: Option<CommentId>, most: i64) -> Result<Vec<Comment>> {
        self.open_comments(read!(self.0.db, comment::of_state(state, before, most))?)
    }

    /// How much waits for moderators.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn comments_waiting(&self) -> Result<Waiting> {
        read!(self.0.db, comment::waiting())
    }

    /// Rules on a comment that stands where the moderator saw it; `false` where somebody else was first.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn rule_on_comment(
        &self,
        id: CommentId,
        from: CommentState,
        ruling: Ruling,
        by: StaffId,
    ) -> Result<bool> {
        let why = ruling.objection().map_or("", Objection::word);
        let detail = [("from", from.word().into()), ("state", ruling.state().word().into()), ("why", why.into())];
        let entry = self.entry(Actor::Staff(by), "comment.ruled", &id, &detail);
        let keys = self.0.keys.clone();
        change!(self.0.db, comment::rule(keys, id, from, ruling, by, entry))
    }

    /// Takes a moderator's own ruling back within ten seconds; whether there was one.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn undo_comment(&self, id: CommentId, by: StaffId) -> Result<bool> {
        let entry = self.entry(Actor::Staff(by), "comment.undone", &id, &[]);
        let (keys, since) = (self.0.keys.clone(), entry.at.after_ms(-UNDO_MS));
        change!(self.0.db, comment::undo(keys, id, by, since, entry))
    }

    /// Comments about which another service is still to be asked, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn comments_to_check(&self, most: i64) -> Result<Vec<Comment>> {
        self.open_comments(read!(self.0.db, comment::unchecked(most))?)
    }

    /// Notes what another service said, once.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn comment_checked(&self, id: CommentId, opinion: &ContentOpinion) -> Result<()> {
        let entry = self.entry(Actor::Service, "comment.put-aside", &id, &[("code", opinion.code.as_str().into())]);
        let (keys, opinion) = (self.0.keys.clone(), opinion.clone());
        change!(self.0.db, comment::settle_check(keys, id, opinion, entry))
    }

    /// Forgets addresses and refused comments whose time is over. Gives how many.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn forget_comments(&self) -> Result<u64> {
        let (emails, refused) = (self.now().after_ms(-EMAIL_KEPT_MS), self.now().after_ms(-REFUSED_KEPT_MS));
        let forgotten = change!(self.0.db, comment::forget_emails(emails))?;
        Ok(forgotten + change!(self.0.db, comment::forget_refused(refused))?)
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
