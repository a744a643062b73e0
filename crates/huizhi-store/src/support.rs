//! Inquiries to support: asked by a browser or an account, answered by staff, forgotten when they are over. What is said is sealed.

use huizhi_domain::audit::{Actor, Entry};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{InquiryId, MessageId, OrderId, StaffId};
use huizhi_domain::support::{Author, Ender, Inquiry, Rating, Said, Service};
use huizhi_domain::words::Lang;
use serde_json::Value;

use crate::db::{change, read};
use crate::photo::Sealed;
use crate::{Result, Store, StoreError, Visitor};

mod canned;
mod desk;

pub use desk::Answering;

/// An inquiry on its way in.
#[derive(Clone, Debug)]
pub struct NewInquiry {
    /// Who asks.
    pub visitor: Visitor,
    /// The order that it is about; the caller has seen that they hold it.
    pub order: Option<OrderId>,
    /// The topic's id.
    pub topic: String,
    /// The language of who asks.
    pub lang: Lang,
    /// What is asked.
    pub text: String,
    /// A picture, newly encoded by the sandbox.
    pub picture: Option<Vec<u8>>,
    /// By when the first answer is promised.
    pub due_at: Moment,
}

/// An inquiry's row on its way in.
#[derive(Clone)]
pub struct NewRow {
    pub id: InquiryId,
    pub visitor: Vec<u8>,
    pub order: Option<OrderId>,
    pub topic: String,
    pub lang: Lang,
    pub asked_at: Moment,
    pub due_at: Moment,
}

/// A message's row on its way in.
#[derive(Clone)]
pub struct NewSaid {
    pub id: MessageId,
    pub author: Author,
    pub staff: Option<StaffId>,
    pub said: Vec<u8>,
    pub at: Moment,
    pub picture: Option<Sealed>,
}

/// A message's row.
pub struct SealedSaid {
    pub id: MessageId,
    pub place: i32,
    pub author: Author,
    pub staff: Option<StaffId>,
    pub said: Vec<u8>,
    pub at: Moment,
    pub has_picture: bool,
}

impl Store {
    /// Takes an inquiry.
    ///
    /// # Errors
    /// [`StoreError::Support`] where too many of the visitor's are open.
    pub async fn ask_support(&self, new: &NewInquiry, service: &Service) -> Result<InquiryId> {
        let now = self.now();
        let id = InquiryId::new(now, &mut self.0.random.draw());
        let said = self.new_said(Author::Citizen, None, &new.text, new.picture.as_deref()).await?;
        let row = NewRow {
            id,
            visitor: new.visitor.bytes(),
            order: new.order,
            topic: new.topic.clone(),
            lang: new.lang,
            asked_at: now,
            due_at: new.due_at,
        };
        let mut detail: Vec<(&str, Value)> = vec![("topic", new.topic.as_str().into())];
        detail.extend(new.order.map(|order| ("order", order.to_string().into())));
        let entry = self.entry(Actor::Citizen, "inquiry.asked", &id, &detail);
        let file = said.picture.clone();
        let done = self.write_inquiry(row, said, service.most_open, entry).await;
        self.undo_file(done, file).await.map(|()| id)
    }

    async fn write_inquiry(&self, row: NewRow, said: NewSaid, most_open: i64, entry: Entry) -> Result<()> {
        let keys = self.0.keys.clone();
        change!(self.0.db, support::ask(keys, row, said, most_open, entry))
    }

    /// Adds a word of its citizen, who waits for an answer again. The caller has seen to the right to it, here and below.
    ///
    /// # Errors
    /// [`StoreError::Support`] by cause.
    pub async fn add_to_inquiry(
        &self,
        id: InquiryId,
        text: &str,
        picture: Option<&[u8]>,
        service: &Service,
    ) -> Result<()> {
        let said = self.new_said(Author::Citizen, None, text, picture).await?;
        let entry = self.entry(Actor::Citizen, "inquiry.added", &id, &[]);
        let file = said.picture.clone();
        let done = self.write_addition(id, said, service.most_messages, entry).await;
        self.undo_file(done, file).await
    }

    async fn write_addition(&self, id: InquiryId, said: NewSaid, most: i32, entry: Entry) -> Result<()> {
        let keys = self.0.keys.clone();
        change!(self.0.db, support::add(keys, id, said, most, entry))
    }

    /// Where a change failed, the file that was written for it goes.
    async fn undo_file(&self, done: Result<()>, file: Option<Sealed>) -> Result<()> {
        if let (Err(_), Some(file)) = (&done, file) {
            self.0.blobs.delete(&file.blob).await?;
        }
        done
    }

