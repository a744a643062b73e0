//! WeChat Pay (微信支付), interface version 3: a payment is begun, asked after, closed and paid back. What WeChat tells by itself is not relied on: it
//! only says that it is worth asking, so that no message of a stranger's can make an order paid.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use huizhi_domain::clock::Moment;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use serde::Deserialize;
use serde_json::{Value, json};
use spki::SubjectPublicKeyInfoRef;

use crate::address::AddressError;
use crate::client::{Answer, Call, CallError, Client};
use crate::secret::SecretPlace;

/// How far an answer's time may be from ours, s; WeChat's own rule for its messages.
const CLOCKS_S: i64 = 300;

/// What the operator sets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WechatPaySettings {
    /// The merchant's number (商户号).
    pub mchid: String,
    /// The `AppID` that the merchant is bound to.
    pub appid: String,
    /// Serial number of the merchant's certificate.
    pub serial: String,
    /// The merchant's private key, PEM (PKCS #8): `apiclient_key.pem`.
    pub key: SecretPlace,
    /// Id of WeChat's public key (微信支付公钥 ID).
    pub platform_id: String,
    /// That key, PEM: `pub_key.pem`.
    pub platform_key: SecretPlace,
    /// Where WeChat's servers are; another for tests.
    #[serde(default = "official")]
    pub api: String,
}

fn official() -> String {
    "https://api.mch.weixin.qq.com".to_owned()
}

