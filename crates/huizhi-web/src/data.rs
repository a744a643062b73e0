//! What the service goes by: the data that come with the program, with the deployment's amendments in the place of some.
//!
//! Amendments go through the same readers as our own data. One that can't be read, such as after an update of the program, is skipped and
//! told; it never keeps the service from running.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use huizhi_domain::amendment::{Amendment, Files, Kind, State, Target};
use huizhi_domain::article::Categories;
use huizhi_domain::article::terms::Terms;
use huizhi_domain::calendar::Calendar;
use huizhi_domain::city::{Cities, RegionCode};
use huizhi_domain::clock::Moment;
use huizhi_domain::comment::ContentCheck;
use huizhi_domain::consent::ConsentTexts;
use huizhi_domain::materials::Materials;
use huizhi_domain::pace::{self, PaceAlarm};
use huizhi_domain::policy::Policies;
use huizhi_domain::residence::Rulebook;
use huizhi_domain::support::{self, Topics};
use huizhi_domain::visit::Businesses;
use huizhi_domain::visit::district::Districts;
use huizhi_domain::visit::notice::Notice;
use huizhi_domain::words::{Lang, Words, WordsError, WordsFault};
use huizhi_photo::rejection::Rejections;
use huizhi_photo::spec::Catalog;

use crate::app::{AppError, Settings};
use crate::words;

/// Everything that is read from files that may be amended.
#[derive(Clone)]
pub struct Data {
    /// The files.
    pub files: Files,
    /// What documents ask of photos.
    pub catalog: Catalog,
    /// Why photos are sent back.
    pub rejections: Rejections,
    /// Cities that issue documents.
    pub cities: Cities,
    /// What cities ask of receipts.
    pub policies: Policies,
    /// Working days.
    pub calendar: Calendar,
    /// What people come to a window for.
    pub businesses: Businesses,
    /// What is to be known before booking.
    pub notice: Notice,
    /// How far districts are from each other.
    pub districts: Districts,
    /// At which pace of approvals the lead is told.
    pub paces: Vec<PaceAlarm>,
    /// The texts that are consented to.
    pub consents: ConsentTexts,
    /// Ages and terms of residence declarations.
    pub residence: Rulebook,
    /// What to bring for what.
    pub materials: Materials,
    /// The words that articles are held against.
    pub terms: Terms,
    /// What articles are about.
    pub categories: Categories,
    /// What comments are held against.
    pub content: ContentCheck,
    /// What people ask most, by topic.
    pub topics: Topics,
    /// When inquiries are answered.
    pub support: support::Service,
    /// How receipts look.
    pub receipts: huizhi_paper::Templates,
    /// What is said.
    pub words: Arc<Words>,
}

/// An amendment that does not hold, though it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Which file.
    pub target: Target,
    /// Its version.
    pub version: i64,
    /// What is wrong with it.
    pub why: Fault,
}

/// Why a text can't be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// What its reader says.
    #[error("{0}")]
    Read(String),
    /// A file of words.
    #[error("{0}.ftl: {1}")]
    Words(Target, WordsError),
}

impl Fault {
    /// To somebody who mends it.
    #[must_use]
    pub fn says(&self, lang: Lang) -> String {
        let say = |key: &str, values: &[(&str, &dyn Display)]| words::words().say(lang, key, values);
        let (file, error) = match self {
            Self::Read(text) => return words::unread(lang, text),
            Self::Words(target, error) => (format!("{target}.ftl"), error),
        };
        let why = match &error.fault {
            WordsFault::NoSign => say("settings-fault-words-sign", &[]),
            WordsFault::Unknown(key) => say("settings-fault-words-unknown", &[("key", key)]),
            WordsFault::Empty(key) => say("settings-fault-words-empty", &[("key", key)]),
            WordsFault::Values { key, wanted } => {
                say("settings-fault-words-values", &[("key", key), ("wanted", wanted)])
            }
            WordsFault::NoValues(key) => say("settings-fault-words-no-values", &[("key", key)]),
        };
        say("settings-fault-words", &[("file", &file), ("line", &error.line), ("why", &why)])
    }
}

