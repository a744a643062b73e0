//! What the operator sets for a provider.

use serde::Deserialize;

use crate::address::AddressError;
use crate::client::Client;
use crate::secret::{SecretError, SecretPlace};

/// A provider: an `[[oidc]]` of the operator's file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OidcSettings {
    /// Its id, which stands in addresses and in the log. Accounts are linked by it: it does not change.
    pub id: String,
    /// What it is called.
    pub name: Shown,
    /// Its issuer, to the letter.
    pub issuer: String,
    /// What it knows us by.
    pub client_id: String,
    /// And the secret.
    pub secret: SecretPlace,
    /// How it is told the secret.
    #[serde(default)]
    pub authenticates: Authenticates,
    /// What is asked for.
    #[serde(default = "openid")]
    pub scopes: Vec<String>,
    /// Which claim says who somebody is. It must name one person for ever.
    #[serde(default = "sub")]
    pub subject: String,
    /// Whether the provider has held name and number of everybody against each other, so that its word counts as that.
    #[serde(default)]
    pub checks_number: bool,
}

/// A name in both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// How we show the provider that it is us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authenticates {
    /// In a header: `client_secret_basic`, what every provider has to take.
    #[default]
    Basic,
    /// In the form: `client_secret_post`.
    Post,
}

/// Why a provider can't be used. The operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum OidcSettingsError {
    /// The id.
    #[error("[[oidc]] id “{0}”: it takes 1 to 32 of a-z, 0-9 and “-”, is not “wechat”, and each provider has its own")]
    Id(String),
    /// The issuer.
    #[error("[[oidc]] {id} issuer: {error}")]
    Issuer {
        /// The provider.
        id: String,
        /// What is wrong with it.
        error: AddressError,
    },
    /// The scopes.
    #[error("[[oidc]] {0} scopes: openid has to be among them")]
    Scopes(String),
    /// The secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

fn openid() -> Vec<String> {
    vec!["openid".to_owned()]
}

fn sub() -> String {
    "sub".to_owned()
}

impl OidcSettings {
    /// Whether they can be used.
    ///
    /// # Errors
    /// [`OidcSettingsError`].
    pub fn check(&self, client: &Client) -> Result<(), OidcSettingsError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        // Links of accounts to WeChat stand under that name.
        if !(1..=32).contains(&self.id.len()) || !self.id.bytes().all(plain) || self.id == "wechat" {
            return Err(OidcSettingsError::Id(self.id.clone()));
        }
        if let Err(error) = client.check(&self.issuer) {
            return Err(OidcSettingsError::Issuer { id: self.id.clone(), error });
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            return Err(OidcSettingsError::Scopes(self.id.clone()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ClientSettings;
    use crate::settings::OutsideSettings;

    type Change = fn(&mut OidcSettings);

    const PAGE: &str = include_str!("../../../../docs/identity.md");

    fn documented() -> OidcSettings {
        let text = PAGE.split("```toml").nth(1).unwrap().split("```").next().unwrap();
        OutsideSettings::from_toml(text).unwrap().oidc.remove(0)
    }

    #[test]
    fn the_documented_settings_can_be_used_and_wrong_ones_are_named() {
        let client = Client::new(ClientSettings::default()).unwrap();
        assert!(documented().check(&client).is_ok());
        let wrong: [(&str, Change); 5] = [
            ("“Province”", |it| it.id = "Province".to_owned()),
            ("“wechat”", |it| it.id = "wechat".to_owned()),
            ("only https is", |it| it.issuer = "http://id.province.example".to_owned()),
            ("10.1.2.3", |it| it.issuer = "https://10.1.2.3".to_owned()),
            ("openid has to be among them", |it| it.scopes.clear()),
        ];
        for (words, change) in wrong {
            let mut settings = documented();
            change(&mut settings);
            let error = settings.check(&client).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        let text = "[[oidc]]\nid = \"a\"\nissuer = \"https://a.example\"\ncolour = 1\n";
        assert!(OutsideSettings::from_toml(text).is_err());
    }
}
