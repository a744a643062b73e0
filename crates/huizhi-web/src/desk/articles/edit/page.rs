//! What the page shows.

use huizhi_domain::article::block::blocks;
use huizhi_domain::article::fact::facts;
use huizhi_domain::article::lint::Subject;
use huizhi_domain::article::{ArticleId, Standing, State, Version, Writer, permalink};
use huizhi_domain::diff::{self, Line};
use huizhi_domain::staff::Staff;
use huizhi_domain::words::Lang;
use serde::Serialize;

use super::super::look::{RemarkView, remarks};
use super::super::{followed, other, whole};
use super::Typed;
use crate::app::App;
use crate::error::PageError;
use crate::form::FormErrors;
use crate::page::{Look, View};

/// The page.
#[derive(Clone, Debug, Serialize)]
pub struct EditView {
    pub errors: FormErrors,
    pub told: Option<String>,
    /// What stands in the way of an act.
    pub fault: Option<String>,
    id: String,
    /// The language of the text, and the other one.
    of_lang: &'static str,
    other_lang: &'static str,
    category: String,
    author: String,
    permalink: String,
    /// The newest version; 0 before the first.
    version: i64,
    writer: String,
    written_at: i64,
    standing: Option<StandingView>,
    /// What can be done with it now.
    acts: Vec<&'static str>,
    typed: Typed,
    remarks: Vec<RemarkView>,
    source: Option<SourceView>,
    /// Blocks and facts to choose from, as they are written.
    blocks: Vec<String>,
}

/// How the article stands in this language.
#[derive(Clone, Debug, Serialize)]
struct StandingView {
    state: &'static str,
    /// Whether readers see a version while a newer one is on its way.
    live: bool,
    asked_by: String,
    publish_at: Option<i64>,
    /// Whether who looks at it asked for its publication.
    mine: bool,
}

/// The text in the other language.
#[derive(Clone, Debug, Serialize)]
struct SourceView {
    /// The version in Chinese that readers see, or the newest; empty beside a Chinese text.
    version: String,
    title: String,
    excerpt: String,
    body: String,
    /// Whether the Chinese text changed since this one translated it.
    stale: bool,
    /// What changed since.
    changed: Vec<Line>,
}

impl View for EditView {
    const TEMPLATE: &'static str = "desk/articles/edit.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let new = Self {
            errors: FormErrors::default(),
            told: None,
            fault: None,
            id: text("9089"),
            of_lang: "zh-CN",
            other_lang: "en",
            category: text("category"),
            author: text("author"),
            permalink: text("/sfz/9089.html"),
            version: 0,
            writer: String::new(),
            written_at: 0,
            standing: None,
            acts: Vec::new(),
            typed: Typed::default(),
            remarks: Vec::new(),
            source: None,
            blocks: vec![text("{{cities}}")],
        };
        let stands = |state: State, mine| {
            let standing = StandingView {
                state: state.word(),
                live: mine,
                asked_by: text("name"),
                publish_at: (state == State::Scheduled).then_some(1_795_572_000_000),
                mine,
            };
            Self {
                version: 2,
                writer: text("name"),
                acts: acts(state, mine, mine),
                standing: Some(standing),
                ..new.clone()
            }
        };
        let source = |version: &str, stale| SourceView {
            version: text(version),
            title: text("title"),
            excerpt: text("excerpt"),
            body: text("body"),
            stale,
            changed: if stale { diff::whole("a\nb", "a\nc") } else { Vec::new() },
        };
        let states = State::ALL.into_iter().flat_map(|state| [stands(state, true), stands(state, false)]);
        let faulty = Self {
            errors: FormErrors::one("title", "articles-fault-title"),
            fault: Some(text("fault")),
            remarks: RemarkView::samples(),
            ..new.clone()
        };
        let english = |it: SourceView| Self { of_lang: "en", other_lang: "zh-CN", source: Some(it), ..new.clone() };
        let more = [faulty, english(source("3", true)), english(source("3", false)), english(source("", false))];
        states.chain(more).chain([Self { told: Some(text("told")), ..new.clone() }]).collect()
    }
}

/// What can be done with an article, in the order of its buttons.
fn acts(state: State, live: bool, mine: bool) -> Vec<&'static str> {
    match state {
        State::Draft if live => vec!["ask", "archive"],
        State::Draft | State::Archived => vec!["ask"],
        State::Review if mine => vec!["withdraw"],
        State::Review => vec!["publish", "withdraw"],
        State::Scheduled => vec!["withdraw"],
        State::Published => vec!["archive"],
    }
}

