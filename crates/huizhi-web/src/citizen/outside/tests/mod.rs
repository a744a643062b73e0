//! Signing in through a provider that behaves, and through one that does not.

mod form;
mod provider;
mod story;

use huizhi_domain::clock::Moment;
use huizhi_outside::{Journey, Oidc, OidcError};

use crate::citizen::tests::{Says, Service};
use form::fields;
use provider::{Lie, Provider};

const BACK: &str = "http://localhost:8080/sign-in/with/province";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

#[test]
fn pages_render() {
    use super::{FailedView, GoView, link, sign_in};
    crate::page::tests::renders::<GoView>();
    crate::page::tests::renders::<FailedView>();
    crate::page::tests::renders::<sign_in::WaysView>();
    crate::page::tests::renders::<sign_in::UnknownView>();
    crate::page::tests::renders::<link::LinksView>();
    crate::page::tests::renders::<link::OfferView>();
}

#[test]
fn a_code_is_the_same_however_it_is_typed() {
    for typed in ["0123456789ab", "O123 4567-89ab", "oI23456789AB ", "０l23456789Ａｂ"] {
        assert_eq!(super::link::plain(typed), "0123456789AB", "{typed}");
    }
}

/// One sign-in, from the browser's leaving to who it is.
async fn visit(provider: &Provider, oidc: &Oidc, now: Moment) -> Result<String, OidcError> {
    let journey = Journey { state: "state", nonce: "nonce", verifier: VERIFIER };
    let address = oidc.address(BACK, &journey, now).await?;
    let code = fields(provider.agrees(&address).split_once('?').unwrap().1)["code"].clone();
    oidc.subject(&code, BACK, &journey, now).await
}

#[tokio::test]
async fn a_token_counts_only_where_everything_in_it_holds() {
    let service = Service::new(Says::Fits).await;
    let provider = Provider::open(service.app.store.clone()).await;
    let outside = provider.outside("");
    let (oidc, now) = (&outside.oidc[0], service.app.store.now());
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        provider.signs(algorithm);
        assert_eq!(visit(&provider, oidc, now).await.unwrap(), "somebody", "{algorithm}");
    }
    for algorithm in ["RS256", "EdDSA"] {
        provider.signs(algorithm);
        for (lie, code) in [
            (Lie::Nonce, "token-nonce"),
            (Lie::Audience, "token-audience"),
            (Lie::Party, "token-audience"),
            (Lie::Issuer, "token-issuer"),
            (Lie::Expired, "token-expired"),
            (Lie::Early, "token-early"),
            (Lie::Unsigned, "token-algorithm"),
            (Lie::Shared, "token-algorithm"),
            (Lie::OtherAlgorithm, "token-algorithm"),
            (Lie::Critical, "token-algorithm"),
            (Lie::Signature, "token-signature"),
            (Lie::UnknownKey, "token-key"),
            (Lie::NoSubject, "token-subject"),
        ] {
            provider.lies(lie);
            let error = visit(&provider, oidc, now).await.unwrap_err();
            println!("{algorithm} {lie:?} → {error}");
            assert_eq!(error.code(), code, "{algorithm} {lie:?}");
        }
        provider.lies(Lie::None);
    }
    assert_eq!(provider.asked("/keys"), 1, "unknown keys are no reason to ask more than once a minute");
}

#[tokio::test]
async fn clocks_may_be_a_minute_apart() {
    let service = Service::new(Says::Fits).await;
    let provider = Provider::open(service.app.store.clone()).await;
    let outside = provider.outside("");
    let now = service.app.store.now();
    for (ahead_s, known) in [(-60, true), (-61, false), (359, true), (360, false)] {
        let visited = visit(&provider, &outside.oidc[0], now.after_s(ahead_s)).await;
        assert_eq!(visited.is_ok(), known, "{ahead_s} s: {visited:?}");
    }
}

#[tokio::test]
async fn new_keys_are_fetched_when_they_are_met_and_at_most_once_a_minute() {
    let service = Service::new(Says::Fits).await;
    let provider = Provider::open(service.app.store.clone()).await;
    let outside = provider.outside("");
    let oidc = &outside.oidc[0];
    assert!(visit(&provider, oidc, service.app.store.now()).await.is_ok());
    provider.rotates();
    let error = visit(&provider, oidc, service.app.store.now()).await.unwrap_err();
    assert_eq!((error.code(), provider.asked("/keys")), ("token-key", 1));
    service.pass_ms(60_000);
    assert!(visit(&provider, oidc, service.app.store.now()).await.is_ok());
    assert_eq!(provider.asked("/keys"), 2);
}

#[tokio::test]
async fn a_provider_that_is_down_or_another_is_told_of_and_left_alone_for_a_moment() {
    let service = Service::new(Says::Fits).await;
    let provider = Provider::open(service.app.store.clone()).await;
    let outside = provider.outside("");
    let oidc = &outside.oidc[0];
    for lie in [(Lie::Down, "answer"), (Lie::OtherIssuer, "discovery-issuer")] {
        provider.lies(lie.0);
        let before = provider.asked("/.well-known/openid-configuration");
        let error = oidc.check(service.app.store.now()).await.unwrap_err();
        println!("{:?} → {error}", lie.0);
        assert_eq!(error.code(), lie.1);
        if lie.0 == Lie::Down {
            assert_eq!(oidc.check(service.app.store.now()).await.unwrap_err().code(), "down");
            assert_eq!(provider.asked("/.well-known/openid-configuration"), before + 1);
        }
        service.pass_ms(5_000);
    }
    provider.lies(Lie::None);
    assert!(oidc.check(service.app.store.now()).await.is_ok());
}

#[tokio::test]
async fn a_code_is_good_once_and_only_with_the_verifier_that_asked_for_it() {
    let service = Service::new(Says::Fits).await;
    let provider = Provider::open(service.app.store.clone()).await;
    let outside = provider.outside("");
    let (oidc, now) = (&outside.oidc[0], service.app.store.now());
    let journey = Journey { state: "state", nonce: "nonce", verifier: VERIFIER };
    let code = async || {
        let address = oidc.address(BACK, &journey, now).await.unwrap();
        fields(provider.agrees(&address).split_once('?').unwrap().1)["code"].clone()
    };
    let good = code().await;
    assert!(oidc.subject(&good, BACK, &journey, now).await.is_ok());
    assert_eq!(oidc.subject(&good, BACK, &journey, now).await.unwrap_err().code(), "code");
    let other = Journey { verifier: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", ..journey };
    assert_eq!(oidc.subject(&code().await, BACK, &other, now).await.unwrap_err().code(), "code");
    let elsewhere = "http://localhost:8080/sign-in/with/another";
    assert_eq!(oidc.subject(&code().await, elsewhere, &journey, now).await.unwrap_err().code(), "code");
}
