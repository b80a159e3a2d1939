//! Having a credential made and storing it, while the stored one is not good enough.

use kit::{Error, Result, report};
use serde_json::Value;

use super::Putter;
use super::outcome::Outcome;
use crate::engines::{self, Access, Place};
use crate::params::{Issue, SecretMap, Write};
use crate::secret::{register, shape};
use crate::selection::{Item, Said, locate};
use crate::{certificate, missing};

impl Putter<'_> {
    /// Issues a credential into KV. A stored certificate that is good for a while yet is kept, so that a second run
    /// issues nothing.
    pub(super) async fn issue(&self, issue: &Issue) -> Result<Outcome> {
        let item = Item { name: issue.secret.name(), wanted: issue.secret.clone(), said: Said::Listed };
        let into = self.place(&issue.into).await?;
        if !matches!(into.access, Access::Versioned | Access::Read) {
            return Err(Error::new(format!("`{}` is no place in KV to store what is issued", issue.into)));
        }
        let existing = self.existing(&into).await?;
        let now = self.session.vault_without_token().now();
        if let Some(Value::String(pem)) = existing.data.get("certificate") {
            let (begin, end) = certificate::validity(pem)?;
            let before = issue
                .renew_before
                .map_or((end - begin) / 3, |before| time::Duration::seconds(before.seconds().cast_signed()));
            if end - now >= before {
                report::info(format_args!("the certificate at `{}` is good until {end}: kept", issue.into));
                return self
                    .write(&Write { data: SecretMap(existing.data), ..Write::to(issue.into.clone()) }, &into)
                    .await;
            }
        }
        let places = locate(self.session, std::slice::from_ref(&item)).await?;
        let [place] = places.as_slice() else {
            return Err(Error::new("the place to issue from is not known"));
        };
        if self.is_dry_run {
            report::info(format_args!(
                "dry run: `{}` would be issued and stored at `{}`",
                item.name, issue.into
            ));
            return self
                .write(&Write { data: SecretMap(existing.data), ..Write::to(issue.into.clone()) }, &into)
                .await;
        }
        self.issue_into(issue, &item, place, &into).await
    }

    async fn issue_into(&self, issue: &Issue, item: &Item, place: &Place, into: &Place) -> Result<Outcome> {
        let vault = self.session.vault().await?;
        let given = match engines::ask(self.session, &vault, place, &issue.secret).await {
            Ok(given) => given,
            Err(error) => return Err(missing::explained(self.session, place, error).await),
        };
        register(&given.data);
        let is_leased = given.lease.is_some();
        let values = shape(&issue.secret, &item.name, given.data)?;
        let data = values.into_iter().map(|(key, value)| (key, value.json())).collect();
        let outcome =
            self.write(&Write { data: SecretMap(data), ..Write::to(issue.into.clone()) }, into).await?;
        if is_leased {
            report::warn(format_args!(
                "what is stored at `{}` ends with its lease and the login's token",
                issue.into
            ));
            self.session.hand_out();
        }
        Ok(outcome)
    }
}