/// The page, with what was typed or else the newest version.
///
/// # Errors
/// [`PageError::Absent`] where there is no such article.
pub async fn view(
    app: &App,
    look: &Look,
    staff: &Staff,
    (id, lang): (ArticleId, Lang),
    typed: Option<Typed>,
) -> Result<EditView, PageError> {
    let record = app.store.article(id).await?.ok_or(PageError::Absent)?;
    let newest = app.store.newest_version(id, lang).await?;
    let standing = app.store.article_state(id, lang).await?.map(|line| line.standing);
    let source = source(app, id, lang, newest.as_ref()).await?;
    let typed = typed.unwrap_or_else(|| newest.as_ref().map(of_version).unwrap_or_default());
    let remarks = match &newest {
        // A page that nobody wrote on is not wrong yet.
        None if typed.title.is_empty() && typed.body.is_empty() => Vec::new(),
        _ => looked_through(app, look, (id, lang), &typed).await?,
    };
    let writer = newest.as_ref().map(|version| version.written_by);
    let state = standing.as_ref().map(|it| it.state);
    let shown = match &standing {
        Some(standing) => Some(stands(app, staff, standing).await?),
        None => None,
    };
    let (mine, live) = shown.as_ref().map_or((false, false), |it| (it.mine, it.live));
    Ok(EditView {
        errors: FormErrors::default(),
        told: None,
        fault: None,
        id: id.to_string(),
        of_lang: lang.tag(),
        other_lang: other(lang).tag(),
        category: app.categories.get(&record.category).map_or("", |it| it.name(look.lang)).to_owned(),
        author: record.author,
        permalink: permalink(&record.category, id, lang),
        version: newest.as_ref().map_or(0, |version| version.version),
        writer: match writer {
            Some(Writer::Staff(id)) => name_of(app, id).await?,
            Some(Writer::Seed) | None => String::new(),
        },
        written_at: newest.as_ref().map_or(0, |version| version.written_at.0),
        acts: state.map(|state| acts(state, live, mine)).unwrap_or_default(),
        standing: shown,
        typed,
        remarks,
        source,
        blocks: blocks().iter().map(ToString::to_string).chain(facts().iter().map(ToString::to_string)).collect(),
    })
}

fn of_version(version: &Version) -> Typed {
    Typed {
        title: version.title.clone(),
        excerpt: version.excerpt.clone(),
        body: version.body.clone(),
        on_version: version.version.to_string(),
        of_version: version.of_version.map(|of| of.to_string()).unwrap_or_default(),
        follows: String::new(),
    }
}

async fn stands(app: &App, staff: &Staff, standing: &Standing) -> Result<StandingView, PageError> {
    let asked_by = match standing.asked_by {
        Some(id) => name_of(app, id).await?,
        None => String::new(),
    };
    Ok(StandingView {
        state: standing.state.word(),
        live: standing.live_version.is_some() && standing.state != State::Published,
        asked_by,
        publish_at: standing.publish_at.map(|at| at.0),
        mine: standing.asked_by == Some(staff.id),
    })
}

/// What colleagues call somebody of staff.
async fn name_of(app: &App, id: huizhi_domain::id::StaffId) -> Result<String, PageError> {
    let all = app.store.all_staff().await?;
    Ok(all.into_iter().find(|staff| staff.id == id).map(|staff| staff.name).unwrap_or_default())
}

/// The other language's text: to translate from, with what changed since; or to compare with.
async fn source(
    app: &App,
    id: ArticleId,
    lang: Lang,
    newest: Option<&Version>,
) -> Result<Option<SourceView>, PageError> {
    let from = other(lang);
    let Some(line) = app.store.article_state(id, from).await? else { return Ok(None) };
    let number = followed(&line.standing);
    let Some(version) = app.store.version(id, from, number).await? else { return Ok(None) };
    let of = newest.and_then(|newest| newest.of_version).filter(|of| lang == Lang::En && *of < number);
    let before = match of {
        Some(of) => app.store.version(id, from, of).await?,
        None => None,
    };
    Ok(Some(SourceView {
        version: if from == Lang::Zh { number.to_string() } else { String::new() },
        stale: of.is_some(),
        changed: before.map(|before| diff::whole(&whole(&before), &whole(&version))).unwrap_or_default(),
        title: version.title,
        excerpt: version.excerpt,
        body: version.body,
    }))
}

/// The version in Chinese that a translation should follow.
///
/// # Errors
/// As the store.
pub async fn newest_in_chinese(app: &App, id: ArticleId) -> Result<Option<i64>, PageError> {
    Ok(app.store.article_state(id, Lang::Zh).await?.map(|line| followed(&line.standing)))
}

/// A text as the rules are given it.
pub fn subject<'a>(
    lang: Lang,
    (title, excerpt, body): (&'a str, &'a str, &'a str),
    of_version: Option<i64>,
    newest: Option<i64>,
) -> Subject<'a> {
    Subject { lang, title, excerpt, body, of_version, newest }
}

/// What the rules say of what was typed.
///
/// # Errors
/// As the store.
pub async fn looked_through(
    app: &App,
    look: &Look,
    (id, lang): (ArticleId, Lang),
    typed: &Typed,
) -> Result<Vec<RemarkView>, PageError> {
    let newest = newest_in_chinese(app, id).await?;
    let subject = subject(lang, (&typed.title, &typed.excerpt, &typed.body), typed.translates(lang), newest);
    let found = remarks(app, id, &subject).await?;
    Ok(found.iter().map(|remark| RemarkView::of(app, look.lang, &subject, remark)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::frame::Framed;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<EditView>>();
    }
}
