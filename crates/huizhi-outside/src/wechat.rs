//! WeChat's mini-programs: who somebody is there, and telling them (R37, R43).

mod content;
mod phone;

use std::collections::BTreeMap;

use huizhi_domain::clock::Moment;
use huizhi_domain::delivery::Outcome;
use huizhi_domain::message::Happening;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use url::form_urlencoded;

use crate::address::AddressError;
use crate::client::{Answer, Call, CallError, Client};
use crate::notification::{Notification, built_in};
use crate::secret::{Secret, SecretPlace};

/// A token is fetched anew this long before WeChat says that it ends.
const EARLY_MS: i64 = 300_000;

/// What the operator sets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WechatSettings {
    /// The mini-program's `AppID`.
    pub appid: String,
    /// Its `AppSecret`.
    pub secret: SecretPlace,
    /// Where WeChat's servers are; another for tests and relays.
    #[serde(default = "official")]
    pub api: String,
    /// The page that a message opens; `{secret}` is the secret of the order's link (R44).
    pub page: String,
    /// Which version of the mini-program opens: `formal`, `trial` or `developer`.
    #[serde(default)]
    pub version: Version,
    /// The openid in whose name comments are checked, as the check asks for one that was in the mini-program within two hours; without it
    /// comments are not checked by WeChat.
    #[serde(default)]
    pub check_as: Option<String>,
    /// The templates that were chosen in WeChat's console, by our kind.
    pub templates: BTreeMap<String, Template>,
}

/// A version of a mini-program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Version {
    /// 正式版.
    #[default]
    Formal,
    /// 体验版.
    Trial,
    /// 开发版.
    Developer,
}

/// A template of WeChat's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its id.
    pub id: String,
    /// Which of its fields has which of ours: `document = "thing1"`.
    pub fields: BTreeMap<String, String>,
}

fn official() -> String {
    "https://api.weixin.qq.com".to_owned()
}

/// Why WeChat can't be used. The operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum WechatError {
    /// A kind that there is not.
    #[error("[wechat.templates.{0}]: there is no such kind; the kinds are the files in specs/notifications")]
    Kind(String),
    /// A field that the kind has not.
    #[error("[wechat.templates.{kind}] fields: there is no field “{field}” in this kind")]
    Field {
        /// The kind.
        kind: String,
        /// The field.
        field: String,
    },
    /// A field of another type.
    #[error("[wechat.templates.{kind}] fields: “{field}” goes into a field of type {wanted}, not into “{key}”")]
    Type {
        /// The kind.
        kind: String,
        /// The field.
        field: String,
        /// The template's.
        key: String,
        /// What it should begin with.
        wanted: &'static str,
    },
    /// The address.
    #[error("[wechat] api: {0}")]
    Address(#[from] AddressError),
    /// The secret.
    #[error(transparent)]
    Secret(#[from] crate::SecretError),
    /// Our own kinds can't be read.
    #[error("the kinds of notifications: {0}")]
    Kinds(#[from] toml::de::Error),
}

/// Why a code gives nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// It is none, was used, or is older than five minutes.
    #[error("the code is wrong, used or too old; ask wx.login for a new one")]
    Wrong,
    /// WeChat holds the user for high-risk.
    #[error("WeChat does not let this user sign in")]
    Blocked,
    /// Too many; again in a minute.
    #[error("WeChat has had too many requests; try again in a minute")]
    TooMany,
    /// WeChat does not answer, or says what it does not document.
    #[error("WeChat does not answer properly; try again later")]
    Unreachable,
}

/// The mini-program.
pub struct Wechat {
    client: Client,
    settings: WechatSettings,
    secret: Secret,
    kinds: BTreeMap<String, Notification>,
    token: Mutex<Option<Token>>,
}

#[derive(Clone)]
struct Token {
    text: String,
    until: Moment,
}

/// A subscribe message.
pub struct Subscribed<'a> {
    /// To whom.
    pub openid: &'a str,
    /// Of which kind.
    pub kind: &'a str,
    /// What stands in our fields.
    pub values: &'a BTreeMap<&'static str, String>,
    /// The secret of the order's link.
    pub secret: &'a str,
    /// `zh_CN` or `en_US`.
    pub lang: &'static str,
    /// Now.
    pub at: Moment,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    expires_in: Option<i64>,
    #[serde(default)]
    errcode: i64,
}

