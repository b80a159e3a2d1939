//! The identity of AWS that a source names.

use kit::{Error, Result};
use oci_registry::{AccessKey, AwsIdentity, Ecr, Environment};

use super::Source;

impl Source {
    /// Returns the ECR registry, if the source names one by its region.
    ///
    /// # Errors
    /// When keys or roles contradict each other.
    pub(super) fn ecr(&self, environment: Environment) -> Result<Option<Ecr>> {
        let Some(region) = &self.aws_region else { return Ok(None) };
        let identity = AwsIdentity { key: self.aws_key()?, roles: self.aws_roles()? };
        Ok(Some(Ecr::new(region, self.aws_account_id.as_deref(), identity, environment)))
    }

    fn aws_key(&self) -> Result<Option<AccessKey>> {
        match (&self.aws_access_key_id, &self.aws_secret_access_key) {
            (Some(id), Some(secret)) => Ok(Some(AccessKey {
                access_key_id: id.clone(),
                secret_access_key: secret.clone(),
                session_token: self.aws_session_token.clone(),
            })),
            (None, None) => Ok(None),
            _ => Err(Error::new("`aws_access_key_id` and `aws_secret_access_key` belong together")
                .hint("give both, or neither to use the identity that AWS gives the worker")),
        }
    }

    fn aws_roles(&self) -> Result<Vec<String>> {
        match &self.aws_role_arn {
            Some(_) if !self.aws_role_arns.is_empty() => {
                Err(Error::new("`aws_role_arn` and `aws_role_arns` are both given")
                    .hint("put all roles into `aws_role_arns`, in the order in which they are assumed"))
            }
            Some(role) => Ok(vec![role.clone()]),
            None => Ok(self.aws_role_arns.clone()),
        }
    }
}
