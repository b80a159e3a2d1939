//! Concourse resource type: Helm releases in a Kubernetes cluster.
