//! What is said to people, in two languages. The words are in `locales/*/`: `photo.ftl`, `shop.ftl`, and `applicant.ftl` for what is wrong with a
//! name or number.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use huizhi_photo::Obstacle;
use huizhi_photo::spec::Name;

/// A language that we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// 简体中文
    #[value(alias = "zh-CN", alias = "zh-cn")]
    Zh,
    /// English
    En,
}

type Table = BTreeMap<&'static str, &'static str>;

/// The files of one language, as one text.
macro_rules! words {
    ($lang:literal) => {
        concat!(
            include_str!(concat!("../../../locales/", $lang, "/photo.ftl")),
            "\n",
            include_str!(concat!("../../../locales/", $lang, "/shop.ftl")),
            "\n",
            include_str!(concat!("../../../locales/", $lang, "/applicant.ftl")),
        )
    };
}

static ZH: LazyLock<Table> = LazyLock::new(|| table(words!("zh-CN")));
static EN: LazyLock<Table> = LazyLock::new(|| table(words!("en")));

impl Lang {
    /// The language that the environment asks for: English where it says so, else Chinese.
    pub fn of_environment() -> Self {
        let asked = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
        if asked.is_some_and(|value| value.starts_with("en")) { Self::En } else { Self::Zh }
    }

    /// The message of a key with its values filled in; the key itself where there is none.
    pub fn say(self, key: &str, values: &[(&str, &dyn std::fmt::Display)]) -> String {
        let Some(pattern) = self.table().get(key) else { return key.to_owned() };
        let mut text = (*pattern).to_owned();
        for (name, value) in values {
            text = text.replace(&format!("{{ ${name} }}"), &value.to_string());
        }
        text
    }

    /// The message of a key that takes no values.
    pub fn word(self, key: &str) -> String {
        self.say(key, &[])
    }

    /// One of a pair of names.
    pub fn name(self, name: &Name) -> &str {
        match self {
            Self::Zh => &name.zh,
            Self::En => &name.en,
        }
    }

    /// A measured value with its unit.
    pub fn value(self, value: f32, unit: &str) -> String {
        let number = number(value);
        let key = format!("unit-{}", unit.to_lowercase().replace(' ', "-"));
        if self.table().contains_key(key.as_str()) {
            self.say(&key, &[("value", &number)])
        } else {
            format!("{number} {unit}")
        }
    }

    /// Why a photo was not made.
    pub fn obstacle(self, obstacle: &Obstacle) -> String {
        match obstacle {
            Obstacle::NoFace => self.word("obstacle-no-face"),
            Obstacle::NotUsable { codes } => self.say("obstacle-not-usable", &[("codes", codes)]),
            Obstacle::OtherDocument { document } => self.say("obstacle-other-document", &[("document", document)]),
            Obstacle::NoRoom { document, side, px } => {
                let side = self.word(&format!("side-{side}"));
                self.say("obstacle-no-room", &[("document", document), ("side", &side), ("px", &number(*px))])
            }
            Obstacle::OtherShape { document, width, height, columns, rows } => {
                let (found, asked) = (format!("{width}×{height}"), format!("{columns}×{rows}"));
                self.say("obstacle-other-shape", &[("document", document), ("found", &found), ("asked", &asked)])
            }
        }
    }

    fn table(self) -> &'static Table {
        match self {
            Self::Zh => &ZH,
            Self::En => &EN,
        }
    }
}

/// A number as short as it may be: three digits that count.
pub fn number(value: f32) -> String {
    let decimals = match value.abs() {
        v if v >= 100.0 || v.fract() <= 0.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

/// Fluent files with plain messages only, one a line.
fn table(text: &'static str) -> Table {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_messages_with_the_same_values() {
        assert_eq!(ZH.keys().collect::<Vec<_>>(), EN.keys().collect::<Vec<_>>());
        for (key, zh) in ZH.iter() {
            let values = |text: &str| {
                let mut found: Vec<String> =
                    text.split("{ $").skip(1).map(|rest| rest.split(" }").next().unwrap_or("").to_owned()).collect();
                found.sort();
                found
            };
            assert_eq!(values(zh), values(EN[key]), "{key}");
        }
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [(0.123_4, "0.123"), (3.0, "3"), (12.34, "12.3"), (441.2, "441"), (-1.5, "-1.50")] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn values_take_their_unit_and_unknown_units_stand_as_they_are() {
        assert_eq!(Lang::En.value(12.0, "degrees"), "12°");
        assert_eq!(Lang::En.value(0.5, "furlongs"), "0.500 furlongs");
        assert_eq!(Lang::En.word("no-such-key"), "no-such-key");
    }
}
