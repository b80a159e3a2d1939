//! Verifies and makes cosign signatures of images and charts.
