//! What is told of visits outside the inbox: by e-mail or short message to the account's own contact, where its owner agreed to it. It
//! says when and where, and names nobody.

use huizhi_domain::account::Contact;
use huizhi_domain::consent::Purpose;
use huizhi_domain::delivery::{Channel, Delivery, DeliveryState, Outcome, STALE_MS};
use huizhi_domain::visit::{Appointment, VisitHappening, VisitMessage};
use huizhi_domain::words::Lang;
use huizhi_outside::{Mail, Outside, Text};
use huizhi_store::StoreError;
use tokio::task::JoinSet;

use crate::app::App;
use crate::citizen::visit::line::when;

/// Deliveries begun a round at most: those of orders have hands of their own.
const A_ROUND: u32 = 8;

/// Writes the deliveries of new messages and begins to send what is due.
///
/// # Errors
/// As the store.
pub async fn begin(
    app: &App,
    outside: &Outside,
    sending: &mut JoinSet<Result<(), StoreError>>,
) -> Result<(), StoreError> {
    for message in app.store.unspread_visits().await? {
        let channels = channels(app, outside, &message).await?;
        app.store.spread_visit(&message, &channels).await?;
    }
    for delivery in app.store.claim_visit_deliveries(A_ROUND).await? {
        let (app, outside) = (app.clone(), outside.clone());
        sending.spawn(async move { send(&app, &outside, &delivery).await });
    }
    Ok(())
}

/// The account's contact, where its owner agreed to messages.
async fn contact(app: &App, message: &VisitMessage) -> Result<Option<Contact>, StoreError> {
    let given = app.store.consented(message.account, Purpose::Notices).await?;
    if !given.is_some_and(|given| given.holds(&app.consents)) {
        return Ok(None);
    }
    app.store.contact_of(message.account).await
}

async fn channels(app: &App, outside: &Outside, message: &VisitMessage) -> Result<Vec<Channel>, StoreError> {
    if app.store.now().since_ms(message.at) > STALE_MS {
        return Ok(Vec::new());
    }
    let channel = match contact(app, message).await? {
        Some(Contact::Email(_)) => outside.mail.as_ref().map(|_| Channel::Mail),
        Some(Contact::Phone(_)) => {
            outside.sms.as_ref().filter(|sms| sms.tells_visit(message.happening)).map(|_| Channel::Sms)
        }
        None => None,
    };
    Ok(channel.into_iter().collect())
}

async fn send(app: &App, outside: &Outside, delivery: &Delivery) -> Result<(), StoreError> {
    let outcome = match app.store.find_visit_message(delivery.message).await? {
        Some(message) => try_one(app, outside, &message).await?,
        None => Outcome::refused("no-message"),
    };
    let state = app.store.visit_delivered(delivery, &outcome).await?;
    if state == DeliveryState::Sent {
        return Ok(());
    }
    let (channel, code) = (delivery.channel.word(), outcome.code().unwrap_or_default());
    if state == DeliveryState::Due {
        tracing::info!(delivery = %delivery.id, channel, code, "a visit is not told yet; it is tried again");
    } else {
        tracing::warn!(delivery = %delivery.id, channel, code, "a visit is not told by this channel; the inbox has it");
    }
    Ok(())
}

async fn try_one(app: &App, outside: &Outside, message: &VisitMessage) -> Result<Outcome, StoreError> {
    let Some(appointment) = app.store.appointment(message.appointment).await? else {
        return Ok(Outcome::refused("no-message"));
    };
    if is_over(app, message, &appointment) {
        return Ok(Outcome::refused("over"));
    }
    let id = message.id.to_string();
    match contact(app, message).await? {
        Some(Contact::Email(email)) => {
            let Some(mailer) = &outside.mail else { return Ok(Outcome::later("no-channel")) };
            let (subject, text) = words(app, message, &appointment).await?;
            Ok(mailer.send(Mail { id: &id, to: email.as_str(), subject, text }).await)
        }
        Some(Contact::Phone(phone)) => {
            let Some(sms) = &outside.sms else { return Ok(Outcome::later("no-channel")) };
            let (text, _) = words(app, message, &appointment).await?;
            let day = when(app, appointment.lang, message.slot.unwrap_or(appointment.slot));
            let text = Text {
                id: &id,
                phone: phone.as_str(),
                happening: None,
                visit: Some(message.happening),
                text: &text,
                document: "",
                day: &day,
                code: "",
            };
            Ok(sms.send(&text).await)
        }
        None => Ok(Outcome::refused("no-address")),
    }
}

/// Nobody is reminded of what has begun, is at another time by now, or is no more.
fn is_over(app: &App, message: &VisitMessage, appointment: &Appointment) -> bool {
    let moved = message.slot.is_some_and(|slot| slot != appointment.slot);
    message.happening == VisitHappening::Reminder
        && (moved || appointment.starts_at <= app.store.now() || !appointment.state.is_open())
}

/// Subject and text. The subject says what happened in few words; it is all that a short message has.
async fn words(app: &App, message: &VisitMessage, appointment: &Appointment) -> Result<(String, String), StoreError> {
    let lang: Lang = appointment.lang;
    let at = when(app, lang, message.slot.unwrap_or(appointment.slot));
    let offices = app.store.offices().await?;
    let office = offices.into_iter().find(|office| office.id == appointment.office);
    let office = office.map(|office| office.name).unwrap_or_default();
    let happening = message.happening.word();
    let say =
        |part: &str| app.say(lang, &format!("visit-mail-{part}-{happening}"), &[("when", &at), ("office", &office)]);
    let link = app.settings.address(&format!("/visit/{}", appointment.id));
    let (look, closing) = (app.say(lang, "visit-mail-look", &[]), app.say(lang, "mail-closing", &[]));
    let mut text = say("text");
    if message.happening == VisitHappening::Stranded {
        let reason = app.store.why_closed(appointment).await?;
        if !reason.is_empty() {
            text = format!("{text}\n{}", app.say(lang, "visit-closed-why", &[("reason", &reason)]));
        }
    }
    Ok((say("subject"), format!("{text}\n\n{look}\n{link}\n\n{closing}\n")))
}

#[cfg(test)]
mod tests;
