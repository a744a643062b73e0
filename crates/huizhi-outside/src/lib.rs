//! What leaves the house: calls to other servers, and the channels that messages take.
//!
//! Everything but mail goes through [`Client`], which calls no address that a stranger could not reach by themselves. A channel gets what
//! it is to send and gives an [`Outcome`](huizhi_domain::delivery::Outcome); when to send and when to try again is not decided here.

#![forbid(unsafe_code)]

mod address;
mod client;
mod secret;

pub mod hook;
mod mail;
mod notification;
mod oidc;
mod sms;
mod wechat;
mod wechat_pay;

mod settings;

pub use address::{AddressError, Allowed, Kind, Rules, Target, check, kind_of};
pub use client::{Answer, Call, CallError, Client, ClientError, ClientSettings, Limits, Resolver, SystemResolver};
pub use mail::{Mail, MailError, Mailer, is_address};
pub use notification::{Field, FieldKind, Name, Notification, Unfit, built_in as notifications};
pub use oidc::{Authenticates, Journey, Oidc, OidcError, OidcSettings, OidcSettingsError, Shown, TokenFault};
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub use reqwest::{Method, StatusCode};
pub use secret::{Secret, SecretError, SecretPlace};
pub use settings::{Outside, OutsideError, OutsideSettings};
pub use sms::{Format, Sms, SmsError, SmsSettings, Success, Text};
pub use wechat::{CodeError, Subscribed, Template, Version, Wechat, WechatError, WechatSettings};
pub use wechat_pay::{
    Bill, PayError, Refund as PayRefund, Standing as PayStanding, WechatPay, WechatPayError, WechatPaySettings,
};

/// A text of at most so many characters; the last of a shortened one is an ellipsis.
fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
