//! What is told outside the inbox: by e-mail, short message and WeChat to those who gave an address, and to the hooks of partners. It says what
//! happened and where to look, and nothing about anybody.

mod visit;

use std::collections::BTreeMap;
use std::time::Duration;

use huizhi_domain::delivery::{Channel, Delivery, DeliveryState, Outcome, STALE_MS};
use huizhi_domain::message::{Happening, Message};
use huizhi_domain::order::Order;
use huizhi_domain::words::Lang;
use huizhi_outside::hook::{self, HookCall};
use huizhi_outside::{Mail, Outside, Subscribed, Text};
use huizhi_store::{Spent, StoreError};
use serde_json::json;
use tokio::task::{JoinError, JoinSet};

use crate::app::{App, in_lang};
use crate::citizen::order::rejection;
use crate::live::Live;
use crate::page::day_text;

/// How often the outbox is looked at.
const EVERY: Duration = Duration::from_secs(2);

/// Deliveries in hand at most.
const IN_HAND: u32 = 16;

/// Every how many rounds receipts that soon expire are looked for: every ten minutes.
const REMINDER_ROUNDS: u32 = 300;

/// Tells until the process ends. Each delivery is sent at least once, and again with longer and longer pauses while the other side fails; one
/// that fails or hangs holds up no other.
pub async fn notify(live: impl Into<Live>, outside: Outside) {
    let live = live.into();
    let mut sending = JoinSet::new();
    let mut round = 0_u32;
    loop {
        let app = live.app();
        if round.is_multiple_of(REMINDER_ROUNDS) {
            log("reminding of receipts", app.store.remind_of_receipts().await.map(drop));
            log("forgetting deliveries", app.store.forget_deliveries().await);
            log("forgetting deliveries of visits", app.store.forget_visit_deliveries().await);
        }
        while let Some(done) = sending.try_join_next() {
            heard(done);
        }
        log("telling", begin(&app, &outside, &mut sending).await);
        log("telling of visits", visit::begin(&app, &outside, &mut sending).await);
        round = round.wrapping_add(1);
        tokio::time::sleep(EVERY).await;
    }
}

fn log(what: &str, done: Result<(), StoreError>) {
    if let Err(error) = done {
        tracing::error!(%error, "{what} failed; it is tried again");
    }
}

/// Writes the deliveries of new messages and begins to send what is due, as far as there are hands.
async fn begin(app: &App, outside: &Outside, sending: &mut Sending) -> Result<(), StoreError> {
    for message in app.store.unspread().await? {
        let channels = channels(app, outside, &message).await?;
        app.store.spread(&message, &channels).await?;
    }
    let free = IN_HAND.saturating_sub(u32::try_from(sending.len()).unwrap_or(IN_HAND));
    if free == 0 {
        return Ok(());
    }
    for delivery in app.store.claim_deliveries(free).await? {
        let (app, outside) = (app.clone(), outside.clone());
        sending.spawn(async move { send(&app, &outside, &delivery).await });
    }
    Ok(())
}

/// Deliveries under way.
type Sending = JoinSet<Result<(), StoreError>>;

/// A delivery that broke off is not noted: its lease runs out, and somebody tries again.
fn heard(done: Result<Result<(), StoreError>, JoinError>) {
    match done {
        Ok(done) => log("noting a delivery", done),
        Err(error) => tracing::error!(%error, "a delivery ended oddly; it is tried again"),
    }
}

/// The channels that reach a message's citizen. One that happened days ago, because no channel was set up, is left to the inbox.
async fn channels(app: &App, outside: &Outside, message: &Message) -> Result<Vec<Channel>, StoreError> {
    let mut channels = Vec::new();
    if app.store.now().since_ms(message.at) > STALE_MS {
        return Ok(channels);
    }
    let applicant = app.store.applicant(message.order).await?.filter(|it| !it.silent);
    if outside.mail.is_some() && applicant.as_ref().is_some_and(|it| it.email.is_some()) {
        channels.push(Channel::Mail);
    }
    let texts = outside.sms.as_ref().is_some_and(|sms| sms.tells(message.happening));
    if texts && applicant.as_ref().is_some_and(|it| it.phone.is_some()) {
        channels.push(Channel::Sms);
    }
    let kind = outside.wechat.as_ref().and_then(|wechat| wechat.kind_of(message.happening));
    if let Some(kind) = kind
        && app.store.wechat_allows(message.order, kind).await? > 0
    {
        channels.push(Channel::Wechat);
    }
    Ok(channels)
}

