//! What somebody writes, and what in it has to be mended before it is taken.

use unicode_normalization::UnicodeNormalization as _;

use crate::account::Email;

/// The longest name, in characters.
pub const NAME_MOST: usize = 30;

/// The longest text, in characters. With a name it stays under the 2,500 of WeChat's check.
pub const TEXT_MOST: usize = 2000;

/// Signs that may stand in an e-mail address beside letters and digits; what is between others is looked at as one.
const ADDRESS_SIGNS: &str = "!#$%&'*+-/=?^_`{|}~.@";

/// The fields of the form.
#[derive(Clone, Copy, Debug, Default)]
pub struct CommentForm<'a> {
    /// What readers see as its author.
    pub name: &'a str,
    /// Where the author can be reached.
    pub email: &'a str,
    /// What is said.
    pub text: &'a str,
}

/// A comment that can be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewComment {
    /// Its author's name, as readers see it.
    pub name: String,
    /// The author's address, which nobody sees.
    pub email: Email,
    /// The text: plain, lines ended by `\n`.
    pub text: String,
}

/// What is to be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentFault {
    /// No name.
    NameMissing,
    /// A name that is too long.
    NameLong,
    /// A name that is an address or a number, which everybody would read.
    NamePrivate,
    /// No e-mail address.
    EmailMissing,
    /// No e-mail address, but something.
    EmailWrong,
    /// No text.
    TextMissing,
    /// A text that is too long.
    TextLong,
    /// An e-mail address, a telephone number or an identity number in the text, which everybody would read.
    TextPrivate,
}

impl CommentFault {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::NameMissing,
        Self::NameLong,
        Self::NamePrivate,
        Self::EmailMissing,
        Self::EmailWrong,
        Self::TextMissing,
        Self::TextLong,
        Self::TextPrivate,
    ];

    /// The field that it is in.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::NameMissing | Self::NameLong | Self::NamePrivate => "name",
            Self::EmailMissing | Self::EmailWrong => "email",
            Self::TextMissing | Self::TextLong | Self::TextPrivate => "text",
        }
    }

    /// The key of its message.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::NameMissing => "comment-name-missing",
            Self::NameLong => "comment-name-long",
            Self::NamePrivate => "comment-name-private",
            Self::EmailMissing => "comment-email-missing",
            Self::EmailWrong => "comment-email-wrong",
            Self::TextMissing => "comment-text-missing",
            Self::TextLong => "comment-text-long",
            Self::TextPrivate => "comment-text-private",
        }
    }
}

/// Reads the form.
///
/// # Errors
/// All that is to be mended, in the order of the fields.
pub fn parse(form: &CommentForm<'_>) -> Result<NewComment, Vec<CommentFault>> {
    let mut faults = Vec::new();
    let name = one_line(form.name);
    if name.is_empty() {
        faults.push(CommentFault::NameMissing);
    } else if name.chars().count() > NAME_MOST {
        faults.push(CommentFault::NameLong);
    } else if is_private(&name) {
        faults.push(CommentFault::NamePrivate);
    }
    let email = Email::parse(form.email);
    if form.email.trim().is_empty() {
        faults.push(CommentFault::EmailMissing);
    } else if email.is_err() {
        faults.push(CommentFault::EmailWrong);
    }
    let text = lines(form.text);
    if text.is_empty() {
        faults.push(CommentFault::TextMissing);
    } else if text.chars().count() > TEXT_MOST {
        faults.push(CommentFault::TextLong);
    } else if is_private(&text) {
        faults.push(CommentFault::TextPrivate);
    }
    match email {
        Ok(email) if faults.is_empty() => Ok(NewComment { name, email, text }),
        _ => Err(faults),
    }
}

