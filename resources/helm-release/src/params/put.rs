//! The `params:` of a put.

use std::collections::BTreeMap;

use kit::{Flag, Secret, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Cascade, Crds, DependencyUpdate, DiffMode, DriftMode, Gate, OnFailure, Override, Paths, Pause,
    PostRender, PrivateRegistry, Ready, Rollback, ValuesFrom, Verify,
};
use crate::drift::DriftIgnore;

/// The `params:` of a put: what to change, and how.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("x-refused" = {
    "recreate_pods": "Helm 3 and 4 have no such option; let the chart put a checksum of its configuration into an annotation of the pods",
}))]
#[schemars(extend("x-ignored" = {
    "purge": "Helm 3 and 4 always purge; `keep_history` keeps the records",
}))]
pub struct PutParams {
    /// The chart: `repository/name`, `oci://…` (by tag or `@sha256:…`), `https://…tgz`, or a folder or `.tgz` of the
    /// inputs, also as a glob that matches one.
    pub chart: Option<String>,
    /// The chart's version, a range of versions, or a file of the inputs that holds either.
    pub version: Option<Text>,
    /// The namespace, or a file of the inputs that holds it.
    pub namespace: Option<Text>,
    /// The release, or a file of the inputs that holds it.
    pub release: Option<Text>,
    /// Make the namespace if it is not there.
    pub create_namespace: Flag,
    /// Labels of the namespace; set on each put. Makes the namespace if it is not there.
    pub namespace_labels: BTreeMap<String, Text>,
    /// Values files of the inputs; later ones win. Globs may match several.
    pub values: Paths,
    /// Leave out values files that are not there.
    pub skip_missing_values: Flag,
    /// Values written here, over those of `values`.
    pub values_inline: Map<String, Value>,
    /// Values out of artifacts and the cluster, over those of `values_inline`.
    pub values_from: Vec<ValuesFrom>,
    /// Single values, over everything else.
    pub override_values: Vec<Override>,
    /// Start from the values of the last revision.
    pub reuse_values: Flag,
    /// Start from the chart's values alone.
    pub reset_values: Flag,
    /// Start from the chart's values, then those of the last revision.
    pub reset_then_reuse_values: Flag,
    /// Skip the check of values against the chart's schema.
    pub skip_schema_validation: Flag,
    /// Wait until everything is ready, and explain what is not.
    #[schemars(extend("x-aliases" = ["wait_until_ready"]))]
    pub check_is_ready: Ready,
    /// Wait for jobs as well.
    pub wait_for_jobs: Flag,
    /// Seconds to pause after success.
    pub wait: Pause,
    /// How long Helm may take, as in `5m0s`.
    #[serde(default = "five_minutes")]
    pub timeout: Text,
    /// What to do with a release that could not be changed. `rollback` uninstalls where there is nothing to go back to.
    pub on_failure: Option<OnFailure>,
    /// The same as `on_failure: rollback` together with `check_is_ready`.
    pub atomic: Flag,
    /// Delete objects that a failed upgrade had made.
    pub cleanup_on_fail: Flag,
    /// Replace objects instead of patching them.
    pub force: Flag,
    /// Take over fields that others manage (server-side apply, Helm 4).
    pub force_conflicts: Flag,
    /// Take over objects of other releases.
    pub take_ownership: Flag,
    /// Take pre-releases too where no version is given.
    pub devel: Flag,
    /// Render and print, but change nothing.
    pub debug: Flag,
    /// What to do with the difference to the live release. `fail_on` and `skip_if_unchanged` compute it as well.
    pub diff: DiffMode,
    /// The same as `diff: show`.
    pub show_diff: Flag,
    /// The same as `diff: only`.
    #[schemars(extend("x-aliases" = ["exit_after_diff"]))]
    pub diff_only: Flag,
    /// Options of the helm-diff plugin: `--context N`, `--suppress KIND` and `--no-hooks` have an effect.
    pub diff_opts: Option<String>,
    /// A file below the inputs' folder that the difference is written to, for runners that keep it.
    pub diff_file: Option<String>,
    /// Fail instead of making changes of these kinds.
    pub fail_on: Vec<Gate>,
    /// Change nothing where chart, values and rendered objects are those of the last revision.
    pub skip_if_unchanged: Flag,
    /// What to do where live objects differ from the last revision.
    pub drift: DriftMode,
    /// What drift detection leaves out, beside the source's `drift_ignore`.
    pub drift_ignore: Vec<DriftIgnore>,
    /// Uninstall first. Loses the release's history.
    pub replace: Flag,
    /// Run the release's tests: `true` alone, without a chart, or after a change with `test_after`.
    pub test: Flag,
    /// Run the release's tests after a successful change.
    pub test_after: Flag,
    /// Show the tests' logs.
    pub test_logs: Flag,
    /// Run only these tests; names with `!` in front are left out.
    pub test_filters: Vec<String>,
    /// A failed test is a warning.
    pub ignore_test_failures: Flag,
    /// Uninstall the release.
    #[schemars(extend("x-aliases" = ["delete"]))]
    pub uninstall: Flag,
    /// It is no error if the release to uninstall is not there.
    pub ignore_not_found: Flag,
    /// Keep the records of an uninstalled release.
    pub keep_history: Flag,
    /// How dependents go when the release is uninstalled.
    pub cascade: Option<Cascade>,
    /// Delete the namespace after the release. Never `default` nor `kube-…`.
    pub delete_namespace: Flag,
    /// Go back to a revision.
    pub rollback: Option<Rollback>,
    /// Recover a release that a killed run left pending, once its record is this old: `15m`. Off without it.
    #[schemars(extend("x-aliases" = ["unlock_after"]))]
    pub recover_after: Option<Text>,
    /// What to do while another run changes the release: `true` waits up to `timeout`.
    pub wait_for_lock: Option<Flag>,
    /// Whether CRDs of the chart's `crds/` folder are made.
    pub crds: Crds,
    /// Run no hooks.
    pub no_hooks: Flag,
    /// Labels of the release's record.
    pub labels: BTreeMap<String, Text>,
    /// What the release's history says of the change. By default the build's URL.
    pub description: Option<String>,
    /// When to fetch the dependencies of a chart in a folder.
    pub dependency_update: DependencyUpdate,
    /// Changes to the rendered objects.
    pub post_render: Option<PostRender>,
    /// A program within the chart's folder that changes the rendered objects.
    pub post_renderer: Option<String>,
    /// Who must have signed the chart.
    pub verify: Option<Verify>,
    /// A registry login made with a cloud's keys.
    pub private_registry: Option<PrivateRegistry>,
    /// OCI registries, beside the source's.
    pub registries: Vec<crate::source::Registry>,
    /// A kubeconfig's text.
    pub kubeconfig: Option<Secret>,
    /// A kubeconfig among the inputs.
    pub kubeconfig_path: Option<String>,
    /// A file of the inputs with the bearer token.
    pub token_path: Option<String>,
}

fn five_minutes() -> Text {
    "5m0s".into()
}
