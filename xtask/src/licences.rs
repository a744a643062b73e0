//! SPDX licence expressions: may we use a crate under the licences that deny.toml allows.

use anyhow::{bail, ensure};

/// Whether the expression can be met with allowed licences alone; the old form `MIT/Apache-2.0` means OR.
///
/// An exception belongs to its licence: `Apache-2.0 WITH LLVM-exception` is allowed where that is listed, and
/// where plain `Apache-2.0` is, since an exception only gives more.
pub fn allowed(expression: &str, allow: &[String]) -> anyhow::Result<bool> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (met, rest) = either(&words, allow)?;
    ensure!(rest.is_empty(), "licence “{expression}” does not end after “{}”", rest.join(" "));
    Ok(met)
}

/// `a OR b`, the loosest binding.
fn either<'w, 'a>(words: &'w [&'a str], allow: &[String]) -> anyhow::Result<(bool, &'w [&'a str])> {
    let (mut met, mut rest) = both(words, allow)?;
    while let ["OR", after @ ..] = rest {
        let (also, after) = both(after, allow)?;
        (met, rest) = (met || also, after);
    }
    Ok((met, rest))
}

/// `a AND b`.
fn both<'w, 'a>(words: &'w [&'a str], allow: &[String]) -> anyhow::Result<(bool, &'w [&'a str])> {
    let (mut met, mut rest) = one(words, allow)?;
    while let ["AND", after @ ..] = rest {
        let (also, after) = one(after, allow)?;
        (met, rest) = (met && also, after);
    }
    Ok((met, rest))
}

/// A licence, with its exception, or a group.
fn one<'w, 'a>(words: &'w [&'a str], allow: &[String]) -> anyhow::Result<(bool, &'w [&'a str])> {
    let listed = |name: &str| allow.iter().any(|entry| entry == name);
    match words {
        ["(", inside @ ..] => match either(inside, allow)? {
            (met, [")", rest @ ..]) => Ok((met, rest)),
            (_, rest) => bail!("a closing bracket is missing before “{}”", rest.join(" ")),
        },
        [name, "WITH", exception, rest @ ..] => Ok((listed(name) || listed(&format!("{name} WITH {exception}")), rest)),
        [name, rest @ ..] if !matches!(*name, "OR" | "AND" | "WITH" | ")") => Ok((listed(name), rest)),
        _ => bail!("a licence name is missing before “{}”", words.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(expression: &str) -> bool {
        allowed(expression, &["MIT".to_owned(), "Apache-2.0".to_owned(), "IJG".to_owned()]).unwrap()
    }

    #[test]
    fn one_allowed_choice_is_enough() {
        assert!(met("GPL-2.0-only OR MIT"));
        assert!(met("Apache-2.0/GPL-3.0"));
        assert!(!met("GPL-2.0-only OR AGPL-3.0-only"));
    }

    #[test]
    fn every_part_of_an_and_must_be_allowed() {
        assert!(met("(MIT OR Zlib) AND IJG"));
        assert!(!met("MIT AND GPL-3.0-only"));
        assert!(met("MIT OR Apache-2.0 AND GPL-3.0-only"));
    }

    #[test]
    fn an_exception_gives_more_than_the_licence_alone() {
        assert!(met("Apache-2.0 WITH LLVM-exception"));
        assert!(!met("GPL-2.0 WITH Classpath-exception-2.0"));
    }

    #[test]
    fn a_broken_expression_is_an_error() {
        for broken in ["", "MIT OR", "(MIT", "MIT Apache-2.0", "AND MIT"] {
            assert!(allowed(broken, &[]).is_err(), "{broken}");
        }
    }
}
