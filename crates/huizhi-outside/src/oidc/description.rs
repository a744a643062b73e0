//! What a provider says of itself.

use serde::Deserialize;

use super::{Authenticates, OidcError};

/// The provider's description of itself (`OpenID` Connect Discovery 1.0), as far as it is needed.
#[derive(Clone, Debug, Deserialize)]
pub struct Description {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    #[serde(default)]
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl Description {
    /// Whether the provider says that it can do what is needed. What it does not speak of may still be there.
    ///
    /// # Errors
    /// [`OidcError::Without`].
    pub fn fits(&self, authenticates: Authenticates) -> Result<(), OidcError> {
        let lacks = |list: Option<&Vec<String>>, wanted: &[&str]| {
            list.is_some_and(|list| !list.iter().any(|it| wanted.contains(&it.as_str())))
        };
        if lacks(self.code_challenge_methods_supported.as_ref(), &["S256"]) {
            return Err(OidcError::Without("PKCE with S256"));
        }
        if lacks(self.id_token_signing_alg_values_supported.as_ref(), &["RS256", "ES256", "EdDSA"]) {
            return Err(OidcError::Without("RS256, ES256 or EdDSA"));
        }
        let (method, missing) = match authenticates {
            Authenticates::Basic => ("client_secret_basic", "client_secret_basic; set authenticates = \"post\""),
            Authenticates::Post => ("client_secret_post", "client_secret_post; set authenticates = \"basic\""),
        };
        if lacks(self.token_endpoint_auth_methods_supported.as_ref(), &[method]) {
            return Err(OidcError::Without(missing));
        }
        Ok(())
    }
}
