//! Concourse resource type: secrets in Vault and OpenBao.
