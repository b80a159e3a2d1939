//! Robots that log in with another issuer's token instead of a password.

use kit::Secret;
use serde::Deserialize;

use crate::client::{Result, accepted};
use crate::{Cause, Client, Credentials, QuayError, Scope};

const LARGEST_ANSWER: u64 = 64 * 1024;

#[derive(Deserialize)]
struct Answer {
    token: Secret,
}

impl Client {
    /// Exchanges an OIDC token, as Concourse issues them, for a password of `robot` that lasts for one hour.
    ///
    /// The robot's federation must name the token's issuer and subject.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses the token.
    pub async fn robot_password(&self, robot: &str, token: &Secret) -> Result<Secret> {
        let exchange = async {
            let url = self.url(["oauth2", "federation", "robot", "token"]).await?;
            let response = self.http().get(url).basic(robot, token).no_retry().send().await?;
            let answer: Answer = accepted(response).await?.json(LARGEST_ANSWER).await?;
            Ok::<_, Cause>(answer.token)
        };
        exchange.await.map_err(|cause| {
            let action = format!(
                "log in as the robot `{robot}` with the given OIDC token (its federation must name the token's issuer \
                 and subject, and the token must not have ended)"
            );
            QuayError::new(action, cause, Scope::Read, &Credentials::Anonymous)
        })
    }
}
