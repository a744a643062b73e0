//! The channels that messages take, and whether they work.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use huizhi_domain::clock::Clock as _;
use huizhi_domain::words::Lang;
use huizhi_outside::{Mailer, Outside, OutsideSettings};

use super::place::SystemClock;
use super::run::runtime;
use crate::{Exit, UsageError};

/// How messages leave the service.
#[derive(Args, Clone, Debug)]
pub struct Channels {
    /// A mail server for those who gave an address: `smtps://user:password@host`; without it, messages stay in the inbox
    #[arg(long, value_name = "URL", env = "HUIZHI_SMTP", hide_env_values = true, requires = "mail_from")]
    smtp: Option<String>,
    /// Who mails come from: `回执 <huizhi@city.example>`
    #[arg(long, value_name = "ADDRESS", env = "HUIZHI_MAIL_FROM")]
    mail_from: Option<String>,
    /// File with the other channels: WeChat, short messages, and which hosts may be called (docs/notifications.md)
    #[arg(long = "channels", value_name = "TOML", env = "HUIZHI_CHANNELS")]
    file: Option<PathBuf>,
}

impl Channels {
    /// Those of a file alone.
    pub(super) const fn of_file(file: Option<PathBuf>) -> Self {
        Self { smtp: None, mail_from: None, file }
    }

    /// Whether any is given.
    pub(super) const fn given(&self) -> bool {
        self.smtp.is_some() || self.file.is_some()
    }

    /// The ways out of the house.
    pub(super) fn open(&self) -> anyhow::Result<Outside> {
        let wrong = |error: &dyn std::fmt::Display| UsageError(error.to_string());
        let mail = match self.smtp.as_ref().zip(self.mail_from.as_ref()) {
            Some((server, from)) => Some(Mailer::new(server, from).map_err(|error| wrong(&error))?),
            None => None,
        };
        let settings = match &self.file {
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
                OutsideSettings::from_toml(&text).map_err(|error| wrong(&format!("{}: {error}", path.display())))?
            }
            None => OutsideSettings::default(),
        };
        Ok(Outside::new(settings, mail).map_err(|error| wrong(&error))?)
    }
}

/// What is done about messages.
#[derive(Subcommand, Debug)]
pub enum NotifyCommand {
    /// See whether each channel works, without telling anybody anything; exit code 1 where one does not.
    Check {
        #[command(flatten)]
        channels: Channels,
    },
}

/// Does it.
pub fn notify(command: &NotifyCommand) -> anyhow::Result<Exit> {
    let NotifyCommand::Check { channels } = command;
    let lang = match crate::text::Lang::of_environment() {
        crate::text::Lang::Zh => Lang::Zh,
        crate::text::Lang::En => Lang::En,
    };
    let outside = channels.open()?;
    let findings = runtime()?.block_on(look(&outside));
    for (channel, done) in &findings {
        let (mark, key, code) = match done {
            None => ("–", "none", ""),
            Some(Ok(())) => ("✓", "well", ""),
            Some(Err(code)) => ("✗", "wrong", code.as_str()),
        };
        let text = huizhi_web::words().say(lang, &format!("notify-{channel}-{key}"), &[("code", &code)]);
        println!("{mark} {text}");
    }
    let well = findings.iter().all(|(_, done)| done.as_ref().is_none_or(Result::is_ok));
    Ok(if well { Exit::Fits } else { Exit::DoesNotFit })
}

/// A channel, and how it is with it: `None` where it is not set up, else the code of what is wrong.
type Finding = (&'static str, Option<Result<(), String>>);

async fn look(outside: &Outside) -> [Finding; 3] {
    let mail = match &outside.mail {
        Some(mail) => Some(mail.check().await),
        None => None,
    };
    let wechat = match &outside.wechat {
        Some(wechat) => Some(wechat.check(SystemClock.now()).await),
        None => None,
    };
    // A gateway has no question that costs nothing; that its settings can be filled in was seen when they were read.
    let sms = outside.sms.as_ref().map(|_| Ok(()));
    [("mail", mail), ("wechat", wechat), ("sms", sms)]
}
