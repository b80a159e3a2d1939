//! A shop of its own for each test, in the cluster of all.

use std::sync::{Arc, OnceLock};

use acceptance::program;
use shop::Shop;
use stack::Kubernetes;

/// The cluster of all tests, started by the first.
pub(crate) fn cluster() -> Arc<Kubernetes> {
    static CLUSTER: OnceLock<Arc<Kubernetes>> = OnceLock::new();
    CLUSTER.get_or_init(|| Arc::new(Kubernetes::start())).clone()
}

/// Opens a shop, with the programs of this workspace.
pub(crate) fn open() -> Shop {
    // The resource types are looked for beside quayside.
    let built = ["quay-image", "helm-release", "vault-secret", "quayside"].map(program);
    Shop::open(built[0].parent().expect("a program lies in a folder"), cluster())
}
