//! Having Vault rotate a password of its own.

use kit::{Error, Result, report};
use serde_json::json;
use time::format_description::well_known::Rfc3339;

use super::Putter;
use super::outcome::{Outcome, What};
use crate::vault::{ApiPath, Call};

impl Putter<'_> {
    /// Rotates what is at a path whose name says that it rotates: nothing else is written that way.
    pub(super) async fn rotate(&self, path: &ApiPath) -> Result<Outcome> {
        if !path.parts().any(|part| part == "rotate" || part.starts_with("rotate-")) {
            return Err(Error::new(format!("`{path}` does not rotate anything")).hint(
                "paths that do are `database/rotate-root/<connection>`, `database/rotate-role/<role>`, `aws/config/rotate-root`, `transit/keys/<key>/rotate`",
            ));
        }
        let now = self.session.vault_without_token().now().format(&Rfc3339)?;
        let done = |text: String| Outcome {
            what: What::Done { verb: "rotated", path: path.to_string(), value: now.clone() },
            text,
        };
        if self.is_dry_run {
            report::info(format_args!("dry run: `{path}` would be rotated"));
            return Ok(done("dry run".into()));
        }
        let vault = self.session.vault().await?;
        // Never sent twice: each time the password changes.
        if let Err(error) = vault.send(&Call::write(path.clone(), json!({}))).await {
            return Err(self.session.explain(error).await);
        }
        report::info(format_args!("`{path}` rotated"));
        Ok(done(now.clone()))
    }
}
