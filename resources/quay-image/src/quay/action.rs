//! What a put does.

use kit::{Error, Result};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::put::Params;

/// What a put does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Pushes an image.
    #[default]
    Push,
    /// Asks Quay's scanner about an image that is there, and fails if `scan` does not tolerate what it found.
    Scan,
    /// Deletes tags as `delete_tags` says.
    DeleteTags,
    /// Restores a tag to what it stood for earlier, as `restore` says.
    Restore,
    /// Makes the repository if it is not there, and its set-up what `settings` or `settings_file` say.
    EnsureRepository,
}

impl Action {
    /// Returns the word of the params.
    pub fn name(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Scan => "scan",
            Self::DeleteTags => "delete-tags",
            Self::Restore => "restore",
            Self::EnsureRepository => "ensure-repository",
        }
    }

    /// Checks that what is given is what the action takes. What would be passed over is a mistake.
    ///
    /// # Errors
    /// When something needed is missing, or something stands there for another action.
    pub fn check(self, params: &Params) -> Result<()> {
        for (name, given, of, needed) in Self::fields(params) {
            if given && !of.contains(&self) {
                let actions = of.iter().map(|of| format!("`action: {}`", of.name()));
                let actions = actions.collect::<Vec<_>>().join(" or ");
                return Err(Error::new(format!(
                    "`params.{name}` has no effect with `action: {}`",
                    self.name()
                ))
                .hint(format!("it is for {actions}")));
            }
            if needed && !given && of.contains(&self) {
                return Err(Error::new(format!("`params`: `{name}` is missing"))
                    .hint(format!("`action: {}` needs it", self.name())));
            }
        }
        if self == Self::EnsureRepository && params.settings.is_some() == params.settings_file.is_some() {
            return Err(Error::new("`action: ensure-repository` needs either `settings` or `settings_file`"));
        }
        Ok(())
    }

    /// Each field that is not for every action: its name, whether it is given, for which it is, and whether these
    /// need it.
    fn fields(params: &Params) -> [(&'static str, bool, &'static [Self], bool); 16] {
        const PUSH: &[Action] = &[Action::Push];
        const SCAN: &[Action] = &[Action::Scan];
        const SETTINGS: &[Action] = &[Action::Push, Action::EnsureRepository];
        [
            ("image", params.image.is_some(), PUSH, params.assemble.is_none()),
            ("assemble", params.assemble.is_some(), PUSH, false),
            ("version", params.version.is_some(), PUSH, false),
            ("additional_tags", params.additional_tags.is_some(), PUSH, false),
            ("annotations", !params.annotations.is_empty(), PUSH, false),
            ("labels", !params.labels.is_empty(), PUSH, false),
            ("expires_after", params.expires_after.is_some(), PUSH, false),
            ("sign", params.sign.is_some(), PUSH, false),
            ("tag_expiry", params.tag_expiry.is_some(), PUSH, false),
            ("immutable", params.immutable.get(), PUSH, false),
            ("quay_labels", !params.quay_labels.is_empty(), PUSH, false),
            ("restore", params.restore.is_some(), &[Self::Restore], true),
            ("tag", params.tag.is_some(), SCAN, false),
            ("digest", params.digest.is_some(), SCAN, false),
            ("settings", params.settings.is_some(), SETTINGS, false),
            (
                "delete_tags",
                params.delete_tags.is_some(),
                &[Self::Push, Self::DeleteTags],
                params.action == Self::DeleteTags,
            ),
        ]
    }
}