    /// The inquiries that a visitor wrote, or whose orders they hold, newest first.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn inquiries_of(&self, visitor: &Visitor) -> Result<Vec<Inquiry>> {
        read!(self.0.db, support::of_visitor(visitor.bytes()))
    }

    /// An inquiry.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn inquiry(&self, id: InquiryId) -> Result<Option<Inquiry>> {
        read!(self.0.db, support::find(id))
    }

    /// What was said in an inquiry, in its order, notes included.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn said_in(&self, id: InquiryId) -> Result<Vec<Said>> {
        let rows = read!(self.0.db, support::said(id))?;
        rows.into_iter().map(|row| self.open_said(&row)).collect()
    }

    /// The picture of a message, JPEG. A look of staff is logged.
    ///
    /// # Errors
    /// [`StoreError::Blob`], [`StoreError::Seal`].
    pub async fn inquiry_picture(&self, id: InquiryId, place: i32, viewer: Actor) -> Result<Option<Vec<u8>>> {
        let Some((message, file)) = read!(self.0.db, support::picture(id, place))? else { return Ok(None) };
        let bytes = self.get(&picture_name(message), &file).await?;
        if let Actor::Staff(_) = viewer {
            let detail = [("place".to_owned(), place.into())].into_iter().collect();
            self.log(viewer, "inquiry.picture-viewed", &id.to_string(), detail).await?;
        }
        Ok(bytes)
    }

    /// Notes that its citizen has read all answers.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn read_inquiry(&self, id: InquiryId) -> Result<()> {
        change!(self.0.db, support::mark_read(id))
    }

    /// Closes an inquiry. Pressed twice, it was closed once.
    ///
    /// # Errors
    /// [`StoreError::Absent`].
    pub async fn close_inquiry(&self, id: InquiryId, by: Ender, actor: Actor) -> Result<()> {
        let entry = self.entry(actor, "inquiry.closed", &id, &[("by", by.word().into())]);
        let keys = self.0.keys.clone();
        change!(self.0.db, support::close(keys, id, by, entry))
    }

    /// Keeps what its citizen says of the help, once it is closed; a later word stands in the place of the earlier.
    ///
    /// # Errors
    /// [`StoreError::Support`] before it is closed.
    pub async fn rate_inquiry(&self, id: InquiryId, rating: Rating) -> Result<()> {
        let entry = self.entry(Actor::Citizen, "inquiry.rated", &id, &[("rating", rating.word().into())]);
        let keys = self.0.keys.clone();
        change!(self.0.db, support::rate(keys, id, rating, entry))
    }

    /// Closes what was answered and has heard no word since, and forgets what was closed long ago. Gives how many.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn tend_inquiries(&self, service: &Service) -> Result<usize> {
        let now = self.now();
        let quiet = read!(self.0.db, support::quiet(now.after_ms(-service.close_ms())))?;
        let old = read!(self.0.db, support::old(now.after_ms(-service.kept_ms())))?;
        let count = quiet.len() + old.len();
        for id in quiet {
            self.close_inquiry(id, Ender::Service, Actor::Service).await?;
        }
        for id in old {
            let entry = self.entry(Actor::Service, "inquiry.forgotten", &id, &[]);
            let keys = self.0.keys.clone();
            change!(self.0.db, support::forget_old(keys, id, entry))?;
        }
        Ok(count)
    }

    async fn new_said(
        &self,
        author: Author,
        staff: Option<StaffId>,
        text: &str,
        picture: Option<&[u8]>,
    ) -> Result<NewSaid> {
        let at = self.now();
        let id = MessageId::new(at, &mut self.0.random.draw());
        let said = self.0.keys.ring.seal(&text_name(id), text.as_bytes(), &mut self.0.random.draw());
        let picture = match picture {
            Some(bytes) => Some(self.put(&picture_name(id), bytes).await?),
            None => None,
        };
        Ok(NewSaid { id, author, staff, said, at, picture })
    }

    fn open_said(&self, row: &SealedSaid) -> Result<Said> {
        let plain = self.0.keys.ring.open(&text_name(row.id), &row.said)?;
        let text = String::from_utf8(plain.to_vec())
            .map_err(|_| StoreError::Row { what: "a message", value: row.id.to_string() })?;
        let (place, author, staff, at) = (row.place, row.author, row.staff, row.at);
        Ok(Said { place, author, staff, text, at, has_picture: row.has_picture })
    }
}

fn text_name(id: MessageId) -> String {
    format!("inquiry message {id}")
}

fn picture_name(id: MessageId) -> String {
    format!("inquiry picture {id}")
}
