//! Pages: a template and what it shows, in the reader's language and size.

use std::fmt::Display;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::header::{ACCEPT_LANGUAGE, REFERER};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, Uri};
use axum::response::Html;
use huizhi_domain::clock::{Moment, Zone};
use huizhi_domain::visit::ticket::is_number;
use huizhi_domain::words::Lang;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value, merge_maps};
use minijinja::{AutoEscape, Environment, ErrorKind, State, UndefinedBehavior, context};
use serde::Serialize;

use crate::app::{App, Comments};
use crate::error::PageError;
use crate::static_files;
use crate::visitor::cookie;
use crate::words::words;

static TEMPLATES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// How a reader wants pages.
#[derive(Clone, Debug)]
pub struct Look {
    /// The language.
    pub lang: Lang,
    /// 长辈版: large type and targets.
    pub care: bool,
    /// Path and query of this page.
    pub path: String,
    /// Path and query of the page to come back to: this one or, where the answer to a form is drawn at once, the one that had the form. A
    /// posted form's own address may have no page, and its query is not there.
    pub return_to: String,
    /// Whether the browser has signed in; its session may be over.
    pub signed: bool,
}

impl<S: Sync> FromRequestParts<S> for Look {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let chosen = cookie(&parts.headers, "lang").and_then(Lang::of_tag);
        let asked = || parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).and_then(first_spoken);
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let form = if parts.method.is_safe() { None } else { came_from(&parts.headers) };
        let form = form.as_ref().and_then(|page| page.path_and_query()).map(PathAndQuery::as_str);
        Ok(Self {
            // An address that names its language is in it, errors included.
            lang: path.starts_with("/en/").then_some(Lang::En).or(chosen).or_else(asked).unwrap_or_default(),
            care: cookie(&parts.headers, "care") == Some("1"),
            path: path.to_owned(),
            return_to: form.unwrap_or(path).to_owned(),
            signed: crate::account::token(&parts.headers).is_some(),
        })
    }
}

/// The page that a request came from. Browsers name it to our own pages only (`Referrer-Policy: same-origin`).
pub(crate) fn came_from(headers: &HeaderMap) -> Option<Uri> {
    headers.get(REFERER)?.to_str().ok()?.parse().ok()
}

/// The first language of the browser's list that we speak. Browsers list the dearest first.
fn first_spoken(list: &str) -> Option<Lang> {
    list.split(',').filter_map(|entry| entry.split(';').next()).find_map(Lang::of_tag)
}

/// A page's content. Its fields are what its template shows.
pub trait View: Serialize {
    /// The template's name: `citizen/home.html`.
    const TEMPLATE: &'static str;

    /// Values that go through every branch of the template; tests render each in both languages.
    #[cfg(test)]
    fn samples() -> Vec<Self>
    where
        Self: Sized;
}

/// All templates.
pub struct Pages {
    environment: Environment<'static>,
}

impl Pages {
    /// Compiles the templates.
    ///
    /// # Errors
    /// A template does not parse; a test holds that all do.
    pub fn new() -> Result<Self, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        // Every template is a page or a part of one.
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?;
        environment.set_syntax(syntax);
        environment.add_function("t", say);
        environment.add_function("has", |state: &State, key: String| words().pattern(lang(state), &key).is_some());
        environment.add_function("asset", |name: String| {
            let url = static_files::url(&name).ok_or_else(|| fault(format!("no static file {name}")))?;
            Ok::<_, minijinja::Error>(Value::from_safe_string(url.to_owned()))
        });
        environment.add_filter("moment", |state: &State, at: i64| moment(lang(state), Moment(at)));
        environment.add_filter("day", |state: &State, day: String| day_text(lang(state), &day));
        environment.add_filter("at_window", |state: &State, name: String| window_text(lang(state), &name));
        environment.add_filter("yuan", yuan);
        for (name, text) in TEMPLATES {
            environment.add_template(name, text)?;
        }
        Ok(Self { environment })
    }

    /// Renders a template.
    ///
    /// # Errors
    /// The template and the values do not fit each other.
    pub fn render(&self, look: &Look, template: &str, values: Value) -> Result<String, minijinja::Error> {
        let shell = context! {
            lang => look.lang.tag(),
            care => look.care,
            path => look.path.as_str(),
            return_to => look.return_to.as_str(),
            signed => look.signed,
        };
        self.environment.get_template(template)?.render(merge_maps([values, shell]))
    }
}

impl App {
    /// Shows a view.
    ///
    /// # Errors
    /// [`PageError::Broken`] where template and view do not fit each other.
    pub fn show<V: View>(&self, look: &Look, view: &V) -> Result<Html<String>, PageError> {
        self.page(look, V::TEMPLATE, view)
    }

    /// Shows a template with any values.
    ///
    /// # Errors
    /// As [`Self::show`].
    pub fn page<T: Serialize>(&self, look: &Look, template: &str, values: &T) -> Result<Html<String>, PageError> {
        let shell = context! {
            demo => self.settings.demo,
            comments_elsewhere => self.settings.comments != Comments::Anybody,
        };
        let values = merge_maps([shell, Value::from(Serde(values))]);
        self.pages.render(look, template, values).map(Html).map_err(PageError::broken)
    }
}

