//! Images as folders and files.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::content::{Blob, Content};
use super::entry::Entry;
use super::media_type;

impl Content {
    /// Writes an OCI layout folder whose index names this content by `tag`.
    ///
    /// # Panics
    ///
    /// When the folder cannot be written, as the other writers do.
    pub fn write_layout(&self, folder: &Path, tag: &str) {
        for (name, bytes) in self.layout(tag) {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().expect("a file in the folder")).expect("a folder of the layout");
            fs::write(&path, bytes)
                .unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
        }
    }

    /// Writes an OCI layout as one tar archive.
    pub fn write_oci_archive(&self, file: &Path, tag: &str) {
        write_tar(file, self.layout(tag));
    }

    /// Writes what `docker save` writes: `manifest.json`, the config and uncompressed layers, tagged `name`
    /// (as in `acme/app:1.2.3`). Layers must be given uncompressed, in the image's order.
    pub fn write_docker_archive(&self, file: &Path, name: &str, layers: &[Vec<u8>]) {
        let config = self.blobs.last().expect("an image has a config");
        let config_name = format!("{}.json", hex(config));
        let names: Vec<String> =
            (0..layers.len()).map(|number| format!("layer-{number}/layer.tar")).collect();
        let manifest = json!([{"Config": config_name, "RepoTags": [name], "Layers": names}]);
        let mut files = vec![
            ("manifest.json".to_owned(), manifest.to_string().into_bytes()),
            (config_name, config.bytes.to_vec()),
        ];
        files.extend(names.into_iter().zip(layers.iter().cloned()));
        write_tar(file, files);
    }

    /// Returns the files of an OCI layout, each with its name.
    fn layout(&self, tag: &str) -> Vec<(String, Vec<u8>)> {
        let mut descriptor = self.descriptor();
        descriptor["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
        let index: Value =
            json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": [descriptor]});
        let mut files = vec![
            ("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()),
            ("index.json".to_owned(), index.to_string().into_bytes()),
        ];
        files.extend(
            self.all_blobs().iter().map(|blob| (format!("blobs/sha256/{}", hex(blob)), blob.bytes.to_vec())),
        );
        files
    }
}

fn hex(blob: &Blob) -> &str {
    blob.digest.trim_start_matches("sha256:")
}

fn write_tar(path: &Path, files: Vec<(String, Vec<u8>)>) {
    let mut archive = Vec::new();
    for (name, bytes) in files {
        Entry::file(name, bytes).write_to(&mut archive);
    }
    archive.extend([0; 1024]);
    fs::write(path, archive).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
