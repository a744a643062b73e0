//! Which passwords a citizen may choose (NIST SP 800-63B-4 §3.1.1.2): long enough, not known to everybody, and no other rule.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::Contact;

/// The fewest characters: what NIST asks of a password that is one of several ways in. Staff have more (`gate/password.rs`).
pub const SHORTEST: usize = 8;

/// The most bytes: nobody types more, and longer ones only cost time.
pub const LONGEST_BYTES: usize = 256;

/// The commonest passwords, sorted by bytes.
static COMMON: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("../../../../specs/passwords/common.txt").lines().collect());

/// Why a password may not be chosen. The citizen's to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// It has too few characters.
    #[error("fewer than {SHORTEST} characters")]
    Short,
    /// It has too many bytes.
    #[error("more than {LONGEST_BYTES} bytes")]
    Long,
    /// It is among the 10,000 commonest.
    #[error("one of the commonest passwords")]
    Common,
    /// It is the account's own telephone number or address.
    #[error("the account's own contact")]
    Contact,
}

impl Weakness {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Short, Self::Long, Self::Common, Self::Contact];

    /// The key of its message.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Short => "account-password-short",
            Self::Long => "account-password-long",
            Self::Common => "account-password-common",
            Self::Contact => "account-password-contact",
        }
    }
}

/// The password as it is hashed: NFKC, so that every keyboard gives the same (NIST SP 800-63B-4 §3.1.1.2).
#[must_use]
pub fn normalised(password: &str) -> Zeroizing<String> {
    // Nobody needs the normal form of a book: one that is too long stays so, and is refused for it.
    let short = password.len() <= LONGEST_BYTES;
    Zeroizing::new(if short { password.nfkc().collect() } else { password.to_owned() })
}

/// What is wrong with a password for the account of a contact; `None` where it may be chosen.
#[must_use]
pub fn weakness(password: &str, contact: Option<&Contact>) -> Option<Weakness> {
    let password = normalised(password);
    if password.len() > LONGEST_BYTES {
        return Some(Weakness::Long);
    }
    if password.chars().count() < SHORTEST {
        return Some(Weakness::Short);
    }
    let small = Zeroizing::new(password.to_lowercase());
    if COMMON.binary_search(&small.as_str()).is_ok() {
        return Some(Weakness::Common);
    }
    let own = contact.map(Contact::as_str).unwrap_or_default();
    let name = own.split('@').next().unwrap_or_default();
    let is_own = !own.is_empty() && [own, name].contains(&small.trim());
    is_own.then_some(Weakness::Contact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_whole() {
        assert_eq!(COMMON.len(), 10_000);
        assert!(COMMON.is_sorted());
        assert!(COMMON.iter().all(|it| normalised(it).to_lowercase() == **it));
    }

    #[test]
    fn only_length_and_fame_are_judged() {
        let contact = Contact::parse("zhangxiaoming@example.cn").unwrap();
        let phone = Contact::parse("13800001234").unwrap();
        for (password, contact, why) in [
            ("1234567", &contact, Some(Weakness::Short)),
            ("我爱惠州西湖", &contact, Some(Weakness::Short)),
            ("12345678", &contact, Some(Weakness::Common)),
            ("Password1", &contact, Some(Weakness::Common)),
            ("ｐａｓｓｗｏｒｄ", &contact, Some(Weakness::Common)),
            ("ZhangXiaoMing", &contact, Some(Weakness::Contact)),
            ("zhangxiaoming@example.cn", &contact, Some(Weakness::Contact)),
            ("13800001234", &phone, Some(Weakness::Contact)),
            ("我爱惠州西湖的荷花", &contact, None),
            ("jkqwmzpv", &contact, None),
            ("three words here", &contact, None),
        ] {
            assert_eq!(weakness(password, Some(contact)), why, "{password}");
        }
        assert_eq!(weakness(&"x".repeat(257), None), Some(Weakness::Long));
        assert_eq!(weakness(&"x9".repeat(128), None), None);
    }
}
