//! helm-release against a real API server with its controllers, and the real Helm 3 and 4.

mod aborts;
mod access;
mod bastion;
mod canary;
mod charts;
mod checks;
mod clouds;
mod diffs;
mod drift;
mod drivers;
mod drop_in;
mod examples;
mod failures;
mod faults;
mod gets;
mod locks;
mod namespaces;
mod place;
mod post_render;
mod puts;
mod repositories;
mod rights;
mod states;
mod values;
mod verified;
mod web;