/// The files that come with the program, and the operator's folder of rules.
#[must_use]
pub fn built_in(settings: &Settings) -> Files {
    let mut files = Files::built_in();
    files.put_all(Kind::Receipt, huizhi_paper::template_files());
    for (name, text) in words::files() {
        files.put_all(Kind::Words, &[(name.as_str(), text)]);
    }
    for (name, text) in &settings.materials {
        files.put_all(Kind::Materials, &[(name.as_str(), text.as_str())]);
    }
    files
}

/// The files with the amendments that hold in them, and those that can't be taken.
#[must_use]
pub fn amended(mut files: Files, amendments: &[Amendment]) -> (Files, Vec<Skipped>) {
    let mut skipped = Vec::new();
    for amendment in amendments.iter().filter(|it| it.state == State::Live) {
        let (target, Some(text)) = (&amendment.target, &amendment.text) else { continue };
        match with(&files, target, text) {
            Ok(changed) => files = changed,
            Err(why) => skipped.push(Skipped { target: target.clone(), version: amendment.version, why }),
        }
    }
    (files, skipped)
}

/// The files as they would be with changes: each a file's new text, or `None` for what comes with the program.
///
/// # Errors
/// What the readers say, of a changed file or of an amendment that would not hold any more beside it.
pub fn tried(
    settings: &Settings,
    amendments: &[Amendment],
    changes: &BTreeMap<Target, Option<String>>,
) -> Result<Files, Fault> {
    let (_, before) = amended(built_in(settings), amendments);
    let kept = |it: &&Amendment| it.state == State::Live && !changes.contains_key(&it.target);
    let mut all: Vec<Amendment> = amendments.iter().filter(kept).cloned().collect();
    all.extend(changes.iter().map(|(target, text)| Amendment {
        target: target.clone(),
        version: 0,
        text: text.clone(),
        note: String::new(),
        state: State::Live,
        made_by: None,
        made_at: Moment(0),
        agreed_by: None,
        live_at: None,
    }));
    // The order in which the store gives them.
    all.sort_by_key(|it| (it.target.kind.word(), it.target.name.clone()));
    let (files, after) = amended(built_in(settings), &all);
    let is_new = |it: &Skipped| changes.contains_key(&it.target) || before.iter().all(|old| old.target != it.target);
    match after.into_iter().find(is_new) {
        Some(skipped) => Err(skipped.why),
        None => Ok(files),
    }
}

/// Amendments that would be skipped.
#[must_use]
pub fn skipped(settings: &Settings, amendments: &[Amendment]) -> Vec<Skipped> {
    amended(built_in(settings), amendments).1
}

/// The files with one changed, if the readers take it; else what they say.
fn with(files: &Files, target: &Target, text: &str) -> Result<Files, Fault> {
    if files.get(target).is_none() && !target.kind.may_grow() {
        return Err(Fault::Read(format!("{target}: there is no such file")));
    }
    let mut changed = files.clone();
    changed.put(target.clone(), text.to_owned());
    check(&changed, target)?;
    Ok(changed)
}

/// Whether the readers take the files of a kind, one of which was changed.
fn check(files: &Files, target: &Target) -> Result<(), Fault> {
    let all = files.of(target.kind);
    let only = files.get(target).unwrap_or_default();
    match target.kind {
        Kind::Policy => policies(files).map(drop),
        Kind::Document => told(Catalog::read(&all)).and_then(|_| policies(files)).map(drop),
        Kind::Consent => told(ConsentTexts::read(&all)).map(drop),
        Kind::City => told(cities(files)).and_then(|_| policies(files)).map(drop),
        Kind::Materials => told(materials(files)).map(drop),
        Kind::Receipt => told(huizhi_paper::Templates::read(all)).map(drop),
        Kind::Words => {
            let lang = words::lang_of(&target.name)
                .ok_or_else(|| Fault::Read(format!("{target}: no language is called so")))?;
            words::built_in().check(lang, only).map_err(|error| Fault::Words(target.clone(), error))
        }
        Kind::Calendar => told(Calendar::read(&all)).map(drop),
        Kind::Rejection => told(Rejections::from_toml(only)).map(drop),
        Kind::Visit => match target.name.as_str() {
            "notice" => told(Notice::read(only)).map(drop),
            "districts" => told(Districts::read(only)).map(drop),
            _ => told(Businesses::read(only)).map(drop),
        },
        Kind::Review => told(pace::read(only)).map(drop),
        Kind::Site => match target.name.as_str() {
            "terms" => told(Terms::read(only)).map(drop),
            "topics" => told(Topics::read(only)).map(drop),
            "words" => told(ContentCheck::read(only)).map(drop),
            "support" => told(support::Service::read(only)).map(drop),
            _ => told(Categories::read(only)).map(drop),
        },
        Kind::Residence => told(Rulebook::read(&all)).map(drop),
    }
}

