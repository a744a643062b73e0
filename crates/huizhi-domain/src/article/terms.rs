//! Words that articles are held against: `specs/site/terms.toml`.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::words::Lang;

const BUILT_IN: &str = include_str!("../../../../specs/site/terms.toml");

/// A word that has a right form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The language in which it is wrong.
    pub lang: Lang,
    /// What must not be written.
    pub wrong: String,
    /// What is written instead.
    pub right: String,
    zh: String,
    en: String,
    /// Who says so.
    pub source: String,
}

impl Term {
    /// Why the one is wrong and the other right.
    #[must_use]
    pub fn reason(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// What an article or a picture is about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Its id: `id-card`.
    pub id: String,
    zh: Vec<String>,
    en: Vec<String>,
    /// Documents of the catalogue that are meant.
    pub documents: Vec<String>,
}

impl Topic {
    /// The words that say it.
    #[must_use]
    pub fn words(&self, lang: Lang) -> &[String] {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }

    /// Whether a text speaks of it.
    #[must_use]
    pub fn is_in(&self, text: &str, lang: Lang) -> bool {
        let lower = text.to_lowercase();
        self.words(lang).iter().any(|word| lower.contains(&word.to_lowercase()))
    }
}

/// Words by which sentences of a language are understood. All are in small letters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrases {
    /// A title with one of these asks something.
    pub ask_within: Vec<String>,
    /// And one that begins with one of these.
    pub ask_first: Vec<String>,
    /// What stands before a city where somebody is sent there.
    pub place_before: Vec<String>,
    /// What they do there.
    pub place_acts: Vec<String>,
    /// What makes a street or a school of a city's name, behind it.
    pub not_the_city: Vec<String>,
    /// How machines begin a caption that they made.
    pub by_machine: Vec<String>,
    /// A photo receipt.
    pub receipt: Vec<String>,
    /// What stands before a number of days for which something is valid.
    pub valid: Vec<String>,
    /// What stands between both where something else is counted.
    pub valid_otherwise: Vec<String>,
    /// What says the same behind the days.
    pub valid_behind: Vec<String>,
    /// Days, behind a number.
    pub day: Vec<String>,
    /// What stands before a number that is a day of the month.
    pub date_before: Vec<String>,
    /// What an ID card costs.
    pub card_fee: Vec<String>,
    /// A card of another kind.
    pub card_fee_otherwise: Vec<String>,
    /// What something costs.
    pub price: Vec<String>,
    /// Others who take money.
    pub price_otherwise: Vec<String>,
    /// Yuan, behind a number.
    pub yuan: Vec<String>,
    /// Px.
    pub pixels: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct InBoth {
    #[serde(rename = "zh-CN")]
    zh: Phrases,
    en: Phrases,
}

/// A file of terms that can't be read. The operator's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("site/terms.toml: {0}")]
pub struct TermsError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    also_words: BTreeSet<String>,
    phrases: InBoth,
    #[serde(default)]
    term: Vec<Term>,
    #[serde(default)]
    subject: Vec<Topic>,
}

/// All of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    also_words: BTreeSet<String>,
    phrases: InBoth,
    wrong: Vec<Term>,
    topics: Vec<Topic>,
}

impl Terms {
    /// The file that comes with the crate.
    #[must_use]
    pub const fn file() -> &'static str {
        BUILT_IN
    }

    /// Those that come with the crate.
    ///
    /// # Errors
    /// [`TermsError`] for a faulty file; a test holds that it is none.
    pub fn built_in() -> Result<Self, TermsError> {
        Self::read(BUILT_IN)
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// [`TermsError`], naming what is wrong with it.
    pub fn read(text: &str) -> Result<Self, TermsError> {
        let file: File = toml::from_str(text).map_err(|error| TermsError(error.to_string().trim_end().to_owned()))?;
        if file.version != 1 {
            return Err(TermsError(format!("version is {}, and only 1 is known", file.version)));
        }
        if let Some(term) = file.term.iter().find(|term| term.wrong.is_empty() || term.wrong == term.right) {
            return Err(TermsError(format!("“{}” is no word that could be wrong", term.wrong)));
        }
        if let Some(topic) = file.subject.iter().find(|topic| topic.zh.is_empty() || topic.en.is_empty()) {
            return Err(TermsError(format!("subject {} has no words in one of the languages", topic.id)));
        }
        Ok(Self { also_words: file.also_words, phrases: file.phrases, wrong: file.term, topics: file.subject })
    }

    /// The words of a language.
    pub fn of(&self, lang: Lang) -> impl Iterator<Item = &Term> {
        self.wrong.iter().filter(move |term| term.lang == lang)
    }

    /// The words by which sentences of a language are understood.
    #[must_use]
    pub const fn phrases(&self, lang: Lang) -> &Phrases {
        match lang {
            Lang::Zh => &self.phrases.zh,
            Lang::En => &self.phrases.en,
        }
    }

    /// What a text is about, by its words.
    #[must_use]
    pub fn topics_in(&self, text: &str, lang: Lang) -> Vec<&Topic> {
        self.topics.iter().filter(|topic| topic.is_in(text, lang)).collect()
    }

    /// Whether the short name of a city is a word of its own.
    #[must_use]
    pub fn is_word(&self, short: &str) -> bool {
        self.also_words.contains(short)
    }
}

#[cfg(test)]
mod tests {
    use huizhi_photo::spec::Catalog;

    use super::*;

    #[test]
    fn the_file_reads_and_its_documents_are_those_of_the_catalogue() {
        let (terms, catalog) = (Terms::built_in().unwrap(), Catalog::built_in().unwrap());
        assert!(terms.of(Lang::Zh).any(|term| term.wrong == "居民身份数字相片"));
        for document in terms.topics.iter().flat_map(|topic| &topic.documents) {
            assert!(catalog.get(document).is_some(), "{document}");
        }
        for term in &terms.wrong {
            assert!(Lang::ALL.iter().all(|lang| !term.reason(*lang).is_empty()), "{}", term.wrong);
            assert!(!term.source.is_empty(), "{}", term.wrong);
        }
    }

    #[test]
    fn a_faulty_file_is_told_by_its_fault() {
        let said = |text: &str| Terms::read(text).unwrap_err().to_string();
        assert!(said(&BUILT_IN.replacen("version = 1", "version = 2", 1)).contains("version is 2"));
        assert!(said(&format!("colour = 1\n{BUILT_IN}")).contains("colour"));
        let right = "right = \"居民身份证数字相片\"";
        let same = BUILT_IN.replacen(right, "right = \"居民身份数字相片\"", 1);
        assert!(said(&same).contains("no word that could be wrong"));
    }

    #[test]
    fn a_text_is_about_what_its_words_say() {
        let terms = Terms::built_in().unwrap();
        let ids =
            |text: &str, lang| terms.topics_in(text, lang).into_iter().map(|it| it.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids("深圳社保卡回执", Lang::Zh), ["social-security"]);
        assert_eq!(ids("A photo for your id card", Lang::En), ["id-card"]);
        assert!(ids("照片回执", Lang::Zh).is_empty());
    }
}
