//! `post_render`: changes to the rendered objects, as a kustomization names them.

use std::collections::BTreeMap;

use kit::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Changes to the rendered objects before they are applied. Done natively: no kustomize is run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PostRender {
    /// A folder of the inputs with a `kustomization.yaml`, of which patches, images, replicas, labels and annotations
    /// are used; anything else in it is refused by name.
    pub kustomize: Option<String>,
    /// Patches: JSON patches, or strategic merge patches.
    pub patches: Vec<Patch>,
    /// Other names, tags or digests for images.
    pub images: Vec<ImageOverride>,
    /// Labels for every object.
    pub common_labels: BTreeMap<String, Text>,
    /// Annotations for every object.
    pub common_annotations: BTreeMap<String, Text>,
}

/// A patch and the objects that it is for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// A list of JSON patch operations, or a part of an object; as YAML text or as it is.
    #[serde(default)]
    pub patch: Option<Value>,
    /// A file with the same, below the kustomization.
    #[serde(default)]
    pub path: Option<String>,
    /// Which objects; for a part of an object, by default the one of its kind and name.
    #[serde(default)]
    pub target: Option<PatchTarget>,
}

/// Which objects. What is not given fits all; names are regular expressions that match as a whole.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PatchTarget {
    /// API group.
    pub group: Option<String>,
    /// API version.
    pub version: Option<String>,
    /// Kind.
    pub kind: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Namespace.
    pub namespace: Option<String>,
    /// Labels, as in `app=web,tier=front`.
    pub label_selector: Option<String>,
    /// Annotations, in the same way.
    pub annotation_selector: Option<String>,
}

/// Another name, tag or digest for an image.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ImageOverride {
    /// The image's name as the chart writes it, without tag and digest.
    pub name: String,
    /// Another name.
    #[serde(rename = "newName")]
    #[schemars(extend("x-aliases" = ["new_name"]))]
    pub new_name: Option<String>,
    /// Another tag.
    #[serde(rename = "newTag")]
    #[schemars(extend("x-aliases" = ["new_tag"]))]
    pub new_tag: Option<Text>,
    /// A digest, in the place of any tag.
    pub digest: Option<String>,
    /// A quay-image artifact that tells name and digest.
    pub artifact: Option<String>,
}
