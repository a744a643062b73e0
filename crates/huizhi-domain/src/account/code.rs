//! One-time codes: six digits that prove that a telephone or mailbox is the citizen's. Each is good for one purpose, once, for ten minutes
//! and five tries.

use std::fmt;
use std::str::FromStr;

use rand_core::Rng;
use unicode_normalization::UnicodeNormalization as _;

use crate::clock::Moment;
use crate::order::UnknownWord;

/// How long a code is good: NIST SP 800-63B-4 §3.1.3.2 gives it ten minutes at most.
pub const CODE_LIVES_MS: i64 = 10 * 60_000;

/// How often it may be typed wrongly. With the ten codes a day of [`SENDS`], a stranger hits one with 5 in 100,000 a day.
pub const CODE_TRIES: i32 = 5;

/// How many codes a contact gets within how many milliseconds: one a minute, five an hour, ten a day. Each costs money or a stranger's
/// patience, and each gives five guesses.
pub const SENDS: [(i64, usize); 3] = [(60_000, 1), (3_600_000, 5), (86_400_000, 10)];

/// What a code is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodePurpose {
    /// Making an account.
    Register,
    /// Signing in without a password.
    SignIn,
    /// Setting a new password.
    Recover,
    /// Signing in by face in a browser that is not known.
    Face,
    /// Being reached at another telephone or mailbox from now on.
    Contact,
}

impl CodePurpose {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Register, Self::SignIn, Self::Recover, Self::Face, Self::Contact];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign-in",
            Self::Recover => "recover",
            Self::Face => "face",
            Self::Contact => "contact",
        }
    }
}

impl FromStr for CodePurpose {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A code.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// Draws one, each as likely as any other.
    pub fn draw(random: &mut dyn Rng) -> Self {
        let mut bytes = [0; 4];
        loop {
            random.fill_bytes(&mut bytes);
            let number = u32::from_be_bytes(bytes);
            // The last 967,296 numbers would make the low codes likelier.
            if number < 4_294_000_000 {
                return Self(format!("{:06}", number % 1_000_000));
            }
        }
    }

    /// Reads what was typed or pasted, with blanks and full-width digits; `None` where it is not six digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.nfkc().filter(|c| !c.is_whitespace() && *c != '-').take(7).collect();
        let fits = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        fits.then_some(Self(digits))
    }

    /// The digits, for who sends or compares them.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// Until when a contact has to wait for its next code, by when it got the ones before; `None` where one may go out.
#[must_use]
pub fn wait_to_send(sent: &[Moment], now: Moment) -> Option<Moment> {
    let waits = SENDS.iter().filter_map(|(span_ms, most)| {
        let mut recent: Vec<Moment> = sent.iter().copied().filter(|at| now.since_ms(*at) < *span_ms).collect();
        recent.sort_unstable();
        // Until so many have passed that one less than the most is left.
        let last_in_the_way = recent.len().checked_sub(*most)?;
        recent.get(last_in_the_way).map(|at| at.after_ms(*span_ms))
    });
    waits.max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::tests::Dice;

    #[test]
    fn codes_are_six_digits_and_shown_by_nobody() {
        let mut random = Dice(7);
        for _ in 0..1000 {
            let code = Code::draw(&mut random);
            assert_eq!(Code::parse(code.reveal()), Some(code.clone()));
            assert_eq!(format!("{code:?}"), "Code(…)");
        }
    }

    #[test]
    fn codes_are_read_as_they_are_typed_and_pasted() {
        for typed in ["012345", " 012 345 ", "０１２３４５", "012-345\n"] {
            assert_eq!(Code::parse(typed).unwrap().reveal(), "012345", "{typed}");
        }
        for typed in ["", "12345", "1234567", "12345a", "٠١٢٣٤٥"] {
            assert_eq!(Code::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn one_a_minute_five_an_hour_ten_a_day() {
        let (mut now, mut sent) = (Moment(0), Vec::new());
        for _ in 0..10 {
            if let Some(until) = wait_to_send(&sent, now) {
                assert_eq!(wait_to_send(&sent, Moment(until.0 - 1)), Some(until));
                now = until;
            }
            assert_eq!(wait_to_send(&sent, now), None);
            sent.push(now);
        }
        let minutes: Vec<i64> = sent.iter().map(|at| at.0 / 60_000).collect();
        assert_eq!(minutes, [0, 1, 2, 3, 4, 60, 61, 62, 63, 64]);
        assert_eq!(wait_to_send(&sent, now), Some(Moment(86_400_000)));
    }
}
