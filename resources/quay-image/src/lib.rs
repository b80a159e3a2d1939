//! quay-image