/// Signs that are not seen, or that turn the direction of what follows: with them a name can look like another.
fn is_hidden(sign: char) -> bool {
    matches!(sign, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
        || (sign.is_control() && sign != '\n')
}

fn one_line(text: &str) -> String {
    let seen: String = text.nfc().map(|sign| if sign.is_whitespace() { ' ' } else { sign }).collect();
    let seen: String = seen.chars().filter(|sign| !is_hidden(*sign)).collect();
    seen.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The text with plain ends of lines; of empty lines one stays where there were more.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let seen: String = text.nfc().filter(|sign| !is_hidden(*sign)).collect();
    let mut kept: Vec<&str> = Vec::new();
    for line in seen.lines().map(str::trim_end) {
        if line.is_empty() && kept.last().is_none_or(|last| last.is_empty()) {
            continue;
        }
        kept.push(line);
    }
    kept.join("\n").trim().to_owned()
}

/// Whether a text has an e-mail address, a mobile number or an identity number in it. The author may mean it for us; everybody would have it.
fn is_private(text: &str) -> bool {
    let plain: String = text.nfkc().collect();
    has_address(&plain) || has_number(&plain)
}

fn has_address(text: &str) -> bool {
    text.split(|sign: char| !sign.is_ascii_alphanumeric() && !ADDRESS_SIGNS.contains(sign))
        .filter(|part| part.contains('@'))
        .any(|part| Email::parse(part.trim_matches(['.', '/', '?', '!', '\''])).is_ok())
}

/// Digits that stand together, with at most one blank or hyphen between two, are one number.
fn has_number(text: &str) -> bool {
    let mut run = String::new();
    let mut gap = false;
    for sign in text.chars().chain(['\n']) {
        match sign {
            '0'..='9' => {
                run.push(sign);
                gap = false;
            }
            'x' | 'X' if run.len() == 17 => run.push('X'),
            ' ' | '-' if !run.is_empty() && !gap => gap = true,
            _ => {
                if is_number(&run) {
                    return true;
                }
                run.clear();
                gap = false;
            }
        }
    }
    false
}

/// An identity number has 18 signs (GB 11643); a mobile number 11 digits, the second of which is none of 0, 1 and 2, and may have 86 before it.
fn is_number(run: &str) -> bool {
    let local = if run.len() == 13 { run.strip_prefix("86").unwrap_or(run) } else { run };
    let mut digits = local.chars();
    let mobile = local.len() == 11
        && digits.next() == Some('1')
        && digits.next().is_some_and(|second| ('3'..='9').contains(&second));
    mobile || run.len() == 18
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: CommentForm<'_> =
        CommentForm { name: "惠州读者", email: "reader@example.cn", text: "请问可以自己拍吗？" };

    #[test]
    fn a_comment_is_taken_as_people_type_it() {
        let form = CommentForm {
            name: " 惠州\u{200B}  读者\u{202E} ",
            email: " Reader@Example.CN ",
            text: "\r\n第一行  \r\n\r\n\r\n\r\n第二行\r\n",
        };
        let taken = parse(&form).unwrap();
        assert_eq!(taken.name, "惠州 读者");
        assert_eq!(taken.email.as_str(), "reader@example.cn");
        assert_eq!(taken.text, "第一行\n\n第二行");
    }

    #[test]
    fn every_fault_is_told_at_once_in_the_order_of_the_fields() {
        let faults = parse(&CommentForm::default()).unwrap_err();
        assert_eq!(faults, [CommentFault::NameMissing, CommentFault::EmailMissing, CommentFault::TextMissing]);
        let long = "长".repeat(TEXT_MOST + 1);
        let form = CommentForm { name: &long, email: "nobody", text: &long };
        assert_eq!(
            parse(&form).unwrap_err(),
            [CommentFault::NameLong, CommentFault::EmailWrong, CommentFault::TextLong]
        );
        for fault in CommentFault::ALL {
            assert!(fault.key().starts_with(&format!("comment-{}-", fault.field())), "{fault:?}");
        }
    }

    #[test]
    fn addresses_and_numbers_do_not_come_into_the_open() {
        for text in [
            "写给我：someone@example.cn。谢谢",
            "我的邮箱是ｓｏｍｅｏｎｅ＠ｅｘａｍｐｌｅ．ｃｎ",
            "电话13800138000，急",
            "138-0013-8000",
            "+86 138 0013 8000",
            "号码是441302199003070024吗",
            "44130219900307002X",
        ] {
            assert_eq!(parse(&CommentForm { text, ..GOOD }).unwrap_err(), [CommentFault::TextPrivate], "{text}");
        }
        let name = parse(&CommentForm { name: "13800138000", ..GOOD }).unwrap_err();
        assert_eq!(name, [CommentFault::NamePrivate]);
        for text in ["2024-09-10 下午 2:16 拍的", "收了 20 元，358×441 像素", "@编辑 谢谢", "a@b", "0752-2223333"]
        {
            assert!(parse(&CommentForm { text, ..GOOD }).is_ok(), "{text}");
        }
    }
}
