//! From the files to the rules: each table in its place, and every key looked up.

use std::collections::BTreeMap;

use super::answer::{Item, Source};
use super::text::{BusinessText, CaseText, FileText, ItemText, MaterialsError, Place, SentenceText, SourceText};
use super::word::Said;
use super::{Asked, Business, Case, Materials, RuleFile, Sentence, check};
use crate::city::RegionCode;

/// Everything that the files say, before it is looked up in each other.
#[derive(Default)]
struct Gathered {
    files: Vec<RuleFile>,
    city: Option<RegionCode>,
    businesses: Vec<Business>,
    cases: Vec<(CaseText, Place)>,
    items: BTreeMap<String, Asked>,
    sentences: BTreeMap<String, (Sentence, Place)>,
    obstacles: BTreeMap<String, Said>,
    sources: BTreeMap<String, Source>,
}

/// Reads files by name.
pub(super) fn read(files: &BTreeMap<String, String>) -> Result<Materials, MaterialsError> {
    let mut gathered = Gathered::default();
    for (name, text) in files {
        gathered.add(name, text)?;
    }
    gathered.finish()
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().iter().take(at);
    before.filter(|byte| **byte == b'\n').count() + 1
}

impl Gathered {
    fn add(&mut self, name: &str, text: &str) -> Result<(), MaterialsError> {
        let place = |at: usize| Place { file: name.to_owned(), line: line_of(text, at) };
        let file: FileText = toml::from_str(text)
            .map_err(|error| place(error.span().map_or(0, |span| span.start)).fault(error.message()))?;
        if file.version == 0 {
            return Err(place(0).fault("version is 0, it counts from 1"));
        }
        if *self.city.get_or_insert(file.city) != file.city {
            return Err(place(0).fault(format!("city is {}, the other files say otherwise", file.city)));
        }
        let (version, cases) = (file.version, file.case.len());
        self.files.push(RuleFile { name: name.to_owned(), text: text.to_owned(), version, cases });
        for it in file.business {
            let place = place(it.span().start);
            self.add_business(it.into_inner(), &place)?;
        }
        for it in file.item {
            let place = place(it.span().start);
            self.add_item(it.into_inner(), &place)?;
        }
        for (key, it) in file.texts {
            let place = place(it.span().start);
            self.add_sentence(key, it.into_inner(), place)?;
        }
        for (key, it) in file.obstacles {
            let place = place(it.span().start);
            if self.obstacles.insert(key.clone(), it.into_inner()).is_some() {
                return Err(place.fault(format!("obstacles.{key} is given twice")));
            }
        }
        for (key, it) in file.sources {
            let place = place(it.span().start);
            self.add_source(key, it.into_inner(), &place)?;
        }
        for it in file.case {
            let place = place(it.span().start);
            self.cases.push((it.into_inner(), place));
        }
        Ok(())
    }

    fn add_business(&mut self, text: BusinessText, place: &Place) -> Result<(), MaterialsError> {
        if self.businesses.iter().any(|known| known.id == text.id) {
            return Err(place.fault(format!("business “{}” is given twice", text.id)));
        }
        let BusinessText { id, name, hint, for_who } = text;
        self.businesses.push(Business { id, name, hint, for_who });
        Ok(())
    }

    fn add_item(&mut self, text: ItemText, place: &Place) -> Result<(), MaterialsError> {
        let id = text.id.clone();
        if !text.when.is_of_part() {
            return Err(place.fault(format!("item “{id}”: when can't ask for business or obstacle; the case does")));
        }
        if text.any_of.len() == 1 {
            return Err(place.fault(format!("item “{id}”: any_of has one choice; name it in name")));
        }
        if text.solve.as_ref().is_some_and(|solve| !solve.path.starts_with('/') || solve.path.starts_with("//")) {
            return Err(place.fault(format!("item “{id}”: solve.path must begin with one /")));
        }
        let ItemText { name, why, any_of, more, advised, guardian, when, solve, .. } = text;
        let item = Item { id: id.clone(), name, why, any_of, more, advised, guardian, solve };
        match self.items.insert(id.clone(), Asked { item, when }) {
            Some(_) => Err(place.fault(format!("item “{id}” is given twice"))),
            None => Ok(()),
        }
    }

