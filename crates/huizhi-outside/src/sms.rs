//! 短信 by whatever gateway the operator has: how it is called is data.

use std::collections::BTreeMap;

use huizhi_domain::delivery::Outcome;
use huizhi_domain::message::Happening;
use huizhi_domain::visit::VisitHappening;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

use crate::address::AddressError;
use crate::client::{Call, CallError, Client};
use crate::secret::{Secret, SecretPlace};
use crate::shorten;

/// How a gateway is called. In every text of `query`, `headers` and `body` these are filled in: `{phone}`, `{text}`, `{template}`,
/// `{document}`, `{day}`, `{code}`, `{id}` and `{secret.NAME}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsSettings {
    /// The method; POST where nothing is said.
    #[serde(default)]
    pub method: Option<String>,
    /// The address, without a query.
    pub address: String,
    /// The address's query.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// How the body is written.
    #[serde(default)]
    pub format: Format,
    /// The body: a table. In a form, a table inside it becomes JSON text.
    #[serde(default)]
    pub body: serde_json::Map<String, Value>,
    /// Secrets by name.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretPlace>,
    /// What an answer says when the message was taken, beside a status of 2xx.
    #[serde(default)]
    pub success: Option<Success>,
    /// The longest text, in characters; what is longer is shortened. One short message has 70.
    #[serde(default = "longest")]
    pub longest: usize,
    /// What is told by short message: a happening's word, and the gateway's template for it where it wants one.
    pub templates: BTreeMap<Happening, String>,
    /// What is told of visits, in the same way; left out, visits are not told by short message.
    #[serde(default)]
    pub visits: BTreeMap<VisitHappening, String>,
    /// The gateway's template for one-time codes, or an empty text where it wants none; left out, no code goes by short message.
    #[serde(default)]
    pub code: Option<String>,
    /// Its template for what is said in the place of a code: that there is an account already, or none.
    #[serde(default)]
    pub no_code: String,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// `application/json`.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// Where an answer in JSON says how it went.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Success {
    /// A JSON pointer (RFC 6901), such as `/Code`.
    pub at: String,
    /// What stands there when it went well.
    pub equals: Vec<String>,
    /// What stands there when it may go well later.
    #[serde(default)]
    pub later: Vec<String>,
}

const fn longest() -> usize {
    300
}

/// Why no short message can be sent. The operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum SmsError {
    /// A method that is none.
    #[error("“{0}” is no HTTP method; write POST")]
    Method(String),
    /// A header that is none.
    #[error("“{0}” is no HTTP header")]
    Header(String),
    /// Something to be filled in that there is not.
    #[error(
        "{{{0}}} can't be filled in; there are phone, text, template, document, day, code, id, and secret.NAME with NAME under [sms.secrets]"
    )]
    Unknown(String),
    /// The address.
    #[error("the gateway: {0}")]
    Address(#[from] AddressError),
    /// A secret.
    #[error(transparent)]
    Secret(#[from] crate::SecretError),
}

/// A gateway.
#[derive(Clone)]
pub struct Sms {
    client: Client,
    method: Method,
    settings: SmsSettings,
    secrets: BTreeMap<String, Secret>,
}

/// A short message.
pub struct Text<'a> {
    /// The message's id, for gateways that know repetitions by it.
    pub id: &'a str,
    /// To whom.
    pub phone: &'a str,
    /// What happened to an order; `None` where it is about something else.
    pub happening: Option<Happening>,
    /// What happened to an appointment; where both are `None` it is about a one-time code.
    pub visit: Option<VisitHappening>,
    /// What is said, in words.
    pub text: &'a str,
    /// What was ordered, for gateways that put words together themselves.
    pub document: &'a str,
    /// A receipt's last day, or when a visit is, for the same; empty where the message is of neither.
    pub day: &'a str,
    /// A one-time code; empty where there is none.
    pub code: &'a str,
}

