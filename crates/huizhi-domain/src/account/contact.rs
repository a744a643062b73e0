//! How an account is reached: a mobile number or an e-mail address. It is also what the citizen signs in with.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::applicant::Phone;

/// RFC 5321 4.5.3.1: 64 bytes before the @, 254 in all.
const LOCAL_BYTES: usize = 64;
const WHOLE_BYTES: usize = 254;

/// Signs beside letters and digits that stand before the @ without quotes (RFC 5322 3.2.3, atext), and the dot.
const LOCAL_SIGNS: &str = "!#$%&'*+-/=?^_`{|}~.";

/// Where codes go by short message beside the mainland: Hong Kong, Macau, Taiwan. Numbers elsewhere can be such that somebody earns from
/// each message that we are made to send; who lives there has an e-mail address.
const NEAR: [&str; 3] = ["+852", "+853", "+886"];

/// Why a text is no contact. The citizen's to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// There is none.
    #[error("no contact")]
    Empty,
    /// It has an @ and is no e-mail address.
    #[error("not an e-mail address")]
    Email,
    /// It is no mobile number to which a code can go.
    #[error("not a mobile number")]
    Phone,
}

impl ContactError {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Empty, Self::Email, Self::Phone];

    /// The key of its message.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Empty => "account-contact-empty",
            Self::Email => "account-contact-email",
            Self::Phone => "account-contact-phone",
        }
    }
}

/// An e-mail address in lower case.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(Zeroizing<String>);

impl Email {
    /// Reads an address as people type it: full-width letters and blanks around it are taken, capitals become small.
    ///
    /// # Errors
    /// [`ContactError::Email`].
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let typed = Zeroizing::new(folded(text).to_lowercase());
        let (local, host) = typed.rsplit_once('@').ok_or(ContactError::Email)?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let dots = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
        let local_fits = (1..=LOCAL_BYTES).contains(&local.len())
            && dots
            && local.chars().all(|c| plain(c) || LOCAL_SIGNS.contains(c));
        let label = |it: &str| {
            (1..=63).contains(&it.len())
                && !it.starts_with('-')
                && !it.ends_with('-')
                && it.chars().all(|c| plain(c) || c == '-')
        };
        let host_fits = host.contains('.') && host.split('.').all(label);
        let fits = local_fits && host_fits && typed.len() <= WHOLE_BYTES;
        if fits { Ok(Self(typed)) } else { Err(ContactError::Email) }
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as it is shown: `z***@example.cn`.
    #[must_use]
    pub fn masked(&self) -> String {
        let (local, host) = self.0.split_once('@').unwrap_or((self.as_str(), ""));
        format!("{}***@{host}", local.chars().take(1).collect::<String>())
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// How an account is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// By short message.
    Phone(Phone),
    /// By mail.
    Email(Email),
}

impl Contact {
    /// Reads a mobile number or an e-mail address; what has an @ is meant as the latter.
    ///
    /// # Errors
    /// [`ContactError`].
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let typed = Zeroizing::new(folded(text));
        if typed.is_empty() {
            return Err(ContactError::Empty);
        }
        if typed.contains('@') {
            return Email::parse(&typed).map(Self::Email);
        }
        let phone = Phone::parse(&typed).map_err(|_| ContactError::Phone)?;
        let number = phone.as_str();
        let mobile = number.len() == 11 && number.starts_with('1');
        let near = NEAR.iter().any(|country| number.starts_with(country));
        if mobile || near { Ok(Self::Phone(phone)) } else { Err(ContactError::Phone) }
    }

    /// The number or address. The same for all ways to type it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.as_str(),
            Self::Email(email) => email.as_str(),
        }
    }

    /// The number or address as it is shown.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(phone) => phone.masked(),
            Self::Email(email) => email.masked(),
        }
    }
}

/// As one types it on any keyboard: full-width signs become plain, blanks around and signs that are not seen go.
fn folded(text: &str) -> String {
    let seen = |c: &char| !"\u{200B}\u{202A}\u{202C}\u{FEFF}".contains(*c);
    text.nfkc().filter(seen).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_type_them() {
        for (typed, address) in [
            ("Zhang.San@Example.CN", "zhang.san@example.cn"),
            ("  a+b@mail.example.com ", "a+b@mail.example.com"),
            ("ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｎ", "zhang@example.cn"),
            ("138 0000 1234", "13800001234"),
            ("+86 13800001234", "13800001234"),
            ("+852 5555 0000", "+85255550000"),
        ] {
            assert_eq!(Contact::parse(typed).unwrap().as_str(), address, "{typed}");
        }
    }

    #[test]
    fn what_no_code_can_reach_is_told_why() {
        for (typed, why) in [
            ("", ContactError::Empty),
            (" \u{200B}", ContactError::Empty),
            ("a@b", ContactError::Email),
            ("@example.cn", ContactError::Email),
            ("a b@example.cn", ContactError::Email),
            ("a..b@example.cn", ContactError::Email),
            ("a@-example.cn", ContactError::Email),
            ("a@example.cn\r\nBcc: b@example.cn", ContactError::Email),
            ("张三@example.cn", ContactError::Email),
            ("07522223333", ContactError::Phone),
            ("+882 16 5555 0000", ContactError::Phone),
            ("zhangsan", ContactError::Phone),
        ] {
            assert_eq!(Contact::parse(typed), Err(why), "{typed}");
        }
        assert!(Email::parse(&format!("{}@example.cn", "a".repeat(65))).is_err());
    }

    #[test]
    fn nothing_shows_in_logs_and_little_on_pages() {
        let (email, phone) = (Contact::parse("zhang@example.cn").unwrap(), Contact::parse("13800001234").unwrap());
        assert_eq!(format!("{email:?} {phone:?}"), "Email(Email(…)) Phone(Phone(…))");
        assert_eq!((email.masked().as_str(), phone.masked().as_str()), ("z***@example.cn", "138****1234"));
    }
}
