//! Concourse resource type: images in Quay and every other OCI registry.
