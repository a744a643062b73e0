//! Photos with a known answer, put before reviewers now and then to see whether they look.

use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;
use huizhi_domain::review::{self, Opinion};
use huizhi_domain::words::Lang;
use huizhi_photo::rejection::Rejections;
use huizhi_photo::spec::Catalog;
use huizhi_store::NewOrder;

use super::place::Places;
use super::run::runtime;
use crate::{Exit, UsageError};

/// What can be done about probes.
#[derive(Subcommand, Debug)]
pub enum ProbeCommand {
    /// Add a photo with a known answer; the running service judges it, and each reviewer meets it once, among others
    Add {
        /// The photo, which its person agreed to be used so
        photo: PathBuf,
        /// What a reviewer should say: `accept`, or rejection codes with commas between
        #[arg(long)]
        expect: String,
        /// The document that it is judged for
        #[arg(long, default_value = "cn-resident-id")]
        document: String,
        /// Code of the city that reviewers see
        #[arg(long, default_value = "441300")]
        city: String,
        #[command(flatten)]
        places: Places,
    },
}

/// Does it.
pub fn probe(command: ProbeCommand) -> anyhow::Result<Exit> {
    let ProbeCommand::Add { photo, expect, document, city, places } = command;
    if Catalog::built_in()?.get(&document).is_none() {
        return Err(UsageError(format!("--document “{document}”: `huizhi photo documents` lists them")).into());
    }
    let expected = expected(&expect)?;
    let bytes = std::fs::read(&photo).with_context(|| format!("reading {}", photo.display()))?;
    runtime()?.block_on(async {
        let store = places.open().await?;
        let id = store.add_probe(NewOrder { document, city, lang: Lang::Zh }, &bytes, &expected).await?;
        println!("{id}");
        store.close().await;
        Ok(Exit::Fits)
    })
}

fn expected(text: &str) -> anyhow::Result<Opinion> {
    if text == "accept" {
        return Ok(Opinion::Accept);
    }
    let rejections = Rejections::built_in()?;
    let codes = text.split(',').map(|code| code.trim().to_owned()).collect();
    // A probe carries no reviewer's note, so the code that needs one is answered for here.
    let opinion = Opinion::Reject { codes, note: "probe".to_owned() };
    review::checked(opinion, &|code| rejections.get(code).is_some())
        .map_err(|error| UsageError(format!("--expect “{text}”: {error}; `accept`, or codes such as O01,L03")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_and_wrong_ones_named() {
        assert_eq!(expected("accept").unwrap(), Opinion::Accept);
        assert!(matches!(expected("O01, L03").unwrap(), Opinion::Reject { codes, .. } if codes == ["L03", "O01"]));
        let error = expected("nonsense").unwrap_err().to_string();
        assert!(error.contains("nonsense"), "{error}");
    }
}
