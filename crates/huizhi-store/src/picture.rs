//! Pictures of articles, with what each shows in words.

use huizhi_domain::article::ArticleId;
use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{PictureId, StaffId};
use huizhi_domain::words::Lang;

use crate::db::{change, read};
use crate::{Result, Store};

/// Pictures that a list shows at most: the newest.
const MOST: i64 = 200;

/// A picture that came out of the sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPicture {
    /// Columns, px.
    pub width: i64,
    /// Rows, px.
    pub height: i64,
    /// What it shows, in Chinese.
    pub alt_zh: String,
    /// What it shows, in English.
    pub alt_en: String,
    /// JPEG.
    pub file: Vec<u8>,
}

/// A picture in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureLine {
    /// Its id.
    pub id: PictureId,
    /// Columns, px.
    pub width: i64,
    /// Rows, px.
    pub height: i64,
    /// What it shows, in Chinese.
    pub alt_zh: String,
    /// What it shows, in English.
    pub alt_en: String,
    /// Since when it is there.
    pub made_at: Moment,
}

/// A text with pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Illustrated {
    /// The article.
    pub article: ArticleId,
    /// Its title.
    pub title: String,
    /// Its body.
    pub body: String,
}

impl Store {
    /// Keeps a picture.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn add_picture(&self, new: NewPicture, by: StaffId) -> Result<PictureId> {
        let now = self.now();
        let id = PictureId::new(now, &mut self.0.random.draw());
        let entry = self.entry(Actor::Staff(by), "picture.added", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, picture::add(keys, id, new, by, entry))?;
        Ok(id)
    }

    /// The file of a picture.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn picture_file(&self, id: PictureId) -> Result<Option<Vec<u8>>> {
        read!(self.0.db, picture::file(id))
    }

    /// The newest pictures.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn pictures(&self) -> Result<Vec<PictureLine>> {
        read!(self.0.db, picture::all(MOST))
    }

    /// Says in other words what a picture shows. Articles that have it keep theirs.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`].
    pub async fn describe_picture(&self, id: PictureId, alt_zh: &str, alt_en: &str, by: StaffId) -> Result<()> {
        let entry = self.entry(Actor::Staff(by), "picture.described", &id, &[]);
        let (keys, alt_zh, alt_en) = (self.0.keys.clone(), alt_zh.to_owned(), alt_en.to_owned());
        change!(self.0.db, picture::describe(keys, id, alt_zh, alt_en, entry))
    }

    /// The other articles of a language that have pictures: as readers see them, or else as they are being written.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn illustrated(&self, but: ArticleId, lang: Lang) -> Result<Vec<Illustrated>> {
        read!(self.0.db, picture::illustrated(but, lang))
    }
}
