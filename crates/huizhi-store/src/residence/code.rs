//! The code that shows a residence: drawn for a few minutes after its holder agreed, and read by windows.

use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, DeclarationId, OfficeId, StaffId};
use huizhi_domain::residence::{Details, PassClaims, PassError, Rules, Standing, read_pass, to_be_signed};
use serde_json::Value;

use crate::db::change;
use crate::{Result, Store};

/// A code that was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResidenceCode {
    /// The signed text.
    pub token: String,
    /// What it says.
    pub claims: PassClaims,
    /// Until when more of them are drawn.
    pub shown_until: Moment,
}

/// What a scanned code is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassRead {
    /// It is good, and what it says holds still.
    Good(PassClaims),
    /// Its minutes are over.
    Over,
    /// It was good, but the residence is not any more.
    NoMore,
    /// It is no code of ours, or was changed.
    NotOurs,
}

impl Store {
    /// Notes that its holder agrees that whoever scans the code sees what it says, for some minutes.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] where it is not in force.
    pub async fn show_residence(&self, account: AccountId, id: DeclarationId, rules: &Rules) -> Result<()> {
        let entry = self.entry(Actor::Citizen, "residence.shown", &id, &[("consent", "code".into())]);
        let (until, today, keys) = (entry.at.after_ms(rules.shown_ms()), self.today(), self.0.keys.clone());
        change!(self.0.db, residence::show(keys, account, id, until, today, entry))
    }

    /// Draws a code of a residence; `None` where it is not in force, or its holder has not agreed to show it now.
    ///
    /// # Errors
    /// [`crate::StoreError::Seal`].
    pub async fn residence_pass(
        &self,
        account: AccountId,
        id: DeclarationId,
        rules: &Rules,
    ) -> Result<Option<ResidenceCode>> {
        let (now, today) = (self.now(), self.today());
        let Some(found) = self.residence_of(account, id).await? else { return Ok(None) };
        let (Some(last), Some(shown_until)) = (found.valid_until, found.shown_until) else { return Ok(None) };
        if found.standing(today) != Standing::Valid || now >= shown_until {
            return Ok(None);
        }
        let Details { subject, address, .. } = found.details;
        let iat = now.0.div_euclid(1000);
        let claims = PassClaims {
            v: 1,
            r: id,
            n: subject.name.masked(),
            l: subject.number.last_four().to_owned(),
            c: address.city,
            q: address.district,
            u: last,
            iat,
            exp: iat + rules.code_ms() / 1000,
        };
        let signer = &self.0.keys.signer;
        let token = signer.token(&to_be_signed(&claims, signer.id()));
        Ok(Some(ResidenceCode { token, claims, shown_until }))
    }

    /// What a scanned code is worth in this moment.
    ///
    /// # Errors
    /// [`crate::StoreError::Seal`].
    pub async fn read_residence_pass(&self, token: &str) -> Result<PassRead> {
        let claims = match read_pass(&self.0.keys.verifier, token.trim(), self.now()) {
            Ok(claims) => claims,
            Err(PassError::Over) => return Ok(PassRead::Over),
            Err(PassError::Token(_)) => return Ok(PassRead::NotOurs),
        };
        let found = self.residence(claims.r).await?;
        let holds = found.is_some_and(|it| it.standing(self.today()) == Standing::Valid);
        Ok(if holds { PassRead::Good(claims) } else { PassRead::NoMore })
    }

    /// Notes that a window verified a residence, which its holder is shown.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn residence_verified(&self, id: DeclarationId, staff: StaffId, office: OfficeId) -> Result<()> {
        let detail = [("office".to_owned(), Value::from(office.to_string()))].into_iter().collect();
        self.log(Actor::Staff(staff), "residence.verified", &id.to_string(), detail).await
    }
}
