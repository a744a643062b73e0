//! All files that may be amended, by kind and name: those that come with the program, and what holds in their place.

use std::collections::BTreeMap;

use super::{Kind, Target};
use crate::{article, calendar, city, comment, consent, materials, pace, policy, residence, support, visit};

/// Files by kind and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<Target, String>);

impl Files {
    /// The files of this crate and of the photo engine. Receipts and words stand in other crates, which [put](Self::put) theirs.
    #[must_use]
    pub fn built_in() -> Self {
        let mut files = Self::default();
        files.put_all(Kind::Policy, policy::files());
        files.put_all(Kind::Document, huizhi_photo::spec::files());
        files.put_all(Kind::Consent, &consent::files());
        files.put_all(Kind::City, &city::files());
        files.put_all(Kind::Materials, materials::files());
        files.put_all(Kind::Calendar, calendar::files());
        files.put_all(Kind::Rejection, &[("rejections", huizhi_photo::rejection::file())]);
        files.put_all(
            Kind::Visit,
            &[
                ("businesses", visit::businesses_file()),
                ("districts", visit::district::file()),
                ("notice", visit::notice::file()),
            ],
        );
        files.put_all(Kind::Review, &[("pace", pace::file())]);
        files.put_all(Kind::Residence, residence::files());
        files.put_all(
            Kind::Site,
            &[
                ("categories", article::Categories::file()),
                ("support", support::Service::file()),
                ("terms", article::terms::Terms::file()),
                ("topics", support::Topics::file()),
                ("words", comment::ContentCheck::file()),
            ],
        );
        files
    }

    /// Puts files of a kind, each name and text. A name that is no file's is left out.
    pub fn put_all(&mut self, kind: Kind, files: &[(&str, &str)]) {
        for (name, text) in files {
            if let Some(target) = Target::new(kind, name) {
                self.put(target, (*text).to_owned());
            }
        }
    }

    /// Puts a file in the place of the one of its name.
    pub fn put(&mut self, target: Target, text: String) {
        self.0.insert(target, text);
    }

    /// A file's text.
    #[must_use]
    pub fn get(&self, target: &Target) -> Option<&str> {
        self.0.get(target).map(String::as_str)
    }

    /// A file's text by its kind and name; empty where there is none.
    #[must_use]
    pub fn text(&self, kind: Kind, name: &str) -> &str {
        self.of(kind).into_iter().find(|(it, _)| *it == name).map_or("", |(_, text)| text)
    }

    /// The files of a kind, name and text, by name.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Vec<(&str, &str)> {
        self.0.iter().filter(|(it, _)| it.kind == kind).map(|(it, text)| (it.name.as_str(), text.as_str())).collect()
    }

    /// Each file.
    pub fn iter(&self) -> impl Iterator<Item = (&Target, &str)> {
        self.0.iter().map(|(target, text)| (target, text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_this_crate_has_files_and_every_name_is_one() {
        let files = Files::built_in();
        for kind in Kind::ALL.into_iter().filter(|kind| !matches!(kind, Kind::Receipt | Kind::Words)) {
            assert!(!files.of(kind).is_empty(), "{kind:?}");
        }
        let huizhou = Target::new(Kind::Policy, "guangdong").unwrap();
        assert!(files.get(&huizhou).unwrap().contains("441300"));
        assert_eq!(files.of(Kind::Policy).len(), policy::files().len(), "no name is left out");
        assert_eq!(files.of(Kind::Document).len(), huizhi_photo::spec::files().len());
    }
}
