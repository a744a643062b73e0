//! The telephone number that WeChat has of its user, by a code of `getPhoneNumber`.

use huizhi_domain::clock::Moment;
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded;

use super::{CodeError, Wechat, read};
use crate::client::Call;

#[derive(Deserialize)]
struct PhoneAnswer {
    #[serde(default)]
    errcode: i64,
    phone_info: Option<PhoneInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PhoneInfo {
    pure_phone_number: String,
    country_code: String,
    watermark: Watermark,
}

#[derive(Deserialize)]
struct Watermark {
    appid: String,
}

impl Wechat {
    /// The number that the user has given by a code of `getPhoneNumber`, as one dials it: with `+` and the country's code, but for numbers of
    /// the mainland.
    ///
    /// # Errors
    /// [`CodeError`].
    pub async fn phone(&self, code: &str, at: Moment) -> Result<String, CodeError> {
        if code.is_empty() || code.len() > 256 || !code.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(CodeError::Wrong);
        }
        let mut stale = None;
        // A token can end early, as for messages.
        for _ in 0..2 {
            let token = self.token(at, stale.as_deref()).await.map_err(|_| CodeError::Unreachable)?;
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("access_token", &token).finish();
            let body = json!({ "code": code }).to_string().into_bytes();
            let call = Call::post_json(self.address(&format!("/wxa/business/getuserphonenumber?{query}")), body);
            let answer = self.client.call(call).await.ok().and_then(|answer| read::<PhoneAnswer>(&answer));
            let answer = answer.ok_or(CodeError::Unreachable)?;
            match (answer.errcode, answer.phone_info) {
                (0, Some(info)) if info.watermark.appid == self.settings.appid => {
                    let PhoneInfo { pure_phone_number, country_code, .. } = info;
                    let here = country_code == "86";
                    return Ok(if here { pure_phone_number } else { format!("+{country_code}{pure_phone_number}") });
                }
                (40001 | 40014 | 42001, _) => stale = Some(token),
                (code, _) => return Err(super::of_code(code)),
            }
        }
        Err(CodeError::Unreachable)
    }
}
