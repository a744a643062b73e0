//! What WeChat holds of a text (文本内容安全识别, `msg_sec_check`, version 2).

use huizhi_domain::clock::Moment;
use huizhi_domain::comment::{Checked, ContentOpinion};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded;

use super::{Wechat, read};
use crate::client::Call;

/// The second version, which gives more than yes and no.
const VERSION: u8 = 2;
/// 场景: 2 is a comment.
const COMMENT: u8 = 2;
/// Characters that WeChat takes.
const MOST: usize = 2500;

#[derive(Deserialize)]
struct ContentAnswer {
    #[serde(default)]
    errcode: i64,
    result: Option<ContentResult>,
}

#[derive(Deserialize)]
struct ContentResult {
    suggest: String,
    #[serde(default)]
    label: i64,
}

impl Wechat {
    /// Whether the operator has comments checked by WeChat.
    #[must_use]
    pub const fn checks_content(&self) -> bool {
        self.settings.check_as.is_some()
    }

    /// What WeChat holds of a comment. Where it gives no answer the opinion says so, and a person decides without it.
    pub async fn check_comment(&self, name: &str, text: &str, at: Moment) -> ContentOpinion {
        let Some(openid) = &self.settings.check_as else {
            return ContentOpinion { checked: Checked::Alone, code: String::new() };
        };
        let content: String = text.chars().take(MOST).collect();
        let body = json!({
            "version": VERSION,
            "scene": COMMENT,
            "openid": openid,
            "content": content,
            "nickname": name,
        });
        let body = body.to_string().into_bytes();
        let mut stale = None;
        // A token can end early, as for messages.
        for _ in 0..2 {
            let token = match self.token(at, stale.as_deref()).await {
                Ok(token) => token,
                Err(outcome) => return failed(outcome.code().unwrap_or("wechat-token")),
            };
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("access_token", &token).finish();
            let call = Call::post_json(self.address(&format!("/wxa/msg_sec_check?{query}")), body.clone());
            let answer = match self.client.call(call).await {
                Ok(answer) => answer,
                Err(error) => return failed(error.code()),
            };
            let Some(said) = read::<ContentAnswer>(&answer) else { return failed("wechat-unreadable") };
            match (said.errcode, said.result) {
                (0, Some(result)) => return judge(&result),
                (40001 | 40014 | 42001, _) => stale = Some(token),
                // The first version's word for what is forbidden.
                (87014, _) => return ContentOpinion { checked: Checked::Risky, code: "wechat-87014".to_owned() },
                (code, _) => return failed(&format!("wechat-{code}")),
            }
        }
        failed("wechat-40001")
    }
}

/// `pass`, `review` or `risky`, and the label of the kind: 10001 an advert, 20001 to 20013 what the law forbids, 21000 something else.
fn judge(result: &ContentResult) -> ContentOpinion {
    let checked = match result.suggest.as_str() {
        "pass" => Checked::Pass,
        "review" => Checked::Review,
        "risky" => Checked::Risky,
        _ => return failed("wechat-unreadable"),
    };
    ContentOpinion { checked, code: format!("wechat-label-{}", result.label) }
}

fn failed(code: &str) -> ContentOpinion {
    tracing::warn!(code, "WeChat does not check a comment; a person decides without it");
    ContentOpinion { checked: Checked::Failed, code: code.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_suggestion_is_an_opinion_and_another_word_is_none() {
        for (suggest, checked) in [
            ("pass", Checked::Pass),
            ("review", Checked::Review),
            ("risky", Checked::Risky),
            ("maybe", Checked::Failed),
        ] {
            let opinion = judge(&ContentResult { suggest: suggest.to_owned(), label: 20001 });
            assert_eq!(opinion.checked, checked, "{suggest}");
        }
    }
}
