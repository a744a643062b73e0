//! What the window says: a title and lines, also where it says no.

use huizhi_domain::clock::Moment;
use huizhi_domain::receipt::NumberError;
use huizhi_domain::words::Lang;
use serde::Serialize;

use super::super::elsewhere::Trouble;
use super::super::fetch::{Asking, Refusal, Used};
use super::super::say;
use super::super::session::Clerk;
use crate::app::App;
use crate::error::PageError;
use crate::page::moment;

/// What is told of the number, or of the visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    title: String,
    lines: Vec<String>,
}

impl Note {
    /// A note with the title of a key.
    pub fn of(lang: Lang, key: &str, lines: Vec<String>) -> Self {
        Self { title: say(lang, key, &[]), lines }
    }
}

/// The time of the day.
pub fn clock(app: &App, at: Moment) -> String {
    at.wall(app.store.zone()).split(' ').nth(1).unwrap_or_default().to_owned()
}

/// A photo that was used.
pub fn used_note(app: &App, lang: Lang, used: &Used) -> Note {
    let document = app.document_name(&used.document, lang);
    let line = say(lang, "window-done-used-line", &[("document", &document), ("at", &moment(lang, used.at))]);
    let told = used.to_be_told.as_ref().map(|peer| say(lang, "window-to-be-told-line", &[("peer", peer)]));
    Note::of(lang, "window-done-used", [line].into_iter().chain(told).collect())
}

/// A refusal in words; what is ours to mend is an error.
pub fn refused(app: &App, lang: Lang, refusal: Refusal, asking: &Asking<'_>) -> Result<Note, PageError> {
    let document = app.document_name(asking.document, lang);
    Ok(match refusal {
        Refusal::Failed(error) => return Err(error.into()),
        Refusal::Terminal(why) => {
            let key = format!("window-{}", why.word());
            Note::of(lang, &key, vec![say(lang, &format!("{key}-line"), &[])])
        }
        Refusal::TooFast(until) => {
            let line = say(lang, "window-too-fast-line", &[("until", &clock(app, until.after_ms(59_999)))]);
            Note::of(lang, "window-too-fast", vec![line])
        }
        Refusal::Locked(until) => {
            let line = say(lang, "window-locked-line", &[("until", &clock(app, until.after_ms(59_999)))]);
            Note::of(lang, "window-locked", vec![line])
        }
        Refusal::Unknown { left } => {
            Note::of(lang, "window-unknown", vec![say(lang, "window-unknown-line", &[("left", &left)])])
        }
        Refusal::OtherDocument => {
            let line = say(lang, "window-other-document-line", &[("document", &document)]);
            Note::of(lang, "window-other-document", vec![line])
        }
        Refusal::NotValid(standing) => {
            let line = say(lang, "window-not-valid-line", &[]);
            Note::of(lang, &format!("window-not-valid-{}", standing.word()), vec![line])
        }
        Refusal::Used { at, office } => {
            let values: [(&str, &dyn std::fmt::Display); 3] =
                [("document", &document), ("at", &moment(lang, at)), ("office", &office)];
            let line = say(lang, "window-taken-line", &values);
            Note::of(lang, "window-taken-used", vec![line, say(lang, "window-not-valid-line", &[])])
        }
        Refusal::Held { until, office } => {
            let values: [(&str, &dyn std::fmt::Display); 3] =
                [("document", &document), ("at", &clock(app, until)), ("office", &office)];
            Note::of(lang, "window-taken-held", vec![say(lang, "window-taken-held-line", &values)])
        }
        Refusal::Elsewhere { trouble: Trouble::NotHeld, .. } => {
            Note::of(lang, "window-nothing-held", vec![say(lang, "window-nothing-held-line", &[])])
        }
        Refusal::Elsewhere { peer, trouble } => elsewhere_note(lang, &peer, &trouble),
    })
}

fn elsewhere_note(lang: Lang, peer: &str, trouble: &Trouble) -> Note {
    let values: [(&str, &dyn std::fmt::Display); 2] = [("peer", &peer), ("cause", &trouble.cause())];
    let key = format!("window-elsewhere-{}", trouble.word());
    Note { title: say(lang, &key, &values), lines: vec![say(lang, &format!("{key}-line"), &values)] }
}

/// What is still open between the office and peers: uses that a peer does not know of, or does not take.
pub async fn open(app: &App, clerk: &Clerk, lang: Lang) -> Result<Vec<String>, PageError> {
    let Some(office) = &clerk.office else { return Ok(Vec::new()) };
    let mut lines = Vec::new();
    for it in app.store.open_elsewhere(office.id).await? {
        let peer = app.store.peer(it.peer).await?.map_or_else(|| it.peer.to_string(), |peer| peer.name);
        let at = moment(lang, it.used_at.unwrap_or(it.reserved_until));
        let values: [(&str, &dyn std::fmt::Display); 4] = [
            ("peer", &peer),
            ("document", &app.document_name(&it.document, lang)),
            ("at", &at),
            ("cause", &it.refusal.as_deref().unwrap_or_default()),
        ];
        let key = if it.refusal.is_some() { "window-open-refused" } else { "window-open-to-tell" };
        lines.push(say(lang, key, &values));
    }
    Ok(lines)
}

/// A number with a mistake.
pub fn mistyped(lang: Lang, error: &NumberError) -> Note {
    let line = match error {
        NumberError::Length(count) => say(lang, "window-mistyped-length", &[("count", count)]),
        NumberError::Character(character) => say(lang, "window-mistyped-character", &[("character", character)]),
        NumberError::Check => say(lang, "window-mistyped-check", &[]),
    };
    Note::of(lang, "window-mistyped", vec![line])
}

#[cfg(test)]
impl Note {
    /// One for the samples of the page.
    pub fn sample() -> Self {
        Self { title: "title".to_owned(), lines: vec!["line".to_owned()] }
    }
}

#[cfg(test)]
mod tests {
    use huizhi_domain::receipt::Standing;

    use super::*;

    #[test]
    fn every_mistake_and_every_standing_has_words() {
        for lang in Lang::ALL {
            for error in [NumberError::Length(4), NumberError::Character('#'), NumberError::Check] {
                assert!(!mistyped(lang, &error).lines[0].starts_with("window-"));
            }
            for standing in [Standing::Used, Standing::Expired, Standing::Revoked] {
                let key = format!("window-not-valid-{}", standing.word());
                assert_ne!(say(lang, &key, &[]), key);
            }
            let word = || "form".to_owned();
            for trouble in [
                Trouble::Issuer("GZ".parse().unwrap()),
                Trouble::Line,
                Trouble::Clock,
                Trouble::Unproven(word()),
                Trouble::Photo,
                Trouble::Unheard(word()),
                Trouble::No(word()),
            ] {
                let note = elsewhere_note(lang, "广州", &trouble);
                let text = format!("{} {}", note.title, note.lines[0]);
                assert!(!text.contains("window-") && !text.contains('$'), "{text}");
            }
        }
    }
}
