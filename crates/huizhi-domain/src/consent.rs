//! Consent (同意): given for one purpose at a time, to one version of its text, and withdrawn as easily (PIPL art. 14–16, 29).
//!
//! The texts are data, `specs/consents/`, one file a purpose, in both languages. A new text has a new version; who consented
//! to the old one is asked again.

use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::PersonId;
use crate::order::UnknownWord;
use crate::words::Lang;

/// What is processed, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// The face in a photo, to check it, make the ID photo and have it reviewed.
    FacePhoto,
    /// A template of the face, to sign in by it.
    FaceSignIn,
    /// The number of an identity document, kept with the account so that it is not asked again.
    IdentityNumber,
    /// Messages by telephone or e-mail.
    Notices,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::FacePhoto, Self::FaceSignIn, Self::IdentityNumber, Self::Notices];

    /// Its word in the database, in addresses and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FacePhoto => "face-photo",
            Self::FaceSignIn => "face-sign-in",
            Self::IdentityNumber => "identity-number",
            Self::Notices => "notices",
        }
    }
}

impl FromStr for Purpose {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A consent that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// For what.
    pub purpose: Purpose,
    /// To which version of its text.
    pub version: String,
    /// For whom, where a guardian gave it for a person of the account.
    pub person: Option<PersonId>,
    /// When.
    pub given_at: Moment,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Moment>,
}

impl Consent {
    /// Whether it holds, and for the text as it is now.
    #[must_use]
    pub fn holds(&self, texts: &ConsentTexts) -> bool {
        self.withdrawn_at.is_none() && texts.of(self.purpose).version.to_string() == self.version
    }
}

/// A purpose's text in one language. Short sentences, each an answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentWords {
    /// The purpose, in a few words.
    pub title: String,
    /// What is processed.
    pub what: String,
    /// Why.
    pub why: String,
    /// For how long it is kept.
    pub how_long: String,
    /// Who sees it.
    pub who: String,
    /// What still works for who refuses.
    pub refusing: String,
    /// What follows from a withdrawal.
    pub withdrawing: String,
}

/// A purpose's text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentText {
    /// The day from which it is asked in these words.
    pub version: Date,
    /// In Chinese.
    pub zh: ConsentWords,
    /// In English.
    pub en: ConsentWords,
}

impl ConsentText {
    /// The words of a language.
    #[must_use]
    pub const fn words(&self, lang: Lang) -> &ConsentWords {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// A text that can't be read. Ours to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("consents/{purpose}.toml: {why}")]
pub struct ConsentError {
    purpose: &'static str,
    why: String,
}

/// The texts of all purposes.
#[derive(Clone, Debug)]
pub struct ConsentTexts {
    face_photo: ConsentText,
    face_sign_in: ConsentText,
    identity_number: ConsentText,
    notices: ConsentText,
}

impl ConsentTexts {
    /// The texts that come with the crate.
    ///
    /// # Errors
    /// [`ConsentError`] for a faulty file; a test holds that there is none.
    pub fn built_in() -> Result<Self, ConsentError> {
        Self::read(&files())
    }

    /// Reads files: a purpose's word, and its text. A purpose without a file has ours.
    ///
    /// # Errors
    /// [`ConsentError`], naming the file and what is wrong.
    pub fn read(files: &[(&str, &str)]) -> Result<Self, ConsentError> {
        let text = |purpose: Purpose| {
            let given = files.iter().find(|(name, _)| *name == purpose.word());
            read(purpose, given.map_or_else(|| built_in(purpose), |(_, text)| *text))
        };
        Ok(Self {
            face_photo: text(Purpose::FacePhoto)?,
            face_sign_in: text(Purpose::FaceSignIn)?,
            identity_number: text(Purpose::IdentityNumber)?,
            notices: text(Purpose::Notices)?,
        })
    }

    /// The text of a purpose.
    #[must_use]
    pub const fn of(&self, purpose: Purpose) -> &ConsentText {
        match purpose {
            Purpose::FacePhoto => &self.face_photo,
            Purpose::FaceSignIn => &self.face_sign_in,
            Purpose::IdentityNumber => &self.identity_number,
            Purpose::Notices => &self.notices,
        }
    }

    /// The version of a purpose's text, as a consent notes it.
    #[must_use]
    pub fn version(&self, purpose: Purpose) -> String {
        self.of(purpose).version.to_string()
    }
}

/// The files that come with the crate, a purpose's word and text.
#[must_use]
pub fn files() -> [(&'static str, &'static str); 4] {
    Purpose::ALL.map(|purpose| (purpose.word(), built_in(purpose)))
}

const fn built_in(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::FacePhoto => include_str!("../../../specs/consents/face-photo.toml"),
        Purpose::FaceSignIn => include_str!("../../../specs/consents/face-sign-in.toml"),
        Purpose::IdentityNumber => include_str!("../../../specs/consents/identity-number.toml"),
        Purpose::Notices => include_str!("../../../specs/consents/notices.toml"),
    }
}

fn read(purpose: Purpose, text: &str) -> Result<ConsentText, ConsentError> {
    toml::from_str(text)
        .map_err(|error| ConsentError { purpose: purpose.word(), why: error.to_string().trim_end().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_its_text_and_words_come_back() {
        let texts = ConsentTexts::built_in().unwrap();
        for purpose in Purpose::ALL {
            assert_eq!(purpose.word().parse(), Ok(purpose));
            for lang in Lang::ALL {
                let words = texts.of(purpose).words(lang);
                let all = [&words.title, &words.what, &words.why, &words.how_long, &words.who, &words.refusing];
                assert!(all.iter().chain([&&words.withdrawing]).all(|text| !text.trim().is_empty()), "{purpose:?}");
            }
        }
    }

    #[test]
    fn a_consent_holds_until_it_is_withdrawn_or_its_text_changes() {
        let texts = ConsentTexts::built_in().unwrap();
        let given = Consent {
            purpose: Purpose::Notices,
            version: texts.version(Purpose::Notices),
            person: None,
            given_at: Moment(1),
            withdrawn_at: None,
        };
        assert!(given.holds(&texts));
        assert!(!Consent { withdrawn_at: Some(Moment(2)), ..given.clone() }.holds(&texts));
        assert!(!Consent { version: "2020-01-01".to_owned(), ..given }.holds(&texts));
    }

    #[test]
    fn a_faulty_text_is_named() {
        let error = read(Purpose::Notices, "version = \"soon\"").unwrap_err();
        assert!(error.to_string().starts_with("consents/notices.toml"), "{error}");
    }
}