fn told<T, E: Display>(read: Result<T, E>) -> Result<T, Fault> {
    read.map_err(|error| Fault::Read(error.to_string()))
}

/// The policies, whose documents and places all have to be known.
fn policies(files: &Files) -> Result<Policies, Fault> {
    let policies = told(Policies::read(&files.of(Kind::Policy)))?;
    let catalog = told(Catalog::read(&files.of(Kind::Document)))?;
    let cities = told(cities(files))?;
    if let Some(document) = policies.documents().into_iter().find(|document| catalog.get(document).is_none()) {
        return Err(Fault::Read(format!("policy: the document “{document}” is not known")));
    }
    let known = |place: RegionCode| {
        place == RegionCode::COUNTRY || cities.find(place).is_some() || cities.province(place).is_some()
    };
    let unknown = policies.regions().find(|place| !known(*place));
    match unknown {
        Some(place) => Err(Fault::Read(format!("policy: the place {place} is not known"))),
        None => Ok(policies),
    }
}

fn cities(files: &Files) -> Result<Cities, huizhi_domain::city::CityError> {
    Cities::read(files.text(Kind::City, "cities"), files.text(Kind::City, "counties"))
}

fn materials(files: &Files) -> Result<Materials, huizhi_domain::materials::MaterialsError> {
    let owned = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
    Materials::read(&files.of(Kind::Materials).into_iter().map(owned).collect())
}