impl Sms {
    /// A gateway by its settings.
    ///
    /// # Errors
    /// [`SmsError`] names what is wrong in them.
    pub fn new(settings: SmsSettings, client: Client) -> Result<Self, SmsError> {
        client.check(&settings.address)?;
        let method = settings.method.as_deref().unwrap_or("POST");
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| SmsError::Method(method.to_owned()))?;
        let secrets: Result<BTreeMap<String, Secret>, _> =
            settings.secrets.iter().map(|(name, place)| Ok((name.clone(), place.read()?))).collect();
        let sms = Self { client, method, settings, secrets: secrets.map_err(SmsError::Secret)? };
        let happening = Some(Happening::Submitted);
        let trial = Text { id: "0", phone: "0", happening, visit: None, text: "0", document: "0", day: "", code: "" };
        sms.compose(&trial)?;
        Ok(sms)
    }

    /// Whether something that happens is told by short message.
    #[must_use]
    pub fn tells(&self, happening: Happening) -> bool {
        self.settings.templates.contains_key(&happening)
    }

    /// Whether something that happens to an appointment is told by short message.
    #[must_use]
    pub fn tells_visit(&self, happening: VisitHappening) -> bool {
        self.settings.visits.contains_key(&happening)
    }

    /// Whether one-time codes go by short message.
    #[must_use]
    pub const fn tells_codes(&self) -> bool {
        self.settings.code.is_some()
    }

    fn template(&self, text: &Text<'_>) -> &str {
        if let Some(visit) = text.visit {
            return self.settings.visits.get(&visit).map_or("", String::as_str);
        }
        match text.happening {
            Some(happening) => self.settings.templates.get(&happening).map_or("", String::as_str),
            None if text.code.is_empty() => &self.settings.no_code,
            None => self.settings.code.as_deref().unwrap_or_default(),
        }
    }

    /// Sends a short message.
    pub async fn send(&self, text: &Text<'_>) -> Outcome {
        let Ok(call) = self.compose(text) else { return Outcome::refused("sms-settings") };
        let answer = match self.client.call(call).await {
            Ok(answer) => answer,
            Err(CallError::Address(error)) if !matches!(error, AddressError::Nowhere(_)) => {
                return Outcome::refused(error.code());
            }
            Err(error) => return Outcome::later(error.code()),
        };
        let status = answer.status.as_u16();
        match status {
            200..=299 => self.judge(&answer.body),
            408 | 425 | 429 | 500.. => Outcome::later(format!("http-{status}")),
            _ => Outcome::refused(format!("http-{status}")),
        }
    }

    fn judge(&self, body: &[u8]) -> Outcome {
        let Some(rule) = &self.settings.success else { return Outcome::Sent };
        let answer: Option<Value> = serde_json::from_slice(body).ok();
        let said = match answer.as_ref().and_then(|answer| answer.pointer(&rule.at)) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => return Outcome::later("sms-unclear"),
        };
        // A gateway's words could repeat the number; its codes are short and plain.
        let plain = said.chars().all(|c| c.is_ascii_alphanumeric() || "._-:".contains(c)) && said.len() <= 40;
        let digits = said.chars().filter(char::is_ascii_digit).count();
        let code = if plain && digits < 8 { format!("sms-{said}") } else { "sms-other".to_owned() };
        if rule.equals.contains(&said) {
            Outcome::Sent
        } else if rule.later.contains(&said) {
            Outcome::later(code)
        } else {
            Outcome::refused(code)
        }
    }

    fn compose(&self, text: &Text<'_>) -> Result<Call, SmsError> {
        let settings = &self.settings;
        let fill = |template: &str| self.fill(template, text);
        let mut address = settings.address.clone();
        if !settings.query.is_empty() {
            let mut query = form_urlencoded::Serializer::new(String::new());
            for (name, value) in &settings.query {
                query.append_pair(name, &fill(value)?);
            }
            address = format!("{address}?{}", query.finish());
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &settings.headers {
            let wrong = || SmsError::Header(name.clone());
            let mut value = HeaderValue::try_from(fill(value)?).map_err(|_| wrong())?;
            value.set_sensitive(true);
            headers.insert(HeaderName::try_from(name).map_err(|_| wrong())?, value);
        }
        let (kind, body) = match settings.format {
            _ if settings.body.is_empty() => {
                return Ok(Call { method: self.method.clone(), address, headers, body: Vec::new() });
            }
            Format::Json => ("application/json", filled(&Value::Object(settings.body.clone()), &fill)?.to_string()),
            Format::Form => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                for (name, value) in &settings.body {
                    match filled(value, &fill)? {
                        Value::String(text) => form.append_pair(name, &text),
                        other => form.append_pair(name, &other.to_string()),
                    };
                }
                ("application/x-www-form-urlencoded", form.finish())
            }
        };
        headers.entry("content-type").or_insert(HeaderValue::from_static(kind));
        Ok(Call { method: self.method.clone(), address, headers, body: body.into_bytes() })
    }

    fn fill(&self, template: &str, text: &Text<'_>) -> Result<String, SmsError> {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let unknown = || SmsError::Unknown(after.chars().take_while(|c| *c != '}').take(40).collect());
            let (name, behind) = after.split_once('}').ok_or_else(unknown)?;
            filled.push_str(before);
            match name {
                "phone" => filled.push_str(text.phone),
                "text" => filled.push_str(&shorten(text.text, self.settings.longest)),
                "template" => filled.push_str(self.template(text)),
                "document" => filled.push_str(text.document),
                "day" => filled.push_str(text.day),
                "code" => filled.push_str(text.code),
                "id" => filled.push_str(text.id),
                name => {
                    let secret = name.strip_prefix("secret.").and_then(|name| self.secrets.get(name));
                    filled.push_str(secret.ok_or_else(unknown)?.reveal());
                }
            }
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

/// JSON with its texts filled in: whatever is filled in stays one text.
fn filled(value: &Value, fill: &dyn Fn(&str) -> Result<String, SmsError>) -> Result<Value, SmsError> {
    Ok(match value {
        Value::String(text) => Value::String(fill(text)?),
        Value::Array(list) => Value::Array(list.iter().map(|it| filled(it, fill)).collect::<Result<_, _>>()?),
        Value::Object(fields) => Value::Object(
            fields.iter().map(|(key, it)| Ok((key.clone(), filled(it, fill)?))).collect::<Result<_, SmsError>>()?,
        ),
        other => other.clone(),
    })
}
