//! How receipts look: title, number's label, lines and notes by city and document (R40–R42). The files are `specs/receipts/*.toml`.

mod row;

use std::collections::BTreeMap;

use huizhi_domain::city::RegionCode;
use huizhi_domain::policy::Sourced;
use serde::Deserialize;

use crate::error::PaperError;
use crate::paper::Paper;
use crate::sheet::Name;
use row::Row;

/// A line of the sheet that a template may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// The applicant's name.
    Name,
    /// The masked number of the identity document.
    IdNumber,
    /// The document.
    Document,
    /// The city.
    City,
    /// The day of issue.
    Issued,
    /// The result: passed.
    Result,
}

/// How the receipts of one document look in one city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The title, Chinese. `{ document }` stands for the document's name.
    pub title: Sourced<String>,
    /// What the number is called, Chinese: 回执号, 图像号 …
    pub number_label: Sourced<String>,
    /// The lines, in their order.
    pub lines: Vec<Line>,
    /// The notes, the city's first.
    pub notes: Vec<Name>,
    /// The paper that is offered first.
    pub paper: Paper,
    /// The version of the rows that it comes from: the files' names and numbers, `guangdong.1 country.1`.
    pub version: String,
}

impl Look {
    /// The title for a document.
    #[must_use]
    pub fn title_of(&self, document: &Name) -> String {
        self.title.value.replace("{ document }", &document.zh)
    }
}

/// All templates.
#[derive(Clone, Debug)]
pub struct Templates {
    rows: BTreeMap<RegionCode, Vec<Row>>,
    default: Default,
}

/// What holds where no row says anything.
#[derive(Clone, Debug)]
struct Default {
    title: Sourced<String>,
    number_label: Sourced<String>,
    lines: Vec<Line>,
    paper: Paper,
}

/// The files that come with the crate, name without `.toml` and text.
#[must_use]
pub fn template_files() -> &'static [(&'static str, &'static str)] {
    row::BUILT_IN
}

impl Templates {
    /// The templates that come with the crate.
    ///
    /// # Errors
    /// [`PaperError::Template`] for a faulty file; a test holds that there is none.
    pub fn built_in() -> Result<Self, PaperError> {
        Self::read(row::BUILT_IN.iter().copied())
    }

    /// Reads files: name without `.toml`, and text. Their order does not matter.
    ///
    /// # Errors
    /// [`PaperError::Template`], naming the file and the key at fault; also where two rows of a place say the same about a
    /// document, or the country's row for any document leaves a value open.
    pub fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, PaperError> {
        let mut rows: BTreeMap<RegionCode, Vec<Row>> = BTreeMap::new();
        for (name, text) in files {
            for (region, row) in row::read(name, text)? {
                rows.entry(region).or_default().push(row);
            }
        }
        row::no_contradiction(&rows)?;
        let open = |key: &str| PaperError::Template {
            file: "country".to_owned(),
            why: format!("region 100000 without documents must give {key}"),
        };
        let general = rows.get(&RegionCode::COUNTRY).and_then(|rows| rows.iter().find(|row| row.is_general()));
        let general = general.ok_or_else(|| open("a row"))?;
        let default = Default {
            title: general.title.clone().ok_or_else(|| open("title"))?,
            number_label: general.number_label.clone().ok_or_else(|| open("number_label"))?,
            lines: general.lines.clone().ok_or_else(|| open("lines"))?,
            paper: general.paper.ok_or_else(|| open("paper"))?,
        };
        Ok(Self { rows, default })
    }

    /// How a document's receipt looks in a city: each value is the city's, else the province's, else the country's for the
    /// document, else the country's for any.
    #[must_use]
    pub fn of(&self, city: RegionCode, document: &str) -> Look {
        let mut places = vec![city, city.province(), RegionCode::COUNTRY];
        places.dedup();
        let of_place = |place: &RegionCode| self.rows.get(place).into_iter().flatten();
        let rows: Vec<&Row> = places
            .iter()
            .flat_map(of_place)
            .filter(|row| row.documents.iter().any(|d| d == document))
            .chain(of_place(&RegionCode::COUNTRY).filter(|row| row.is_general()))
            .collect();
        let mut version: Vec<&str> = Vec::new();
        for row in &rows {
            if !version.contains(&row.version.as_str()) {
                version.push(&row.version);
            }
        }
        Look {
            title: rows.iter().find_map(|r| r.title.clone()).unwrap_or_else(|| self.default.title.clone()),
            number_label: rows
                .iter()
                .find_map(|r| r.number_label.clone())
                .unwrap_or_else(|| self.default.number_label.clone()),
            lines: rows.iter().find_map(|r| r.lines.clone()).unwrap_or_else(|| self.default.lines.clone()),
            notes: rows.iter().flat_map(|r| r.notes.iter().cloned()).collect(),
            paper: rows.iter().find_map(|r| r.paper).unwrap_or(self.default.paper),
            version: version.join(" "),
        }
    }

    /// The places and documents that have a row of their own, with the place's code.
    pub fn pairs(&self) -> impl Iterator<Item = (RegionCode, &str)> {
        self.rows
            .iter()
            .flat_map(|(region, rows)| rows.iter().flat_map(|row| row.documents.iter()).map(|d| (*region, d.as_str())))
    }
}
