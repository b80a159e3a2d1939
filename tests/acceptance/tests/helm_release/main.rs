//! helm-release against a real API server with its controllers, and the real Helm 3 and 4.

mod aborts;
mod canary;
mod charts;
mod checks;
mod diffs;
mod drift;
mod failures;
mod gets;
mod locks;
mod place;
mod post_render;
mod puts;
mod states;
mod values;
