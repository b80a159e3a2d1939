//! The registry side of images: references, credentials, manifests, blobs and tags over HTTP.