async fn send(app: &App, outside: &Outside, delivery: &Delivery) -> Result<(), StoreError> {
    let mut spent = None;
    let outcome = match of(app, delivery).await? {
        Some((message, order)) => match delivery.channel {
            Channel::Mail => mail(app, outside, &message, &order).await?,
            Channel::Sms => sms(app, outside, &message, &order).await?,
            Channel::Wechat => {
                let outcome = wechat(app, outside, &message, &order).await?;
                spent = spent_by(outside, &message, &outcome);
                outcome
            }
            Channel::Hook => call(app, outside, delivery, &message, &order).await?,
        },
        None => Outcome::refused("no-message"),
    };
    let state = app.store.delivered(delivery, &outcome, spent).await?;
    let (channel, code) = (delivery.channel.word(), outcome.code().unwrap_or_default());
    match state {
        DeliveryState::Sent => tracing::info!(delivery = %delivery.id, channel, "told"),
        DeliveryState::Due => tracing::warn!(delivery = %delivery.id, channel, code, "not told yet; it is tried again"),
        DeliveryState::Refused | DeliveryState::GivenUp => {
            tracing::warn!(delivery = %delivery.id, channel, code, "not told by this channel; the inbox has it");
        }
    }
    Ok(())
}

/// What a delivery tells of.
async fn of(app: &App, delivery: &Delivery) -> Result<Option<(Message, Order)>, StoreError> {
    let Some(message) = app.store.find_message(delivery.message).await? else { return Ok(None) };
    Ok(app.store.order(message.order).await?.map(|order| (message, order)))
}

async fn link(app: &App, order: &Order) -> Result<String, StoreError> {
    Ok(app.settings.address(&format!("/o/{}", app.store.secret_of(order.id).await?)))
}

async fn mail(app: &App, outside: &Outside, message: &Message, order: &Order) -> Result<Outcome, StoreError> {
    let Some(mailer) = &outside.mail else { return Ok(Outcome::later("no-channel")) };
    let applicant = app.store.applicant(order.id).await?.filter(|it| !it.silent);
    let Some(to) = applicant.as_ref().and_then(|it| it.email.as_deref()) else {
        return Ok(Outcome::refused("no-address"));
    };
    let (lang, happening) = (order.lang, message.happening.word());
    let document = app.document_name(&order.document, lang);
    let day = last_day(app, message, lang).await?;
    let say =
        |part: &str| app.say(lang, &format!("mail-{part}-{happening}"), &[("document", &document), ("day", &day)]);
    let (subject, text) = (say("subject"), say("text"));
    let (look, closing) = (app.say(lang, "mail-look", &[]), app.say(lang, "mail-closing", &[]));
    let text = format!("{text}\n\n{look}\n{}\n\n{closing}\n", link(app, order).await?);
    Ok(mailer.send(Mail { id: &message.id.to_string(), to, subject, text }).await)
}

async fn sms(app: &App, outside: &Outside, message: &Message, order: &Order) -> Result<Outcome, StoreError> {
    let Some(sms) = &outside.sms else { return Ok(Outcome::later("no-channel")) };
    let applicant = app.store.applicant(order.id).await?.filter(|it| !it.silent);
    let Some(phone) = applicant.as_ref().and_then(|it| it.phone.as_deref()) else {
        return Ok(Outcome::refused("no-address"));
    };
    let document = app.document_name(&order.document, order.lang);
    // The subject says what happened in few words; a link would cost a second message.
    let (key, day) = (format!("mail-subject-{}", message.happening.word()), last_day(app, message, order.lang).await?);
    let text = app.say(order.lang, &key, &[("document", &document), ("day", &day)]);
    let (id, happening) = (message.id.to_string(), Some(message.happening));
    let (text, document, day) = (text.as_str(), document.as_str(), day.as_str());
    Ok(sms.send(&Text { id: &id, phone, happening, visit: None, text, document, day, code: "" }).await)
}

/// The last day of which a message about a receipt that soon expires speaks; empty for all others.
pub async fn last_day(app: &App, message: &Message, lang: Lang) -> Result<String, StoreError> {
    if message.happening != Happening::ReceiptExpiring {
        return Ok(String::new());
    }
    let day = app.store.last_day_of(message.order).await?;
    Ok(day.map(|day| day_text(lang, &day.to_string())).unwrap_or_default())
}