/// Why WeChat Pay can't be used. The operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum WechatPayError {
    /// The address.
    #[error("[wechat-pay] api: {0}")]
    Address(#[from] AddressError),
    /// A key that is not to be had.
    #[error(transparent)]
    Secret(#[from] crate::SecretError),
    /// A key that is none.
    #[error("[wechat-pay] {which}: {why}; it takes the PEM file that WeChat's merchant platform gives")]
    Key {
        /// `key` or `platform-key`.
        which: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// Why a step was not done. None of them says that no money moved: ask again.
#[derive(Debug, thiserror::Error)]
pub enum PayError {
    /// No answer came.
    #[error(transparent)]
    Call(#[from] CallError),
    /// WeChat says no.
    #[error("WeChat Pay answers {status} {code}")]
    Refused {
        /// HTTP's status.
        status: u16,
        /// WeChat's code, such as `PARAM_ERROR`.
        code: String,
    },
    /// The answer is not WeChat's, or is old.
    #[error("the answer is not signed by WeChat Pay: {0}")]
    NotSigned(&'static str),
    /// The answer says nothing that is known.
    #[error("WeChat Pay's answer has no {0}")]
    Garbled(&'static str),
}

/// What is to be paid.
#[derive(Clone, Copy, Debug)]
pub struct Bill<'a> {
    /// What WeChat knows it by: 6 to 32 letters and digits.
    pub id: &'a str,
    /// How much, in fen.
    pub fen: i64,
    /// What for, as the citizen reads it.
    pub what: &'a str,
    /// Until when, RFC 3339.
    pub until: &'a str,
    /// Where WeChat may ring.
    pub bell: &'a str,
}

/// How a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has paid yet.
    Waiting,
    /// So many fen came.
    Paid(i64),
    /// It ended, and nothing came.
    Over,
}

/// How a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refund {
    /// The money went back.
    Done,
    /// It is on its way.
    UnderWay,
    /// It cannot go back by itself, as to an account that was closed; the operator sees to it on WeChat's merchant platform.
    Stuck,
}

/// A merchant.
pub struct WechatPay {
    client: Client,
    settings: WechatPaySettings,
    key: RsaKeyPair,
    /// DER of an RSA key (PKCS #1).
    platform: Vec<u8>,
}

impl WechatPay {
    /// A merchant by the settings.
    ///
    /// # Errors
    /// [`WechatPayError`] names what is wrong in them.
    pub fn new(settings: WechatPaySettings, client: Client) -> Result<Self, WechatPayError> {
        client.check(&settings.api)?;
        let wrong = |which: &'static str| move |why: String| WechatPayError::Key { which, why };
        let pem = settings.key.read()?;
        let key =
            PrivatePkcs8KeyDer::from_pem_slice(pem.reveal().as_bytes()).map_err(|e| wrong("key")(e.to_string()))?;
        let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(|e| wrong("key")(e.to_string()))?;
        let wrong = wrong("platform-key");
        let pem = settings.platform_key.read()?;
        let info =
            SubjectPublicKeyInfoDer::from_pem_slice(pem.reveal().as_bytes()).map_err(|e| wrong(e.to_string()))?;
        let info = SubjectPublicKeyInfoRef::try_from(info.as_ref()).map_err(|e| wrong(e.to_string()))?;
        let platform = info.subject_public_key.raw_bytes().to_vec();
        Ok(Self { client, settings, key, platform })
    }

    /// Begins a payment on the phone that shows the page; gives the address that it goes to. The same bill begun again is the same payment.
    ///
    /// # Errors
    /// [`PayError`].
    pub async fn on_this_phone(&self, bill: &Bill<'_>, client: IpAddr, now: Moment) -> Result<String, PayError> {
        let scene = json!({ "payer_client_ip": client.to_string(), "h5_info": { "type": "Wap" } });
        self.begin("h5", bill, Some(scene), "h5_url", now).await
    }

    /// Begins a payment with a phone that reads a code from the screen; gives what the code says.
    ///
    /// # Errors
    /// [`PayError`].
    pub async fn by_code(&self, bill: &Bill<'_>, now: Moment) -> Result<String, PayError> {
        self.begin("native", bill, None, "code_url", now).await
    }

    async fn begin(
        &self,
        how: &str,
        bill: &Bill<'_>,
        scene: Option<Value>,
        field: &'static str,
        now: Moment,
    ) -> Result<String, PayError> {
        let mut body = json!({
            "appid": self.settings.appid,
            "mchid": self.settings.mchid,
            "description": crate::shorten(bill.what, DESCRIPTION_MOST),
            "out_trade_no": bill.id,
            "time_expire": bill.until,
            "notify_url": bill.bell,
            "amount": { "total": bill.fen, "currency": "CNY" },
        });
        if let Some(scene) = scene {
            body["scene_info"] = scene;
        }
        let answer = self.call("POST", &format!("/v3/pay/transactions/{how}"), Some(&body), now).await?;
        answer[field].as_str().map(str::to_owned).ok_or(PayError::Garbled(field))
    }

    /// How a payment stands.
    ///
    /// # Errors
    /// [`PayError`].
    pub async fn standing(&self, id: &str, now: Moment) -> Result<Standing, PayError> {
        let path = format!("/v3/pay/transactions/out-trade-no/{id}?mchid={}", self.settings.mchid);
        let answer = match self.call("GET", &path, None, now).await {
            // It never began there.
            Err(PayError::Refused { status: 404, .. }) => return Ok(Standing::Waiting),
            answer => answer?,
        };
        match answer["trade_state"].as_str() {
            Some("SUCCESS" | "REFUND") => {
                answer["amount"]["total"].as_i64().map(Standing::Paid).ok_or(PayError::Garbled("amount"))
            }
            Some("NOTPAY" | "USERPAYING") => Ok(Standing::Waiting),
            Some("CLOSED" | "REVOKED" | "PAYERROR") => Ok(Standing::Over),
            _ => Err(PayError::Garbled("trade_state")),
        }
    }

    /// Sees that a payment can't be made any more. Where one was made meanwhile, this is refused, and [`Self::standing`] says so.
    ///
    /// # Errors
    /// [`PayError`].
    pub async fn close(&self, id: &str, now: Moment) -> Result<(), PayError> {
        let path = format!("/v3/pay/transactions/out-trade-no/{id}/close");
        self.call("POST", &path, Some(&json!({ "mchid": self.settings.mchid })), now).await.map(drop)
    }

    /// Pays a payment back. The same asked again says how it stands; nothing is paid back twice.
    ///
    /// # Errors
    /// [`PayError`].
    pub async fn refund(&self, id: &str, fen: i64, now: Moment) -> Result<Refund, PayError> {
        let amount = json!({ "refund": fen, "total": fen, "currency": "CNY" });
        let body = json!({ "out_trade_no": id, "out_refund_no": id, "amount": amount });
        let answer = self.call("POST", "/v3/refund/domestic/refunds", Some(&body), now).await?;
        match answer["status"].as_str() {
            Some("SUCCESS") => Ok(Refund::Done),
            Some("PROCESSING") => Ok(Refund::UnderWay),
            Some("CLOSED" | "ABNORMAL") => Ok(Refund::Stuck),
            _ => Err(PayError::Garbled("status")),
        }
    }

    async fn call(&self, method: &str, path: &str, body: Option<&Value>, now: Moment) -> Result<Value, PayError> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let address = format!("{}{path}", self.settings.api.trim_end_matches('/'));
        let mut call =
            if method == "GET" { Call::get(address) } else { Call::post_json(address, body.clone().into_bytes()) };
        call.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut signed = HeaderValue::from_str(&self.authorization(method, path, &body, now))
            .map_err(|_| PayError::Garbled("header"))?;
        signed.set_sensitive(true);
        call.headers.insert(AUTHORIZATION, signed);
        let answer = self.client.call(call).await?;
        if !answer.status.is_success() {
            // What is refused is not always signed; nothing but patience follows from it.
            let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let code = crate::shorten(said["code"].as_str().unwrap_or("?"), CODE_MOST);
            return Err(PayError::Refused { status: answer.status.as_u16(), code });
        }
        self.verify(&answer, now)?;
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer.body).map_err(|_| PayError::Garbled("JSON"))
    }

    fn authorization(&self, method: &str, path: &str, body: &str, now: Moment) -> String {
        let random = SystemRandom::new();
        let mut nonce = [0_u8; 12];
        // The system's randomness does not fail once the program runs; a nonce of zeros would be refused, not forged.
        let _ = random.fill(&mut nonce);
        let (nonce, seconds) = (BASE64.encode(nonce), now.0 / 1000);
        let text = format!("{method}\n{path}\n{seconds}\n{nonce}\n{body}\n");
        let mut signature = vec![0; self.key.public().modulus_len()];
        let signed = self.key.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature);
        let signature = signed.map(|()| BASE64.encode(&signature)).unwrap_or_default();
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",timestamp=\"{seconds}\",serial_no=\"{}\",signature=\"{signature}\"",
            self.settings.mchid, self.settings.serial
        )
    }

    fn verify(&self, answer: &Answer, now: Moment) -> Result<(), PayError> {
        let header = |name: &str| answer.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
        if header("wechatpay-serial") != self.settings.platform_id {
            return Err(PayError::NotSigned("another key"));
        }
        let time = header("wechatpay-timestamp");
        let seconds: i64 = time.parse().map_err(|_| PayError::NotSigned("no time"))?;
        if (now.0 / 1000).abs_diff(seconds) > CLOCKS_S.unsigned_abs() {
            return Err(PayError::NotSigned("another time"));
        }
        let mut text = format!("{time}\n{}\n", header("wechatpay-nonce")).into_bytes();
        text.extend(&answer.body);
        text.push(b'\n');
        let signature =
            BASE64.decode(header("wechatpay-signature")).map_err(|_| PayError::NotSigned("no signature"))?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.platform)
            .verify(&text, &signature)
            .map_err(|_| PayError::NotSigned("a wrong signature"))
    }
}

/// Characters of a description; WeChat takes 127.
const DESCRIPTION_MOST: usize = 42;
/// Characters of a code that are repeated in the log.
const CODE_MOST: usize = 64;
