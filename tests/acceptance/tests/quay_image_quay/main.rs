//! What quay-image does with Quay's own API: on a stub of it, in front of a real registry.

mod access;
mod bad_input;
mod canary;
mod checks;
mod examples;
mod facts;
mod gates;
mod gates_in_check;
mod gates_in_put;
mod killed;
mod lifecycle;
mod pages;
mod place;
mod prune;
mod real;
mod restore;
mod settings;
mod throttling;
mod traps;
