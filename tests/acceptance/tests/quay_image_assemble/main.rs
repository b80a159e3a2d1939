//! `out` of quay-image with `assemble`: folders and a base in, an image in a real registry out.

mod bases;
mod desk;
mod documented;
mod mistakes;
mod place;
mod round_trip;
