//! E-mail.

use std::time::Duration;

use huizhi_domain::delivery::Outcome;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

/// How long a mail server may take for one step, and for all of them.
const PATIENCE: Duration = Duration::from_secs(30);
const PATIENCE_WHOLE: Duration = Duration::from_secs(90);

/// Answers of a server about this one recipient or mail (RFC 5321, 4.2.3). Others, such as a refused password, are about us: trying later
/// may go well, and giving up would lose every mail.
const FOR_GOOD: [u16; 6] = [550, 551, 552, 553, 554, 556];

/// Whether a text is an e-mail address, as a mail server reads it.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.parse::<lettre::Address>().is_ok()
}

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

/// A mail.
pub struct Mail<'a> {
    /// The message's id: a repetition has the same `Message-ID`, by which mailboxes know it.
    pub id: &'a str,
    /// To whom.
    pub to: &'a str,
    /// What about.
    pub subject: String,
    /// The text.
    pub text: String,
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
        Ok(Self { server: built.timeout(Some(PATIENCE)).build(), from })
    }

    /// Whether the server answers and takes the password.
    ///
    /// # Errors
    /// The code of what is wrong.
    pub async fn check(&self) -> Result<(), String> {
        match tokio::time::timeout(PATIENCE_WHOLE, self.server.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Err(error)) => {
                Err(error.status().map_or("connect".to_owned(), |code| format!("smtp-{}", u16::from(code))))
            }
            Ok(Ok(false)) => Err("connect".to_owned()),
            Err(_) => Err("time-out".to_owned()),
        }
    }

    /// Sends a mail.
    pub async fn send(&self, mail: Mail<'_>) -> Outcome {
        let Ok(to) = mail.to.parse::<Mailbox>() else { return Outcome::refused("mail-address") };
        let id = format!("<{}@{}>", mail.id, self.from.email.domain());
        let builder = Message::builder().from(self.from.clone()).to(to).subject(mail.subject).message_id(Some(id));
        let Ok(message) = builder.header(ContentType::TEXT_PLAIN).body(mail.text) else {
            return Outcome::refused("mail-text");
        };
        let Ok(sent) = tokio::time::timeout(PATIENCE_WHOLE, self.server.send(message)).await else {
            return Outcome::later("time-out");
        };
        let Err(error) = sent else { return Outcome::Sent };
        // The server's words may hold the address; its code does not.
        match error.status().map(u16::from) {
            Some(code) if FOR_GOOD.contains(&code) => Outcome::refused(format!("smtp-{code}")),
            Some(code) => Outcome::later(format!("smtp-{code}")),
            None if error.is_timeout() => Outcome::later("time-out"),
            None => Outcome::later("connect"),
        }
    }
}