    fn add_sentence(&mut self, key: String, text: SentenceText, place: Place) -> Result<(), MaterialsError> {
        if !text.when.is_of_part() {
            return Err(place.fault(format!("texts.{key}: when can't ask for business or obstacle; the case does")));
        }
        let said = Said { zh: text.zh, en: text.en };
        let sentence = Sentence { said, source: text.source, when: text.when };
        let fault = place.fault(format!("texts.{key} is given twice"));
        match self.sentences.insert(key, (sentence, place)) {
            Some(_) => Err(fault),
            None => Ok(()),
        }
    }

    fn add_source(&mut self, key: String, text: SourceText, place: &Place) -> Result<(), MaterialsError> {
        let SourceText { title, urls, kind, checked } = text;
        let source = Source { id: key.clone(), title, urls, kind, checked };
        let fault = place.fault(format!("sources.{key} is given twice"));
        match self.sources.insert(key, source) {
            Some(_) => Err(fault),
            None => Ok(()),
        }
    }

    /// Looks everything up in each other.
    fn finish(self) -> Result<Materials, MaterialsError> {
        let first = Place { file: self.files.first().map(|it| it.name.clone()).unwrap_or_default(), line: 1 };
        for (sentence, place) in self.sentences.values() {
            check::known(&self.sources, sentence.source.as_ref(), "source", place)?;
        }
        let mut cases = Vec::new();
        let mut last_resorts = Vec::new();
        for (text, place) in &self.cases {
            let case = self.case(text, place)?;
            if case.when.is_empty() { last_resorts.push((case, place)) } else { cases.push(case) }
        }
        let last_resort = match (last_resorts.pop(), last_resorts.pop()) {
            (Some((one, _)), None) => one,
            (Some((_, place)), Some(_)) => {
                return Err(place.fault("a second case without when; one answers all others"));
            }
            (None, _) => return Err(first.fault("no case is without when; one has to answer what no other is about")),
        };
        let city = self.city.ok_or_else(|| first.fault("there is no file"))?;
        Ok(Materials {
            files: self.files,
            city,
            businesses: self.businesses,
            cases,
            last_resort,
            items: self.items,
            sentences: self.sentences.into_iter().map(|(key, (sentence, _))| (key, sentence)).collect(),
            obstacles: self.obstacles,
            sources: self.sources,
        })
    }

    /// A case with what it takes from the one that it is like.
    fn case(&self, text: &CaseText, place: &Place) -> Result<Case, MaterialsError> {
        let fault = |why: String| place.fault(format!("case “{}”: {why}", text.id));
        let whole = match &text.like {
            None => text.clone(),
            Some(like) => {
                let model = self.cases.iter().find(|(other, _)| other.id == *like).map(|(other, _)| other);
                let model = model.ok_or_else(|| fault(format!("like “{like}” is no case")))?;
                if model.like.is_some() {
                    return Err(fault(format!("like “{like}”: that case is like another itself")));
                }
                text.clone().filled_from(model)
            }
        };
        let case = whole.checked(place).map_err(fault)?;
        self.look_up(&case).map_err(fault)?;
        Ok(case)
    }

    /// Whether every key of a case leads somewhere.
    fn look_up(&self, case: &Case) -> Result<(), String> {
        let sentences = [&case.says].into_iter().chain(&case.attends).chain(&case.fingerprint).chain(&case.observed);
        let sentences = sentences.chain(&case.channels).chain(&case.notes).chain(&case.conflicts);
        check::all_known(&self.sentences, sentences, "texts")?;
        check::all_known(&self.items, &case.items, "item")?;
        check::all_known(&self.sources, &case.sources, "sources")?;
        check::all_known(&self.obstacles, &case.when.obstacle, "obstacles")?;
        let businesses: BTreeMap<String, &str> =
            self.businesses.iter().map(|it| (it.id.clone(), it.id.as_str())).collect();
        check::all_known(&businesses, case.when.business.iter().chain(&case.instead), "business")
    }
}
