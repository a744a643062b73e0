//! E-mail: the messages of the inbox, sent to those who gave an address. It says what happened and where to look, and nothing about anybody.

use std::time::Duration;

use huizhi_domain::message::Message;
use huizhi_store::StoreError;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use crate::app::App;

/// How often the outbox is looked at.
const EVERY: Duration = Duration::from_secs(5);

/// The longest pause after failures; each one doubles it from [`EVERY`].
const LONGEST: Duration = Duration::from_mins(10);

/// Why mail can't be sent at all. The operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The server's address is none.
    #[error("“{0}” is no address of a mail server; write smtps://user:password@host or smtp://host:port")]
    Server(String),
    /// The sender's address is none.
    #[error("“{0}” is no e-mail address; write 回执 <huizhi@city.example>")]
    Sender(String),
}

/// A mail server, and who mails come from.
#[derive(Clone)]
pub struct Mailer {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// A mailer for a server, as `smtps://user:password@host` (TLS) or `smtp://host:port` (none: for a relay on the same machine).
    ///
    /// # Errors
    /// [`MailError`]; the password is in none of them.
    pub fn new(server: &str, from: &str) -> Result<Self, MailError> {
        let hidden = || server.rsplit('@').next().unwrap_or_default().to_owned();
        let built = AsyncSmtpTransport::<Tokio1Executor>::from_url(server).map_err(|_| MailError::Server(hidden()))?;
        let from = from.parse().map_err(|_| MailError::Sender(from.to_owned()))?;
        Ok(Self { server: built.timeout(Some(Duration::from_secs(30))).build(), from })
    }
}

/// Sends mails until the process ends: each message once, tried again with longer and longer pauses while the server fails.
pub async fn mail(app: App, mailer: Mailer) {
    let mut pause = EVERY;
    loop {
        tokio::time::sleep(pause).await;
        match send_all(&app, &mailer).await {
            Ok(true) => pause = EVERY,
            Ok(false) => pause = LONGEST.min(pause * 2),
            Err(error) => {
                tracing::error!(%error, "looking for mails failed; it is tried again");
                pause = LONGEST.min(pause * 2);
            }
        }
    }
}

/// Sends what waits. `false` where the server took one not.
pub(crate) async fn send_all(app: &App, mailer: &Mailer) -> Result<bool, StoreError> {
    for message in app.store.unmailed().await? {
        let applicant = app.store.applicant(message.order).await?;
        let address =
            applicant.as_ref().and_then(|it| it.email.as_deref()).and_then(|text| text.parse::<Mailbox>().ok());
        let Some(to) = address else {
            // Nobody to write to: the inbox is complete without.
            app.store.mailed(message.id, true).await?;
            continue;
        };
        let Some(mail) = compose(app, mailer, &message, to).await? else { continue };
        let sent = mailer.server.send(mail).await;
        if let Err(error) = &sent {
            // The server's words may hold the address; its code does not.
            let code = error.status().map(|code| code.to_string()).unwrap_or_default();
            tracing::warn!(message = %message.id, code, permanent = error.is_permanent(), "a mail was not taken");
        }
        let refused = sent.as_ref().is_err_and(lettre::transport::smtp::Error::is_permanent);
        // What a server refuses for good is not tried again: the address is wrong.
        app.store.mailed(message.id, sent.is_ok() || refused).await?;
        if sent.is_err() && !refused {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn compose(
    app: &App,
    mailer: &Mailer,
    message: &Message,
    to: Mailbox,
) -> Result<Option<lettre::Message>, StoreError> {
    let Some(order) = app.store.order(message.order).await? else { return Ok(None) };
    let lang = order.lang;
    let happening = message.happening.word();
    let document = app.document_name(&order.document, lang);
    let link = app.settings.address(&format!("/o/{}", app.store.secret_of(order.id).await?));
    let subject = app.say(lang, &format!("mail-subject-{happening}"), &[("document", &document)]);
    let text = app.say(lang, &format!("mail-text-{happening}"), &[("document", &document)]);
    let closing = app.say(lang, "mail-closing", &[]);
    let body = format!("{text}\n\n{}\n{link}\n\n{closing}\n", app.say(lang, "mail-look", &[]));
    let builder: MessageBuilder = lettre::Message::builder().from(mailer.from.clone()).to(to).subject(subject);
    Ok(builder.header(ContentType::TEXT_PLAIN).body(body).ok())
}

#[cfg(test)]
mod tests;
