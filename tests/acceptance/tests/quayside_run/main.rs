//! `quayside run` and what surrounds it, as somebody types them.

mod aborts;
mod all;
mod desk;
mod folders;
mod looks;
mod refusals;
mod schemas;
mod secrets;
mod steps;
mod tasks;
mod versions;
mod webhooks;
