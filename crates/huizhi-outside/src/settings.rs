//! What the operator sets, in one file.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::address::{Allowed, Rules};
use crate::client::{Client, ClientError, ClientSettings, Limits};
use crate::mail::Mailer;
use crate::oidc::{Oidc, OidcSettings, OidcSettingsError};
use crate::sms::{Sms, SmsError, SmsSettings};
use crate::wechat::{Wechat, WechatError, WechatSettings};
use crate::wechat_pay::{WechatPay, WechatPayError, WechatPaySettings};

/// How much a call of a peer may take: a case goes up with its pictures over a line of 1 Mbit/s, and an answer is the longest envelope and
/// a photo.
const OF_PEERS: Limits =
    Limits { connect: Duration::from_secs(5), whole: Duration::from_secs(30), answer_bytes: 2 * 1024 * 1024 };

/// The file: `docs/notifications.md` shows one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutsideSettings {
    /// Whether only the hosts of `allow` may be called; otherwise every public one.
    pub only_allowed: bool,
    /// Hosts that the operator names.
    pub allow: Vec<Allowed>,
    /// 短信.
    pub sms: Option<SmsSettings>,
    /// WeChat.
    pub wechat: Option<WechatSettings>,
    /// 微信支付.
    #[serde(rename = "wechat-pay")]
    pub wechat_pay: Option<WechatPaySettings>,
    /// Providers of identities, in the order in which they are shown.
    pub oidc: Vec<OidcSettings>,
}

/// Why the channels can't be set up. The operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// The file is not as it should be.
    #[error("{0}")]
    Settings(#[from] toml::de::Error),
    /// 短信.
    #[error("[sms]: {0}")]
    Sms(#[from] SmsError),
    /// WeChat.
    #[error("{0}")]
    Wechat(#[from] WechatError),
    /// 微信支付.
    #[error("{0}")]
    WechatPay(#[from] WechatPayError),
    /// A provider of identities.
    #[error("{0}")]
    Oidc(#[from] OidcSettingsError),
    /// The client.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// The ways out of the house. Cheap to clone.
#[derive(Clone)]
pub struct Outside {
    /// What calls hooks.
    pub client: Client,
    /// What calls peers: their answers may have a photo with them.
    pub peers: Client,
    /// E-mail, where there is a server.
    pub mail: Option<Mailer>,
    /// 短信, where there is a gateway.
    pub sms: Option<Sms>,
    /// WeChat, where there is a mini-program.
    pub wechat: Option<Arc<Wechat>>,
    /// 微信支付, where there is a merchant.
    pub till: Option<Arc<WechatPay>>,
    /// Providers of identities.
    pub oidc: Vec<Arc<Oidc>>,
}

impl OutsideSettings {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`OutsideError::Settings`] with the line.
    pub fn from_toml(text: &str) -> Result<Self, OutsideError> {
        Ok(toml::from_str(text)?)
    }
}

impl Outside {
    /// The ways out by their settings.
    ///
    /// # Errors
    /// [`OutsideError`].
    pub fn new(settings: OutsideSettings, mail: Option<Mailer>) -> Result<Self, OutsideError> {
        let rules = Rules { allowed: settings.allow, only_allowed: settings.only_allowed };
        let client = Client::new(ClientSettings { rules: rules.clone(), ..ClientSettings::default() })?;
        let peers = Client::new(ClientSettings { rules, limits: OF_PEERS, ..ClientSettings::default() })?;
        let sms = settings.sms.map(|sms| Sms::new(sms, client.clone())).transpose()?;
        let wechat = settings.wechat.map(|wechat| Wechat::new(wechat, client.clone())).transpose()?.map(Arc::new);
        let till = settings.wechat_pay.map(|pay| WechatPay::new(pay, client.clone())).transpose()?.map(Arc::new);
        let mut oidc: Vec<Arc<Oidc>> = Vec::new();
        for provider in settings.oidc {
            if oidc.iter().any(|it| it.settings().id == provider.id) {
                return Err(OidcSettingsError::Id(provider.id).into());
            }
            oidc.push(Arc::new(Oidc::new(provider, client.clone())?));
        }
        Ok(Self { client, peers, mail, sms, wechat, till, oidc })
    }
}
