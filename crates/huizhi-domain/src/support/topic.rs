//! What people ask most, by topic: `specs/site/topics.toml`.

use serde::{Deserialize, Serialize};

use crate::words::Lang;

/// The topics, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topics {
    /// The day from which they are shown in these words.
    pub version: String,
    #[serde(rename = "topic")]
    all: Vec<Topic>,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Its id, which is in addresses and in the database.
    pub id: String,
    /// What it is called.
    pub name: Name,
    /// What is asked most, with its answer.
    #[serde(rename = "question")]
    pub questions: Vec<Question>,
    /// Where more is said.
    #[serde(rename = "link", default)]
    pub links: Vec<Link>,
}

/// A name in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    zh: String,
    en: String,
}

/// A question with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    zh: QuestionWords,
    en: QuestionWords,
}

/// A question's words in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionWords {
    /// What is asked.
    pub title: String,
    /// The answer.
    pub text: String,
}

/// A page that says more.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What it is called.
    pub name: Name,
    #[serde(default)]
    address: String,
    #[serde(default)]
    article: String,
}

/// Topics that can't be read. Ours, or the operator's, to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("site/topics.toml: {0}")]
pub struct TopicError(String);

impl Name {
    /// In a language.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

impl Question {
    /// In a language.
    #[must_use]
    pub const fn in_lang(&self, lang: Lang) -> &QuestionWords {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

impl Link {
    /// The page's address: an article has one in each language.
    #[must_use]
    pub fn address(&self, lang: Lang) -> String {
        match lang {
            _ if self.article.is_empty() => self.address.clone(),
            Lang::Zh => format!("/{}.html", self.article),
            Lang::En => format!("/en/{}.html", self.article),
        }
    }
}

impl Topics {
    /// The file that comes with the crate.
    #[must_use]
    pub const fn file() -> &'static str {
        include_str!("../../../../specs/site/topics.toml")
    }

    /// The topics that come with the crate.
    ///
    /// # Errors
    /// [`TopicError`] for a faulty file; a test holds that it is not.
    pub fn built_in() -> Result<Self, TopicError> {
        Self::read(Self::file())
    }

    /// Reads topics.
    ///
    /// # Errors
    /// [`TopicError`] for a faulty text, an id twice, or a link that leads nowhere or elsewhere.
    pub fn read(text: &str) -> Result<Self, TopicError> {
        let topics: Self = toml::from_str(text).map_err(|error| TopicError(error.to_string().trim_end().to_owned()))?;
        for (at, topic) in topics.all.iter().enumerate() {
            let letters = topic.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            if topic.id.is_empty() || !letters {
                return Err(TopicError(format!("id “{}”: lower-case letters and hyphens", topic.id)));
            }
            if topics.all.iter().take(at).any(|other| other.id == topic.id) {
                return Err(TopicError(format!("the topic {} is there twice", topic.id)));
            }
            for link in &topic.links {
                let ours = link.address.starts_with('/') && !link.address.starts_with("//");
                if ours != link.article.is_empty() {
                    return Err(TopicError(format!("{}: a link has a page of ours or an article", topic.id)));
                }
            }
        }
        Ok(topics)
    }

    /// A topic.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Topic> {
        self.all.iter().find(|topic| topic.id == id)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Topic> {
        self.all.iter()
    }

    /// What a topic is called; its id where it is known no more.
    #[must_use]
    pub fn name<'a>(&'a self, id: &'a str, lang: Lang) -> &'a str {
        self.get(id).map_or(id, |topic| topic.name.in_lang(lang))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_says_something_in_both_languages() {
        let topics = Topics::built_in().unwrap();
        assert!(topics.all().count() >= 5);
        for topic in topics.all() {
            assert!(!topic.questions.is_empty(), "{}", topic.id);
            for lang in Lang::ALL {
                assert!(!topic.name.in_lang(lang).is_empty());
                let said = |words: &QuestionWords| !words.title.is_empty() && !words.text.is_empty();
                assert!(topic.questions.iter().all(|it| said(it.in_lang(lang))), "{}", topic.id);
                assert!(topic.links.iter().all(|it| it.address(lang).starts_with('/')));
            }
        }
        assert_eq!(topics.name("photo", Lang::En), "Photo and review");
        assert_eq!(topics.name("gone", Lang::En), "gone");
    }

    #[test]
    fn an_article_has_an_address_in_each_language() {
        let topics = Topics::built_in().unwrap();
        let link = &topics.get("receipt").unwrap().links[0];
        assert_eq!(link.address(Lang::Zh), "/hz/9083.html");
        assert_eq!(link.address(Lang::En), "/en/hz/9083.html");
    }

    #[test]
    fn faulty_topics_are_named() {
        let one = "[[topic]]\nid = \"a\"\nname = { zh = \"x\", en = \"x\" }\nquestion = []\n";
        let two = format!("version = \"1\"\n{one}{one}");
        assert!(Topics::read(&two).unwrap_err().to_string().contains("twice"));
        let link = "[[topic.link]]\nname = { zh = \"x\", en = \"x\" }\naddress = \"https://elsewhere.example\"\n";
        let error = Topics::read(&format!("version = \"1\"\n{one}{link}")).unwrap_err();
        assert!(error.to_string().starts_with("site/topics.toml: a:"), "{error}");
    }
}
