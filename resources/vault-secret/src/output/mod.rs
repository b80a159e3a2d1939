//! The files that a get writes: one module per format.

mod defaults;
mod files;
mod flat;
mod helm_values;
mod json;
mod kubeconfig;
mod kubernetes_secret;
mod lines;
mod metadata;
mod pem;
mod pkcs12;
mod render;
mod template;
mod toml;
mod yaml;

pub(crate) use render::{Rendered, render};