async fn wechat(app: &App, outside: &Outside, message: &Message, order: &Order) -> Result<Outcome, StoreError> {
    let Some(wechat) = &outside.wechat else { return Ok(Outcome::later("no-channel")) };
    let Some(kind) = wechat.kind_of(message.happening) else { return Ok(Outcome::refused("no-template")) };
    let Some(openid) = app.store.openid_of(order.id).await? else { return Ok(Outcome::refused("no-address")) };
    if app.store.wechat_allows(order.id, kind).await? == 0 {
        return Ok(Outcome::refused("wechat-not-allowed"));
    }
    let values = values(app, message, order).await?;
    let secret = app.store.secret_of(order.id).await?.to_string();
    let lang = match order.lang {
        Lang::Zh => "zh_CN",
        Lang::En => "en_US",
    };
    let at = app.store.now();
    Ok(wechat.send(&Subscribed { openid: &openid, kind, values: &values, secret: &secret, lang, at }).await)
}

/// What a try has used of the citizen's permissions. Whoever takes them back, or has used them up, is not asked again for this order.
fn spent_by(outside: &Outside, message: &Message, outcome: &Outcome) -> Option<Spent> {
    let all = match outcome {
        Outcome::Sent => false,
        Outcome::Refused { code } if code == "wechat-43101" => true,
        _ => return None,
    };
    let kind = outside.wechat.as_ref()?.kind_of(message.happening)?.to_owned();
    Some(Spent { order: message.order, kind, all })
}

/// What stands in the fields of `specs/notifications`. WeChat's templates are Chinese, so the values are too.
async fn values(app: &App, message: &Message, order: &Order) -> Result<BTreeMap<&'static str, String>, StoreError> {
    let zone = app.store.zone();
    let day = message.at.day(zone);
    let minute = message.at.after_ms(i64::from(zone.0) * 60_000).0.div_euclid(60_000).rem_euclid(1440);
    let time = format!("{}年{}月{}日 {:02}:{:02}", day.year(), day.month(), day.day(), minute / 60, minute % 60);
    let mut values = BTreeMap::from([("document", app.document_name(&order.document, Lang::Zh)), ("time", time)]);
    let say = |key: &str| app.say(Lang::Zh, key, &[]);
    match message.happening {
        Happening::Rejected => {
            let photos = app.store.photos(order.id).await?;
            let sent = order.attempt.and_then(|id| photos.iter().find(|photo| photo.id == id));
            let codes = if message.codes.is_empty() { rejection(sent).0 } else { message.codes.clone() };
            let first =
                codes.first().and_then(|code| app.rejection(code)).map(|it| in_lang(&it.title, Lang::Zh).to_owned());
            values.insert("result", say("wechat-result-rejected"));
            values.insert("reason", first.unwrap_or_else(|| say("wechat-reason-see")));
        }
        Happening::ReceiptExpiring => {
            values.insert("date", last_day(app, message, Lang::Zh).await?);
            values.insert("note", say("wechat-note-expiring"));
        }
        Happening::ReceiptUsed => {
            values.insert("note", say("wechat-note-used"));
        }
        _ => {
            values.insert("result", say("wechat-result-approved"));
            values.insert("reason", say("wechat-reason-approved"));
        }
    }
    Ok(values)
}

/// Tells a partner's hook. The event names the order and what happened; what more there is, the partner asks for with its key.
async fn call(
    app: &App,
    outside: &Outside,
    delivery: &Delivery,
    message: &Message,
    order: &Order,
) -> Result<Outcome, StoreError> {
    let hook = match delivery.target.parse() {
        Ok(id) => app.store.hook_to_call(id).await?.map(|found| (id, found)),
        Err(_) => None,
    };
    let Some((hook_id, (hook, secrets))) = hook else { return Ok(Outcome::refused("no-hook")) };
    let body = json!({
        "type": format!("order.{}", message.happening.word()),
        "timestamp": message.at.0.div_euclid(1000),
        "data": { "message": message.id.to_string(), "order": order.id.to_string(), "state": order.state.word() },
    });
    let id = message.id.to_string();
    let secrets: Vec<&str> = secrets.iter().map(huizhi_store::HookSecret::reveal).collect();
    let (address, body) = (hook.address.as_str(), body.to_string().into_bytes());
    let at = app.store.now();
    let outcome = hook::call(&outside.client, HookCall { address, secrets: &secrets, id: &id, at, body }).await.outcome;
    if outcome == Outcome::refused("gone") {
        app.store.hook_gone(hook_id).await?;
    }
    Ok(outcome)
}

#[cfg(test)]
pub mod servers;
#[cfg(test)]
mod tests;
