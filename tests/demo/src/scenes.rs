//! The scenes, in the order in which they are played.

mod gate;
mod image;
mod path;
mod release;
mod secret;

use crate::narrator::Narrator;

/// A scene by its name: it shows something, or says why it could not.
pub(crate) type Scene = fn(&Narrator) -> Result<(), String>;

pub(crate) const ALL: [(&str, Scene); 5] = [
    ("image", image::play),
    ("gate", gate::play),
    ("secret", secret::play),
    ("release", release::play),
    ("path", path::play),
];