#[derive(Deserialize)]
struct SessionAnswer {
    openid: Option<String>,
    #[serde(default)]
    errcode: i64,
}

#[derive(Deserialize)]
struct SendAnswer {
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

impl Wechat {
    /// A mini-program by its settings.
    ///
    /// # Errors
    /// [`WechatError`] names what is wrong in them.
    pub fn new(settings: WechatSettings, client: Client) -> Result<Self, WechatError> {
        client.check(&settings.api)?;
        let kinds = built_in()?;
        for (id, template) in &settings.templates {
            let kind = kinds.get(id).ok_or_else(|| WechatError::Kind(id.clone()))?;
            for (field, key) in &template.fields {
                let found = kind.fields.get(field);
                let found = found.ok_or_else(|| WechatError::Field { kind: id.clone(), field: field.clone() })?;
                let wanted = found.kind.prefix();
                if !key.strip_prefix(wanted).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit())) {
                    let (kind, field, key) = (id.clone(), field.clone(), key.clone());
                    return Err(WechatError::Type { kind, field, key, wanted });
                }
            }
        }
        let secret = settings.secret.read()?;
        Ok(Self { client, settings, secret, kinds, token: Mutex::new(None) })
    }

    /// The kind that tells of something; `None` where none does, or the operator has no template for it.
    #[must_use]
    pub fn kind_of(&self, happening: Happening) -> Option<&str> {
        let tells = |(id, kind): &(&String, &Notification)| {
            kind.happenings.contains(&happening) && self.settings.templates.contains_key(*id)
        };
        self.kinds.iter().find(tells).map(|(id, _)| id.as_str())
    }

    /// The kinds that the operator has templates for, with WeChat's ids: what a mini-program asks permission for.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.templates.iter().map(|(kind, template)| (kind.as_str(), template.id.as_str()))
    }

    /// Who a code of `wx.login` is: the openid. The session key is dropped here.
    ///
    /// # Errors
    /// [`CodeError`].
    pub async fn openid(&self, code: &str) -> Result<String, CodeError> {
        if code.is_empty() || code.len() > 128 || !code.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        {
            return Err(CodeError::Wrong);
        }
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("appid", &self.settings.appid)
            .append_pair("secret", self.secret.reveal())
            .append_pair("js_code", code)
            .append_pair("grant_type", "authorization_code")
            .finish();
        let answer = self.client.call(Call::get(self.address(&format!("/sns/jscode2session?{query}")))).await;
        let answer: Option<SessionAnswer> = answer.ok().and_then(|answer| read(&answer));
        let answer = answer.ok_or(CodeError::Unreachable)?;
        match (answer.errcode, answer.openid) {
            (0, Some(openid)) if !openid.is_empty() => Ok(openid),
            (code, _) => Err(of_code(code)),
        }
    }

    /// Sends a message.
    pub async fn send(&self, message: &Subscribed<'_>) -> Outcome {
        let Some(body) = self.compose(message) else { return Outcome::refused("wechat-field") };
        let mut stale = None;
        // A token can end early: somebody else may have fetched one. Once more with a new one, and then it is something else.
        for _ in 0..2 {
            let token = match self.token(message.at, stale.as_deref()).await {
                Ok(token) => token,
                Err(outcome) => return outcome,
            };
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("access_token", &token).finish();
            let call = Call::post_json(
                self.address(&format!("/cgi-bin/message/subscribe/send?{query}")),
                body.to_string().into_bytes(),
            );
            let answer = match self.client.call(call).await {
                Ok(answer) => answer,
                Err(error) => return failed(&error),
            };
            let Some(said) = read::<SendAnswer>(&answer) else { return Outcome::later("wechat-unreadable") };
            match said.errcode {
                0 => return Outcome::Sent,
                40001 | 40014 | 42001 => stale = Some(token),
                code => return judge(code, &said.errmsg, message.kind),
            }
        }
        Outcome::later("wechat-40001")
    }

    /// Whether WeChat gives a token.
    ///
    /// # Errors
    /// The code of what is wrong.
    pub async fn check(&self, at: Moment) -> Result<(), String> {
        self.token(at, None).await.map(drop).map_err(|outcome| outcome.code().unwrap_or_default().to_owned())
    }

    fn compose(&self, message: &Subscribed<'_>) -> Option<Value> {
        let (kind, template) = (self.kinds.get(message.kind)?, self.settings.templates.get(message.kind)?);
        let mut data = serde_json::Map::new();
        for (field, key) in &template.fields {
            let fitted = kind.fields.get(field)?.kind.fit(message.values.get(field.as_str())?);
            let Ok(fitted) = fitted else {
                tracing::error!(kind = message.kind, field, "what is to stand in a field does not fit it");
                return None;
            };
            data.insert(key.clone(), json!({ "value": fitted }));
        }
        let version = match self.settings.version {
            Version::Formal => "formal",
            Version::Trial => "trial",
            Version::Developer => "developer",
        };
        Some(json!({
            "touser": message.openid,
            "template_id": template.id,
            "page": self.settings.page.replace("{secret}", message.secret),
            "data": data,
            "miniprogram_state": version,
            "lang": message.lang,
        }))
    }

    /// The token, kept until it ends. One that WeChat refused is not given again.
    async fn token(&self, at: Moment, stale: Option<&str>) -> Result<String, Outcome> {
        let mut kept = self.token.lock().await;
        if let Some(token) = kept.as_ref()
            && at < token.until
            && stale != Some(token.text.as_str())
        {
            return Ok(token.text.clone());
        }
        *kept = None;
        let fetched = self.fetch(at, false).await?;
        // The stable token is the same until its time is over, unless a new one is forced (at most twenty a day).
        let fetched = if stale == Some(fetched.text.as_str()) { self.fetch(at, true).await? } else { fetched };
        *kept = Some(fetched.clone());
        Ok(fetched.text)
    }

    /// By `stable_token`, which has the secret in the body, not in the address as `token` does.
    async fn fetch(&self, at: Moment, force: bool) -> Result<Token, Outcome> {
        let body = json!({
            "grant_type": "client_credential",
            "appid": self.settings.appid,
            "secret": self.secret.reveal(),
            "force_refresh": force,
        });
        let call = Call::post_json(self.address("/cgi-bin/stable_token"), body.to_string().into_bytes());
        let answer = self.client.call(call).await.map_err(|error| failed(&error))?;
        let said: Option<TokenAnswer> = read(&answer);
        match said {
            Some(TokenAnswer { access_token: Some(text), expires_in: Some(seconds), .. }) if !text.is_empty() => {
                let until = at.after_s(seconds).after_ms(-EARLY_MS);
                Ok(Token { text, until })
            }
            Some(TokenAnswer { errcode, .. }) if errcode != 0 => {
                tracing::warn!(code = errcode, "WeChat gives no token");
                Err(Outcome::later(format!("wechat-token-{errcode}")))
            }
            _ => Err(Outcome::later("wechat-token-unreadable")),
        }
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.settings.api.trim_end_matches('/'))
    }
}

