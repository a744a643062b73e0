//! The reviewing side: cases come to the desk, decisions are fetched from it. The peer's texts and pictures are a stranger's: each is held
//! against its limits before anything is kept.

use huizhi_domain::city::RegionCode;
use huizhi_domain::order::Override;
use huizhi_domain::peer::body::{
    Acknowledged, CaseBody, CaseName, CaseStanding, Closed, DECISIONS_AT_ONCE, Decisions, DecisionsAsked,
};
use huizhi_domain::review::Opinion;
use huizhi_store::{Heard, NewCase, StoreError};
use serde_json::Value;

use super::{Answer, No, read};
use crate::app::App;

/// The largest picture, bytes: a preview has some 150 KB.
const PICTURE_MOST_BYTES: usize = 900_000;
/// The largest report: forty findings with their places have some 30 KB.
const REPORT_MOST_BYTES: usize = 150_000;
/// Codes of one opinion, of which the list has some sixty.
const CODES_MOST: usize = 64;
/// Characters of what people wrote.
const TEXT_MOST: usize = 2000;

/// A case is given.
pub async fn give(app: &App, heard: &Heard) -> Result<Answer, No> {
    let said: CaseBody = read(heard)?;
    if app.document(&said.document).is_none() {
        return Err(No::new("unknown-document"));
    }
    let city = said.city.parse().ok().and_then(|code: RegionCode| app.cities.find(code));
    if city.is_none() || !is_sound(&said) {
        return Err(No::new("body"));
    }
    let file = |name: &str| heard.file(name).ok_or_else(|| No::new("body"));
    let (preview, id_photo, report) = (file("preview")?, file("id-photo")?, file("report")?);
    if !is_picture(preview) || !is_picture(id_photo) || !is_report(report) {
        return Err(No::new("body"));
    }
    let (peer, text, head) = (heard.peer.code, heard.envelope.body.as_str(), heard.head());
    let new = NewCase { peer, said, text, preview, id_photo, report, head };
    match app.store.take_case(new).await {
        Ok(standing) => Ok(Answer::of(&standing)),
        Err(StoreError::Conflict(_)) => Err(No::new("other-case")),
        Err(error) => Err(error.into()),
    }
}

/// A case is not needed any more.
pub async fn recall(app: &App, heard: &Heard) -> Result<Answer, No> {
    let name: CaseName = read(heard)?;
    if !(1..=2).contains(&name.round) {
        return Err(No::new("body"));
    }
    let standing: CaseStanding = app.store.recall_case(heard.peer.code, name, heard.head()).await?;
    Ok(Answer::of(&standing))
}

/// Decisions are asked for.
pub async fn list(app: &App, heard: &Heard) -> Result<Answer, No> {
    let asked: DecisionsAsked = read(heard)?;
    let most = asked.most.clamp(1, DECISIONS_AT_ONCE);
    Ok(Answer::of(&Decisions { decisions: app.store.decisions_for(heard.peer.code, most).await? }))
}

/// Decisions were heard.
pub async fn acknowledge(app: &App, heard: &Heard) -> Result<Answer, No> {
    let said: Acknowledged = read(heard)?;
    if said.heard.len() > usize::try_from(DECISIONS_AT_ONCE).unwrap_or_default() {
        return Err(No::new("body"));
    }
    let closed = app.store.close_cases(heard.peer.code, said.heard, heard.head()).await?;
    Ok(Answer::of(&Closed { closed }))
}

fn is_sound(said: &CaseBody) -> bool {
    let reason = |reason: &Override| reason.text.chars().count() <= TEXT_MOST;
    let codes = |codes: &[String]| {
        codes.len() <= CODES_MOST
            && codes.iter().all(|code| code.len() <= 8 && code.bytes().all(|it| it.is_ascii_alphanumeric()))
    };
    let opinion = |opinion: &Opinion| match opinion {
        Opinion::Accept => true,
        Opinion::Reject { codes: rejected, note } => codes(rejected) && note.chars().count() <= TEXT_MOST,
    };
    (1..=2).contains(&said.round)
        && said.before.is_some() == (said.round > 1)
        && ["fits", "review"].contains(&said.verdict.as_str())
        && said.rules.chars().count() <= 100
        && codes(&said.codes)
        && said.reason.as_ref().is_none_or(reason)
        && said.before.as_ref().is_none_or(opinion)
}

/// A JPEG by its first bytes: it is shown to reviewers as one, under a policy that lets it do nothing.
fn is_picture(bytes: &[u8]) -> bool {
    bytes.len() <= PICTURE_MOST_BYTES && bytes.starts_with(&[0xFF, 0xD8, 0xFF])
}

fn is_report(bytes: &[u8]) -> bool {
    bytes.len() <= REPORT_MOST_BYTES && serde_json::from_slice::<Value>(bytes).is_ok_and(|report| report.is_object())
}
