//! The body of an article: its own text, and between it blocks that show the service's data as they are today.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use huizhi_domain::article::body::{self, Part, Trust};
use huizhi_domain::article::{ArticleId, Block, Published};
use huizhi_domain::words::Lang;
use jiff::civil::Date;

use super::entry::cut;
use super::{block, fact};
use crate::app::App;
use crate::error::PageError;
use crate::page::Look;

/// Bodies that are kept: some ten megabytes. Beyond it all are forgotten, which costs less than knowing which was read last.
const MOST: usize = 2_000;
/// Characters of an answer that machines are told: they show its beginning.
const ANSWER: usize = 1_500;

/// Which body: the article, in a language and a version, on a day, because blocks say until when something is good.
type Key = (ArticleId, Lang, i64, Date);

/// Bodies that were rendered.
#[derive(Default)]
pub struct Bodies(Mutex<BTreeMap<Key, Arc<Made>>>);

/// What is made of a body, once for each key.
struct Made {
    pieces: Vec<Piece>,
    card: String,
    answer: String,
}

/// A piece of a body.
enum Piece {
    /// Good as long as its key is.
    Kept(String),
    /// Depends on what may change at any moment.
    Live(Block),
}

/// A body as its page shows it.
pub struct Body {
    /// HTML, held to a list of what may stand in it.
    pub html: String,
    /// The way into the service as HTML; empty where the body has one itself.
    pub card: String,
    /// The first words of the answer, for machines.
    pub answer: String,
}

impl Body {
    /// The path of its first picture.
    #[must_use]
    pub fn picture(&self) -> Option<String> {
        // Its HTML is ours: attributes stand in double quotes, and pictures come from one place.
        let (_, rest) = self.html.split_once(&format!("src=\"{}", body::PICTURES))?;
        Some(format!("{}{}", body::PICTURES, rest.split('"').next()?))
    }
}

impl Bodies {
    fn get(&self, key: &Key) -> Option<Arc<Made>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).map(Arc::clone)
    }

    fn keep(&self, key: Key, made: &Arc<Made>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(key, Arc::clone(made));
    }
}

/// The body of a published article.
///
/// # Errors
/// As the store; [`PageError::Broken`] where a block's template does not fit.
pub async fn of(app: &App, look: &Look, article: &Published) -> Result<Body, PageError> {
    let key = (article.id, article.lang, article.version, app.today());
    let made = if let Some(made) = app.site.bodies.get(&key) {
        made
    } else {
        let made = Arc::new(make(app, look, &article.body).await?);
        app.site.bodies.keep(key, &made);
        made
    };
    shown(app, look, &made).await
}

/// The body of a text that is not published yet; nothing of it is kept.
///
/// # Errors
/// As [`of`].
pub async fn preview(app: &App, look: &Look, markdown: &str) -> Result<Body, PageError> {
    shown(app, look, &make(app, look, markdown).await?).await
}

async fn make(app: &App, look: &Look, markdown: &str) -> Result<Made, PageError> {
    let filled = fact::filled(app, look.lang, markdown);
    let parts = body::parts(&filled);
    let card = way_in(app, look, &parts)?;
    let answer = cut(&body::plain(&filled), ANSWER);
    let mut pieces = Vec::new();
    for part in parts {
        pieces.push(match part {
            Part::Text(text) => Piece::Kept(body::html(&text, Trust::Editor)),
            Part::Block(block) if block::is_live(&block) => Piece::Live(block),
            Part::Block(block) => Piece::Kept(block::render(app, look, &block).await?),
        });
    }
    Ok(Made { pieces, card, answer })
}

async fn shown(app: &App, look: &Look, made: &Made) -> Result<Body, PageError> {
    let mut html = String::new();
    for piece in &made.pieces {
        match piece {
            Piece::Kept(text) => html.push_str(text),
            Piece::Live(block) => html.push_str(&block::render(app, look, block).await?),
        }
    }
    Ok(Body { html, card: made.card.clone(), answer: made.answer.clone() })
}

/// The way into the service where the body has none: for the first document that one of its blocks is about, else for any.
fn way_in(app: &App, look: &Look, parts: &[Part]) -> Result<String, PageError> {
    let blocks = parts.iter().filter_map(|part| match part {
        Part::Block(block) => Some(block),
        Part::Text(_) => None,
    });
    let mut document = None;
    for block in blocks {
        match block {
            Block::Card { .. } => return Ok(String::new()),
            Block::Guide { document: of } | Block::Document { document: of } => {
                document = document.or(Some(of.as_str()));
            }
            Block::Receipt { document: of, .. } => document = document.or(of.as_deref()),
            Block::Cities | Block::Materials { .. } | Block::Offices { .. } => {}
        }
    }
    Ok(app.show(look, &block::card(app, look, document))?.0)
}
