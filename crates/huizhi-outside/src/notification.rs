//! The kinds of WeChat's subscribe messages (订阅消息), as data, and what WeChat takes in a field.

use std::collections::BTreeMap;

use huizhi_domain::message::Happening;
use serde::Deserialize;

use crate::shorten;

const FILES: [(&str, &str); 3] = [
    ("review-result", include_str!("../../../specs/notifications/review-result.toml")),
    ("receipt-expiring", include_str!("../../../specs/notifications/receipt-expiring.toml")),
    ("receipt-used", include_str!("../../../specs/notifications/receipt-used.toml")),
];

/// A kind of message.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// What it is called.
    pub name: Name,
    /// What it tells of.
    pub happenings: Vec<Happening>,
    /// Its fields.
    pub fields: BTreeMap<String, Field>,
}

/// A name in both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A field.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// What WeChat takes in it.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// What stands there.
    pub about: String,
}

/// The types of fields, by WeChat's document of `subscribeMessage.send`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// 事物: at most 20 characters.
    Thing,
    /// 汉字: at most 5, nothing else.
    Phrase,
    /// Letters, digits and signs, at most 32.
    CharacterString,
    /// Digits, at most 32.
    Number,
    /// 10 Han characters or 20 letters.
    Name,
    /// A date with or without the time: `2026年11月25日`.
    Date,
    /// A time with or without the date: `2026年11月25日 09:05`.
    Time,
}

/// A text that does not fit its field and can't be shortened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is to stand in a field of type {0:?} is empty, too long or not of that type")]
pub struct Unfit(pub FieldKind);

impl FieldKind {
    /// What the name of a template's field begins with: `thing1`, `phrase2`.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Thing => "thing",
            Self::Phrase => "phrase",
            Self::CharacterString => "character_string",
            Self::Number => "number",
            Self::Name => "name",
            Self::Date => "date",
            Self::Time => "time",
        }
    }

    /// The text as it may be sent: long ones are shortened where words may be.
    ///
    /// # Errors
    /// [`Unfit`]: WeChat would refuse it with 47003.
    pub fn fit(self, text: &str) -> Result<String, Unfit> {
        let text = text.trim();
        let length = text.chars().count();
        let fits = match self {
            _ if text.is_empty() => false,
            Self::Thing => return Ok(shorten(&text.replace(['\n', '\r', '\t'], " "), 20)),
            Self::Phrase => length <= 5 && text.chars().all(is_han),
            Self::CharacterString => length <= 32 && text.chars().all(|c| c.is_ascii_graphic()),
            Self::Number => length <= 32 && text.chars().all(|c| c.is_ascii_digit() || c == '.'),
            Self::Name => {
                (length <= 10 && text.chars().all(|c| is_han(c) || c == '·'))
                    || (length <= 20 && text.chars().all(|c| c.is_ascii_alphabetic() || " -.'".contains(c)))
            }
            Self::Date => is_day(text),
            Self::Time => {
                let (day, clock) = text.rsplit_once(' ').map_or(("", text), |(day, clock)| (day, clock));
                is_clock(clock) && (day.is_empty() || is_day(day))
            }
        };
        if fits { Ok(text.to_owned()) } else { Err(Unfit(self)) }
    }
}

/// The kinds that are built in, by id.
///
/// # Errors
/// A file that is none; a test holds that ours are.
pub fn built_in() -> Result<BTreeMap<String, Notification>, toml::de::Error> {
    FILES.iter().map(|(id, text)| Ok(((*id).to_owned(), toml::from_str(text)?))).collect()
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}

/// `2026年1月5日`.
fn is_day(text: &str) -> bool {
    let parts = || {
        let (year, rest) = text.split_once('年')?;
        let (month, rest) = rest.split_once('月')?;
        Some((year, month, rest.strip_suffix('日')?))
    };
    parts().is_some_and(|(year, month, day)| {
        year.len() == 4
            && year.bytes().all(|b| b.is_ascii_digit())
            && month.parse::<u8>().is_ok_and(|it| (1..=12).contains(&it))
            && day.parse::<u8>().is_ok_and(|it| (1..=31).contains(&it))
    })
}

/// `09:05`.
fn is_clock(text: &str) -> bool {
    text.split_once(':').is_some_and(|(hour, minute)| {
        hour.len() == 2
            && minute.len() == 2
            && hour.parse::<u8>().is_ok_and(|it| it < 24)
            && minute.parse::<u8>().is_ok_and(|it| it < 60)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_and_tells_of_something_of_its_own() {
        let all = built_in().unwrap();
        let mut told: Vec<Happening> = Vec::new();
        for (id, kind) in &all {
            assert!(!kind.fields.is_empty() && !kind.happenings.is_empty(), "{id}");
            told.extend(kind.happenings.iter().copied());
        }
        let before = told.len();
        told.sort();
        told.dedup();
        assert_eq!(told.len(), before, "a happening has one kind");
    }

    #[test]
    fn fields_take_what_wechat_takes() {
        let long = "照片背景不是白色，请在白墙前重新拍摄一张照片";
        assert_eq!(FieldKind::Thing.fit(long).unwrap(), "照片背景不是白色，请在白墙前重新拍摄一…");
        for (kind, good, bad) in [
            (FieldKind::Thing, &["居民身份证照片", "x"][..], &["", "  "][..]),
            (FieldKind::Phrase, &["审核失败", "审核通过了"], &["审核失败了吗", "ok", "失败!", ""]),
            (FieldKind::CharacterString, &["HZ-1234"], &["回执", &"1".repeat(33)[..], "a b"]),
            (FieldKind::Number, &["42", "1.5"], &["四十二", ""]),
            (FieldKind::Name, &["欧阳小明", "Anna O'Neil"], &["欧阳小明欧阳小明欧阳小明", "Anna1"]),
            (FieldKind::Date, &["2026年1月5日", "2026年11月25日"], &["2026-11-25", "2026年13月1日", "26年1月1日"]),
            (FieldKind::Time, &["09:05", "2026年11月25日 09:05"], &["9:05", "24:00", "2026-11-25 09:05"]),
        ] {
            for text in good {
                assert_eq!(kind.fit(text).as_deref(), Ok(*text), "{kind:?}");
            }
            for text in bad {
                assert_eq!(kind.fit(text), Err(Unfit(kind)), "{kind:?} {text}");
            }
        }
    }
}
