//! What to do about what Helm says, where that is known.

/// The same that [`ApiError`](crate::cluster::ApiError) says of these.
const CREDENTIALS: &str =
    "the cluster does not know these credentials: are they expired, or for another cluster?";
const REGISTRY_CREDENTIALS: &str = "the chart's registry wants credentials: give `username` and `password` for its host in `source.registries`";

/// Parts that a message of Helm's (or of the API server's, which it repeats) has, in lower case, and what helps then. The
/// first row that fits counts.
const ADVICE: [(&[&str], &str); 13] = [
    (&["unauthorized"], CREDENTIALS),
    (&["asked for the client to provide credentials"], CREDENTIALS),
    (
        &["kubernetes cluster unreachable"],
        "check the address, and whether the worker reaches it: `proxy_url` and `bastion` are ways around; `retry_for` says how \
         long a server that restarts is waited for",
    ),
    (
        &["namespaces \"", "\" not found"],
        "check `namespace`; `create_namespace: true` makes one that is not there, with an account that may",
    ),
    (
        &["is forbidden: user "],
        "give the account that right: docs/helm-release.md has a Role with what every put needs, and what the chart is made of \
         comes on top",
    ),
    (
        &["don't meet the specifications of the schema"],
        "correct the values that are named: the chart's `values.schema.json` refuses them",
    ),
    (
        &["cannot be imported into the current release"],
        "somebody else made an object of that name: `take_ownership: true` takes it over",
    ),
    (
        &["no matches for kind"],
        "the cluster does not know that kind: the CRD, or what brings it, must be installed before",
    ),
    (
        &["apply failed with", "conflict"],
        "somebody else has set that field: `force_conflicts: true` takes it back, and `drift` shows such changes",
    ),
    (
        &["field is immutable"],
        "the object must be made anew for that: delete it before, or let `force: true` do so",
    ),
    (&["credential not found"], REGISTRY_CREDENTIALS),
    (&["status code 401"], REGISTRY_CREDENTIALS),
    (&["not found", "index"], "check the chart's name and `version`; pre-releases count with `devel: true`"),
];

/// Returns what to do about a message.
pub(super) fn advice(message: &str) -> Option<&'static str> {
    let message = message.to_ascii_lowercase();
    let row = ADVICE.iter().find(|(parts, _)| parts.iter().all(|part| message.contains(part)));
    row.map(|(_, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helm_says_has_a_remedy() {
        let cases = [
            ("create: failed to create: namespaces \"shop\" not found", "`create_namespace: true`"),
            ("query: secrets is forbidden: User \"ci\" cannot list resource \"secrets\"", "Role"),
            (
                "Kubernetes cluster unreachable: the server has asked for the client to provide credentials",
                "expired",
            ),
            ("Kubernetes cluster unreachable: Get \"https://k8s\": connection refused", "`retry_for`"),
            (
                "values don't meet the specifications of the schema(s) in the following chart(s):\nshop:\n- replicas",
                "values.schema.json",
            ),
            ("chart \"app\" matching 9.9.9 not found in shop index", "`version`"),
        ];
        for (message, expected) in cases {
            assert!(advice(message).is_some_and(|advice| advice.contains(expected)), "{message}");
        }
        assert_eq!(advice("timed out waiting for the condition"), None);
    }
}
