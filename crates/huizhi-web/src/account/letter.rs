//! Sending one-time codes, by the same ways as messages. Whoever asks learns nothing of whether there is an account: the letter says it, and
//! it goes to the contact's owner.

use std::time::Duration;

use huizhi_domain::account::{Code, CodePurpose, Contact};
use huizhi_domain::clock::Moment;
use huizhi_domain::delivery::Outcome;
use huizhi_domain::words::Lang;
use huizhi_outside::{Mail, Outside, Text};
use huizhi_store::{CodeSent, Limited};

use super::outbox::Letter;
use crate::app::App;
use crate::desk::memory::network;
use crate::error::PageError;
use crate::gate::draw_token;

/// How often a letter is tried, and the pause between. A code is good for ten minutes: there is no use in being patient.
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_secs(5);

/// Why no code goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The service has no way to a contact of this kind.
    NoWay,
    /// Too many were asked for, until then.
    Wait(Moment),
    /// The service has sent all that it may today.
    Spent,
}

/// Sends a code to a contact, for a client's address; in the place of a code that would be of no use it sends why.
///
/// # Errors
/// The outer one is the store's, the inner one says why none was sent.
pub async fn send_code(
    app: &App,
    lang: Lang,
    client: &str,
    purpose: CodePurpose,
    contact: &Contact,
) -> Result<Result<(), Denied>, PageError> {
    let Some(way) = Way::to(app, contact) else { return Ok(Err(Denied::NoWay)) };
    let (now, network) = (app.store.now(), network(client));
    if let Some(until) = app.shared.accounts.codes.waits_until(&network, now) {
        return Ok(Err(Denied::Wait(until)));
    }
    let code = match app.store.send_code(purpose, contact, app.settings.codes_a_day).await? {
        CodeSent::Send(code) => code,
        CodeSent::Limited(Limited::Contact(until)) => return Ok(Err(Denied::Wait(until))),
        CodeSent::Limited(Limited::Service) => {
            tracing::warn!(codes_a_day = app.settings.codes_a_day, "no more codes go out today");
            return Ok(Err(Denied::Spent));
        }
    };
    app.shared.accounts.codes.failed(&network, now);
    let has_account = app.store.account_by_contact(contact).await?.is_some();
    send(app, way, contact, Words::of(app, lang, purpose, has_account, &code))?;
    Ok(Ok(()))
}

/// Tells the old contact of an account that it is reached at a new one from now on. Where there is no way to it, nobody is told.
///
/// # Errors
/// Where the machine gives no random numbers.
pub fn tell_moved(app: &App, lang: Lang, old: &Contact, new: &Contact) -> Result<(), PageError> {
    match Way::to(app, old) {
        Some(way) => send(app, way, old, Words::moved(app, lang, new)),
        None => Ok(()),
    }
}

fn send(app: &App, way: Way, contact: &Contact, letter: Words) -> Result<(), PageError> {
    match way {
        Way::Outbox => {
            let (to, at) = (contact.as_str().to_owned(), app.store.now());
            app.shared.accounts.outbox.put(Letter { to, text: letter.text, at });
        }
        Way::Outside(outside) => {
            let (contact, id) = (contact.clone(), draw_token()?);
            // Not waited for: the time would say which way it goes.
            tokio::spawn(async move { deliver(&outside, &contact, &letter, &id).await });
        }
    }
    Ok(())
}

/// How a contact is reached.
enum Way {
    Outside(Box<Outside>),
    /// A demonstration's page.
    Outbox,
}

impl Way {
    fn to(app: &App, contact: &Contact) -> Option<Self> {
        let reaches = |outside: &&Outside| match contact {
            Contact::Email(_) => outside.mail.is_some(),
            Contact::Phone(_) => outside.sms.as_ref().is_some_and(huizhi_outside::Sms::tells_codes),
        };
        match app.shared.outside.get().filter(reaches) {
            Some(outside) => Some(Self::Outside(Box::new(outside.clone()))),
            None => app.settings.demo.then_some(Self::Outbox),
        }
    }
}

/// What a letter says.
struct Words {
    subject: String,
    text: String,
    /// Empty where a code would be of no use.
    code: String,
}

impl Words {
    fn of(app: &App, lang: Lang, purpose: CodePurpose, has_account: bool, code: &Code) -> Self {
        let (kind, link) = match (purpose, has_account) {
            (CodePurpose::Register, true) => ("taken", "/sign-in"),
            (CodePurpose::Contact, true) => ("in-use", "/sign-in"),
            (CodePurpose::SignIn | CodePurpose::Recover | CodePurpose::Face, false) => ("none", "/register"),
            _ => (purpose.word(), ""),
        };
        let link = app.settings.address(link);
        let code = if matches!(kind, "taken" | "in-use" | "none") { String::new() } else { code.reveal().to_owned() };
        let values: [(&str, &dyn std::fmt::Display); 2] = [("code", &code), ("link", &link)];
        let say = |part: &str| app.say(lang, &format!("code-{part}-{kind}"), &values);
        Self { subject: say("subject"), text: say("text"), code }
    }

    fn moved(app: &App, lang: Lang, new: &Contact) -> Self {
        let (contact, link) = (new.masked(), app.settings.address("/help"));
        let values: [(&str, &dyn std::fmt::Display); 2] = [("contact", &contact), ("link", &link)];
        let say = |part: &str| app.say(lang, &format!("code-{part}-moved"), &values);
        Self { subject: say("subject"), text: say("text"), code: String::new() }
    }
}

async fn deliver(outside: &Outside, contact: &Contact, words: &Words, id: &str) {
    for attempt in 1..=TRIES {
        let outcome = match contact {
            Contact::Email(email) => match &outside.mail {
                Some(mailer) => {
                    let (subject, text) = (words.subject.clone(), format!("{}\n", words.text));
                    mailer.send(Mail { id, to: email.as_str(), subject, text }).await
                }
                None => return,
            },
            Contact::Phone(phone) => match &outside.sms {
                Some(sms) => {
                    let (phone, text, code) = (phone.as_str(), words.text.as_str(), words.code.as_str());
                    sms.send(&Text { id, phone, happening: None, visit: None, text, document: "", day: "", code }).await
                }
                None => return,
            },
        };
        match outcome {
            Outcome::Sent => return,
            Outcome::Later { code, .. } if attempt < TRIES => {
                tracing::warn!(%code, "a one-time code did not go out yet; it is tried again");
                tokio::time::sleep(PAUSE).await;
            }
            Outcome::Later { code, .. } | Outcome::Refused { code } => {
                tracing::warn!(%code, "a one-time code did not go out");
                return;
            }
        }
    }
}