fn lang(state: &State) -> Lang {
    state.lookup("lang").and_then(|tag| tag.as_str().and_then(Lang::of_tag)).unwrap_or_default()
}

/// `t(key, name=value…)`: the message of a key. A key that is missing is a fault in tests; a reader sees the key rather than no page.
#[expect(clippy::needless_pass_by_value, reason = "the engine gives arguments so")]
fn say(state: &State, key: String, values: Kwargs) -> Result<String, minijinja::Error> {
    if words().pattern(lang(state), &key).is_none() {
        if cfg!(test) {
            return Err(fault(format!("no message “{key}”")));
        }
        tracing::error!(key, "a message is missing");
    }
    let mut filled: Vec<(String, Arc<dyn Display>)> = Vec::new();
    for name in values.args() {
        let value: Value = values.get(name)?;
        filled.push((name.to_owned(), Arc::new(value)));
    }
    values.assert_all_used()?;
    let pairs: Vec<(&str, &dyn Display)> = filled.iter().map(|(name, value)| (name.as_str(), &**value)).collect();
    Ok(words().say(lang(state), &key, &pairs))
}

fn fault(why: String) -> minijinja::Error {
    minijinja::Error::new(ErrorKind::InvalidOperation, why)
}

/// Date and time at the office: `2026年11月25日 下午2:16`, `25 November 2026, 14:16`.
#[must_use]
pub fn moment(lang: Lang, at: Moment) -> String {
    let wall = at.wall(Zone::CHINA);
    let (day, time) = wall.split_once(' ').unwrap_or((&wall, ""));
    let day = day_text(lang, day);
    let (hour, minute) = time.split_once(':').unwrap_or((time, ""));
    let hour: u8 = hour.parse().unwrap_or(0);
    match lang {
        Lang::Zh => {
            let half = if hour < 12 { "上午" } else { "下午" };
            // 上午12:00 would be read as noon.
            format!("{day} {half}{}:{minute}", if hour > 12 { hour - 12 } else { hour })
        }
        Lang::En => format!("{day}, {time}"),
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day such as `2026-11-25`: `2026年11月25日`, `25 November 2026`. Other text stands as it is.
#[must_use]
pub fn day_text(lang: Lang, day: &str) -> String {
    let parts: Vec<usize> = day.split('-').filter_map(|part| part.parse().ok()).collect();
    match (lang, parts.as_slice()) {
        (Lang::Zh, [year, month, day]) => format!("{year}年{month}月{day}日"),
        (Lang::En, [year, month @ 1..=12, day]) => format!("{day} {} {year}", MONTHS[month - 1]),
        _ => day.to_owned(),
    }
}

/// A window as it is said: `3 号窗口`, and a name that is no number alone.
#[must_use]
pub fn window_text(lang: Lang, name: &str) -> String {
    if is_number(name) { words().say(lang, "ticket-window", &[("window", &name)]) } else { name.to_owned() }
}

/// An amount of fen: `¥12.00`.
#[must_use]
pub fn yuan(fen: i64) -> String {
    format!("¥{}.{:02}", fen / 100, fen % 100)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// What [`Pages::render`] adds to each view.
    const SHELL: [&str; 5] = ["lang", "care", "path", "return_to", "signed"];

    /// Renders every sample of a view in both languages and sizes.
    pub fn renders<V: View>() {
        let pages = Pages::new().unwrap();
        let samples = V::samples();
        assert!(!samples.is_empty());
        for sample in samples {
            let fields = serde_json::to_value(&sample).unwrap();
            let hidden = SHELL.iter().find(|name| fields.get(name).is_some());
            assert!(hidden.is_none(), "{}: the page's own {hidden:?} stands before the view's", V::TEMPLATE);
            for lang in Lang::ALL {
                for care in [false, true] {
                    let look = Look { lang, care, path: "/".to_owned(), return_to: "/".to_owned(), signed: care };
                    let values = context! { demo => true, ..Value::from(Serde(&sample)) };
                    let text = pages.render(&look, V::TEMPLATE, values);
                    let text = text.unwrap_or_else(|error| panic!("{}: {error:#}", V::TEMPLATE));
                    assert!(!text.contains("style=") && !text.contains("<script>"), "{}: inline", V::TEMPLATE);
                }
            }
        }
    }

    #[test]
    fn dates_are_written_as_people_write_them() {
        let at = Moment(1_764_051_360_000);
        assert_eq!(moment(Lang::Zh, at), "2025年11月25日 下午2:16");
        assert_eq!(moment(Lang::En, at), "25 November 2025, 14:16");
        assert_eq!(moment(Lang::Zh, Moment(-8 * 3_600_000)), "1970年1月1日 上午0:00");
        assert_eq!(yuan(1205), "¥12.05");
    }

    #[test]
    fn a_windows_number_is_said_with_the_word_and_its_name_alone() {
        assert_eq!(window_text(Lang::Zh, "3A"), "3A 号窗口");
        assert_eq!(window_text(Lang::Zh, "综合一"), "综合一");
        assert_eq!(window_text(Lang::En, "3"), "window 3");
    }

    #[test]
    fn the_browsers_first_language_that_we_speak_is_taken() {
        assert_eq!(first_spoken("fr-FR,en-GB;q=0.8,zh;q=0.5"), Some(Lang::En));
        assert_eq!(first_spoken("fr"), None);
    }
}
