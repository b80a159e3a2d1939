//! vault-secret against the real Vault, its engines and the servers behind them.

mod abort;
mod canary;
mod checks;
mod drop_in;
mod engines;
mod examples;
mod faults;
mod files;
mod jwt;
mod login;
mod login_aws;
mod login_kubernetes;
mod logins_wrapped;
mod puts;
mod setup;
