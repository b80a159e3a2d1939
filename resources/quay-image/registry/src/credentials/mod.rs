//! Who asks: a user, a token, or an identity that a cloud vouches for.

use crate::settings::Basic;
use kit::Secret;

/// Who asks a registry.
#[derive(Clone, Debug, Default)]
pub enum Credentials {
    /// Nobody in particular.
    #[default]
    Anonymous,
    /// A user with a password, which also gets tokens where the registry wants them.
    Basic(Basic),
    /// A token that the registry takes as it is.
    Bearer(Secret),
}
