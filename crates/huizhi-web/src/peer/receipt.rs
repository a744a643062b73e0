//! Windows of a peer's fetch the photos of our receipts, by the rules that our own windows keep to.

use huizhi_domain::clock::Moment;
use huizhi_domain::peer::body::{Asked, Consumed, Given, Refused, Released};
use huizhi_domain::peer::envelope::SpokenHead;
use huizhi_domain::receipt::{FetchError, NumberError, ReceiptNumber, Standing, Taker};
use huizhi_store::{Heard, PeerAsks, StoreError};

use super::{Answer, No, read};
use crate::app::App;
use crate::desk::fetch::{PURPOSES, masked_applicant, office_of};

/// The longest text that a peer may write for one of its windows, characters.
const TEXT_MOST: usize = 100;

/// A question about a receipt.
struct Question {
    asked: Asked,
    number: ReceiptNumber,
    digest: String,
    head: Option<SpokenHead>,
}

impl Question {
    fn of(app: &App, heard: &Heard) -> Result<Self, No> {
        let asked: Asked = read(heard)?;
        if let Some(until) = app.shared.spoken.misses.waits_until(&heard.peer.code, app.store.now()) {
            return Err(no("locked", Some(until)));
        }
        let named =
            |text: &str| !text.is_empty() && text.len() <= TEXT_MOST && text.bytes().all(|it| it.is_ascii_graphic());
        let office = asked.office_name.chars();
        let readable = office.clone().count() <= TEXT_MOST && !office.clone().any(char::is_control);
        if !(named(&asked.office) && named(&asked.clerk) && named(&asked.act) && readable) {
            return Err(No::new("body"));
        }
        if !PURPOSES.contains(&asked.purpose.as_str()) {
            return Err(No::new("purpose"));
        }
        let number: ReceiptNumber = asked.number.parse().map_err(|_: NumberError| No::new("number-mistyped"))?;
        Ok(Self { number, digest: heard.envelope.digest(), head: heard.head(), asked })
    }

    fn asks<'a>(&'a self, heard: &Heard) -> PeerAsks<'a> {
        PeerAsks { peer: heard.peer.code, asked: &self.asked, digest: &self.digest, head: self.head.as_ref() }
    }
}

/// Gives the photo, and holds it for the peer's office.
pub async fn fetch(app: &App, heard: &Heard) -> Result<Answer, No> {
    let question = Question::of(app, heard)?;
    let fetched = match app.store.reserve_for(&question.number, &question.asks(heard)).await {
        Ok(fetched) => fetched,
        Err(error) => return Err(refusal(app, heard, error).await),
    };
    let given = Given {
        receipt: fetched.receipt.id.to_string(),
        document: question.asked.document.clone(),
        applicant: masked_applicant(app, &fetched).await?,
        valid_until: fetched.receipt.valid_until.to_string(),
        reserved_until: fetched.reserved_until,
    };
    Ok(Answer::of(&given).with("photo", fetched.photo))
}

/// Hears that the photo was used; as often as it is said, it is used once.
pub async fn consume(app: &App, heard: &Heard) -> Result<Answer, No> {
    let question = Question::of(app, heard)?;
    match app.store.consume_for(&question.number, &question.asks(heard)).await {
        Ok(used) => Ok(Answer::of(&Consumed { consumed_at: used.consumed_at.unwrap_or_else(|| app.store.now()) })),
        Err(error) => Err(refusal(app, heard, error).await),
    }
}

/// Hears that the photo is given back.
pub async fn release(app: &App, heard: &Heard) -> Result<Answer, No> {
    let question = Question::of(app, heard)?;
    match app.store.release_for(&question.number, &question.asks(heard)).await {
        Ok(()) => Ok(Answer::of(&Released {})),
        Err(error) => Err(refusal(app, heard, error).await),
    }
}

fn no(code: &str, at: Option<Moment>) -> No {
    No::Refused(Refused { at, ..Refused::new(code) })
}

/// What our windows are told in words, in the words of their interface.
async fn refusal(app: &App, heard: &Heard, error: StoreError) -> No {
    let fetch = match error {
        StoreError::Fetch(fetch) => fetch,
        error => return error.into(),
    };
    match fetch {
        FetchError::Unknown => {
            app.shared.spoken.misses.failed(&heard.peer.code, app.store.now());
            No::new("receipt-unknown")
        }
        FetchError::OtherDocument(_) => No::new("other-document"),
        FetchError::NotValid(Standing::Used) => No::new("receipt-used"),
        FetchError::NotValid(Standing::Revoked) => No::new("receipt-revoked"),
        FetchError::NotValid(Standing::Expired | Standing::Valid) => No::new("receipt-expired"),
        FetchError::Taken(used) => {
            let office = match &used.by {
                // Its own offices need no name of the service before theirs.
                Taker::Peer(office) if office.peer == heard.peer.code => Ok(office.name.clone()),
                by => office_of(app, by).await,
            };
            let (code, at) = match used.consumed_at {
                Some(at) => ("taken-used", at),
                None => ("taken-held", used.reserved_until),
            };
            match office {
                Ok(office) => No::Refused(Refused { code: code.to_owned(), at: Some(at), office: Some(office) }),
                Err(error) => error.into(),
            }
        }
    }
}