/// Why WeChat gives nobody, by its code (background.md §7.1).
fn of_code(code: i64) -> CodeError {
    match code {
        40029 | 40163 => CodeError::Wrong,
        40226 => CodeError::Blocked,
        45011 => CodeError::TooMany,
        code => {
            tracing::warn!(code, "WeChat gives nobody for a code");
            CodeError::Unreachable
        }
    }
}

/// What a code of `subscribeMessage.send` means.
fn judge(code: i64, message: &str, kind: &str) -> Outcome {
    let word = format!("wechat-{code}");
    match code {
        // 43101: the user does not allow it (any more). 40003: nobody has this openid.
        43101 | 40003 => Outcome::refused(word),
        // Wrong for everybody: the operator's to mend.
        47003 | 40037 | 41030 => {
            let field = message.split("data.").nth(1).and_then(|rest| rest.split('.').next()).unwrap_or_default();
            let field: String = field.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(32).collect();
            tracing::error!(code, kind, field, "WeChat refuses a template or a field of it; see docs/notifications.md");
            Outcome::refused(word)
        }
        // The day's quota is used up.
        45009 => Outcome::Later { code: word, after_s: Some(3600) },
        45011 => Outcome::Later { code: word, after_s: Some(60) },
        _ => Outcome::later(word),
    }
}

fn failed(error: &CallError) -> Outcome {
    match error {
        CallError::Address(wrong) if !matches!(wrong, AddressError::Nowhere(_)) => Outcome::refused(wrong.code()),
        error => Outcome::later(error.code()),
    }
}

fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Option<T> {
    if answer.status.is_success() { serde_json::from_slice(&answer.body).ok() } else { None }
}