impl Data {
    /// Reads files.
    ///
    /// # Errors
    /// [`AppError`]: some of the data is faulty; tests hold that ours is not, and [`with`] that amendments are not.
    pub fn read(files: Files) -> Result<Self, AppError> {
        let said = files.of(Kind::Words).into_iter();
        let said: Vec<(Lang, &str)> =
            said.filter_map(|(name, text)| words::lang_of(name).map(|lang| (lang, text))).collect();
        Ok(Self {
            catalog: Catalog::read(&files.of(Kind::Document))?,
            rejections: Rejections::from_toml(files.text(Kind::Rejection, "rejections"))?,
            cities: cities(&files)?,
            policies: Policies::read(&files.of(Kind::Policy))?,
            calendar: Calendar::read(&files.of(Kind::Calendar))?,
            businesses: Businesses::read(files.text(Kind::Visit, "businesses"))?,
            notice: Notice::read(files.text(Kind::Visit, "notice"))?,
            districts: Districts::read(files.text(Kind::Visit, "districts"))?,
            paces: pace::read(files.text(Kind::Review, "pace"))?,
            consents: ConsentTexts::read(&files.of(Kind::Consent))?,
            residence: Rulebook::read(&files.of(Kind::Residence))?,
            materials: materials(&files)?,
            terms: Terms::read(files.text(Kind::Site, "terms"))?,
            categories: Categories::read(files.text(Kind::Site, "categories"))?,
            content: ContentCheck::read(files.text(Kind::Site, "words"))?,
            topics: Topics::read(files.text(Kind::Site, "topics"))?,
            support: support::Service::read(files.text(Kind::Site, "support"))?,
            receipts: huizhi_paper::Templates::read(files.of(Kind::Receipt))?,
            words: Arc::new(words::built_in().amended(&said)),
            files,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(kind: Kind, name: &str, text: &str) -> Amendment {
        Amendment {
            target: Target::new(kind, name).unwrap(),
            version: 1,
            text: Some(text.to_owned()),
            note: String::new(),
            state: State::Live,
            made_by: None,
            made_at: Moment(0),
            agreed_by: None,
            live_at: Some(Moment(0)),
        }
    }

    fn ours(files: &Files, kind: Kind, name: &str) -> String {
        files.get(&Target::new(kind, name).unwrap()).unwrap().to_owned()
    }

    #[test]
    fn what_comes_with_the_program_is_what_is_read() {
        let files = built_in(&Settings::default());
        for kind in Kind::ALL {
            assert!(!files.of(kind).is_empty(), "{kind:?}");
            for (name, text) in files.of(kind).into_iter().take(2) {
                assert_eq!(with(&files, &Target::new(kind, name).unwrap(), text), Ok(files.clone()), "{kind:?} {name}");
            }
        }
        let data = Data::read(files).unwrap();
        assert_eq!(data.catalog, Catalog::built_in().unwrap());
        assert!(data.words.uneven().is_empty());
    }

    #[test]
    fn a_good_amendment_holds_and_a_faulty_one_is_skipped_and_told() {
        let files = built_in(&Settings::default());
        let policy = ours(&files, Kind::Policy, "guangdong");
        let amendments = [
            live(Kind::Policy, "guangdong", &policy.replacen("days = 60", "days = 45", 1)),
            live(Kind::Calendar, "2026", "year = \"soon\""),
            live(Kind::Consent, "love", "version = 2026-01-01"),
            live(Kind::Words, "en.figures", "figures-title = Numbers"),
        ];
        let (changed, skipped) = amended(files.clone(), &amendments);
        let skipped: Vec<(String, bool)> =
            skipped.iter().map(|it| (it.target.to_string(), it.why.to_string().contains("calendar 2026"))).collect();
        assert_eq!(skipped, [("calendar/2026".to_owned(), true), ("consent/love".to_owned(), false)]);
        let data = Data::read(changed).unwrap();
        let here = data.policies.of("441300".parse().unwrap(), "cn-resident-id");
        assert_eq!(here.validity.value.days, 45);
        assert_eq!(data.words.say(Lang::En, "figures-title", &[]), "Numbers");
        assert_eq!(data.words.say(Lang::En, "figures-table", &[]), "By office", "what the file leaves out stays ours");
    }

    #[test]
    fn a_fault_names_its_place() {
        let files = built_in(&Settings::default());
        let told = |kind: Kind, name: &str, text: &str| {
            with(&files, &Target::new(kind, name).unwrap(), text).unwrap_err().to_string()
        };
        let policy = ours(&files, Kind::Policy, "guangdong");
        let unknown = told(Kind::Policy, "guangdong", &policy.replacen("\"cn-ssc\"", "\"cn-nothing\"", 1));
        assert!(unknown.contains("cn-nothing"), "{unknown}");
        let syntax = told(Kind::Policy, "guangdong", "version = 1\npolicy = ?");
        assert!(syntax.contains("guangdong") && syntax.contains("line 2"), "{syntax}");
        let cities = ours(&files, Kind::City, "cities").replace("441300,", "441300;");
        assert!(told(Kind::City, "cities", &cities).starts_with("cities.csv line "));
        assert!(told(Kind::Words, "en.figures", "figures-minutes = minutes").contains("{ $count }"));
        assert!(told(Kind::Visit, "more", "").contains("no such file"));
    }

    #[test]
    fn a_fault_is_told_in_the_readers_language() {
        let files = built_in(&Settings::default());
        let says = |kind: Kind, name: &str, text: &str| {
            with(&files, &Target::new(kind, name).unwrap(), text).unwrap_err().says(Lang::Zh)
        };
        let words = |text: &str| says(Kind::Words, "en.figures", text);
        assert_eq!(words("\nfigures-minutes"), "words/en.figures.ftl 第 2 行：没有等号“=”。");
        assert!(words("figures-minutes = minutes").contains("figures-minutes：填入处必须是 { $count }"));
        assert!(words("figures-title = { $count }").contains("figures-title：不能有填入处"));
        assert!(words("figures-title =").contains("figures-title 是空的"));
        assert!(words("figures-titel = x").contains("没有叫“figures-titel”的文字"));
        assert!(
            says(Kind::Policy, "guangdong", "version = 1\npolicy = ?").starts_with("第 2 行读不懂：policy guangdong")
        );
    }
}
