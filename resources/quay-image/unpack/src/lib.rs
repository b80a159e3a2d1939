//! Unpacks the layers of an image into a root filesystem.
