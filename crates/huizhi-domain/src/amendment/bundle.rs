//! All amendments of a deployment in one text, to be kept, compared, and brought to another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Kind, Target};

/// The layout of the text.
const VERSION: u32 = 1;

/// A text that can't be read. Who brought it has to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bundle: {0}")]
pub struct BundleError(String);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bundle {
    version: u32,
    #[serde(default)]
    amendment: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    kind: Kind,
    name: String,
    text: String,
}

/// Writes files into one text.
///
/// # Errors
/// [`BundleError`]: a text that TOML can't hold, which none is.
pub fn write<'a>(files: impl IntoIterator<Item = (&'a Target, &'a str)>) -> Result<String, BundleError> {
    let entry =
        |(target, text): (&Target, &str)| Entry { kind: target.kind, name: target.name.clone(), text: text.to_owned() };
    let bundle = Bundle { version: VERSION, amendment: files.into_iter().map(entry).collect() };
    toml::to_string_pretty(&bundle).map_err(|error| BundleError(error.to_string()))
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// [`BundleError`]: faulty TOML with its line, another layout, a name that no file has, or a file that stands twice.
pub fn read(text: &str) -> Result<BTreeMap<Target, String>, BundleError> {
    let bundle: Bundle = toml::from_str(text).map_err(|error| BundleError(error.to_string().trim_end().to_owned()))?;
    if bundle.version != VERSION {
        return Err(BundleError(format!("version is {}, and only {VERSION} is known", bundle.version)));
    }
    let mut files = BTreeMap::new();
    for entry in bundle.amendment {
        let target = Target::new(entry.kind, &entry.name)
            .ok_or_else(|| BundleError(format!("name “{}” is no file's", entry.name)))?;
        let twice = BundleError(format!("{target} stands twice"));
        if files.insert(target, entry.text).is_some() {
            return Err(twice);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let texts = ["version = 1\n# a comment\n", "a = \"\"\"x\"\"\"\n", "键 = '''三'''\r\n\\n", ""];
        let targets: Vec<Target> =
            (0..).zip(texts).map(|(at, _)| Target::new(Kind::Policy, &format!("p{at}")).unwrap()).collect();
        let written = write(targets.iter().zip(texts)).unwrap();
        let read = read(&written).unwrap();
        for (target, text) in targets.iter().zip(texts) {
            assert_eq!(read[target].replace("\r\n", "\n"), text.replace("\r\n", "\n"), "{written}");
        }
    }

    #[test]
    fn faults_are_named() {
        let told = |text: &str| read(text).unwrap_err().to_string();
        assert!(told("version = 2").contains("version is 2"));
        let entry = "[[amendment]]\nkind = \"policy\"\nname = \"a\"\ntext = \"\"\n";
        assert!(told(&format!("version = 1\n{entry}{entry}")).contains("policy/a stands twice"));
        assert!(told("version = 1\n[[amendment]]\nkind = \"policy\"\nname = \"../a\"\ntext = \"\"").contains("../a"));
        assert!(told("version = 1\n[[amendment]]\nkind = \"else\"").contains("line 3"));
    }
}
