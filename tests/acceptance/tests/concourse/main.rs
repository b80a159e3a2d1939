//! The pipelines that users take, on a real Concourse where the environment names one; `docs/concourse.md` tells how.

mod images;
mod path;
mod place;
mod services;
mod tools;
