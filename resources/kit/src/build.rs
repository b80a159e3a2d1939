//! What Concourse says of the build that a step runs in.

/// The `BUILD_*` environment of a step. Each is absent where Concourse sets none: one-off builds have no job, and
/// only an instanced pipeline has instance variables.
///
/// A `check` sees the values of whatever build made its container, and a `get` is served from a cache: they must
/// never steer a version or a fetched file. They are for labels, descriptions and messages of a `put`.
/// See <https://concourse-ci.org/implementing-resource-types.html#resource-metadata>.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildMetadata {
    /// `BUILD_ID`: unique in the whole Concourse.
    pub id: Option<String>,
    /// `BUILD_NAME`: the number within the job.
    pub name: Option<String>,
    /// `BUILD_JOB_NAME`.
    pub job: Option<String>,
    /// `BUILD_PIPELINE_NAME`.
    pub pipeline: Option<String>,
    /// `BUILD_PIPELINE_INSTANCE_VARS`: JSON.
    pub instance_vars: Option<String>,
    /// `BUILD_TEAM_NAME`.
    pub team: Option<String>,
    /// `BUILD_CREATED_BY`: only where the resource sets `expose_build_created_by`.
    pub created_by: Option<String>,
    /// `ATC_EXTERNAL_URL`: where Concourse's pages are.
    pub external_url: Option<String>,
    /// `BUILD_URL`, or the same put together from its parts on a Concourse before 8.0.
    pub url: Option<String>,
}

impl BuildMetadata {
    /// Reads the process's environment.
    pub fn from_environment() -> Self {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads the variables that `variable` knows.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut build = Self {
            id: given("BUILD_ID"),
            name: given("BUILD_NAME"),
            job: given("BUILD_JOB_NAME"),
            pipeline: given("BUILD_PIPELINE_NAME"),
            instance_vars: given("BUILD_PIPELINE_INSTANCE_VARS"),
            team: given("BUILD_TEAM_NAME"),
            created_by: given("BUILD_CREATED_BY"),
            external_url: given("ATC_EXTERNAL_URL"),
            url: given("BUILD_URL"),
        };
        build.url = build.url.take().or_else(|| build.url_from_parts());
        build
    }

    /// Tells whether Concourse runs this step.
    pub fn is_concourse(&self) -> bool {
        self.id.is_some() || self.external_url.is_some()
    }

    fn url_from_parts(&self) -> Option<String> {
        let base = self.external_url.as_deref()?.trim_end_matches('/');
        match (&self.team, &self.pipeline, &self.job, &self.name) {
            (Some(team), Some(pipeline), Some(job), Some(name)) => {
                Some(format!("{base}/teams/{team}/pipelines/{pipeline}/jobs/{job}/builds/{name}"))
            }
            _ => Some(format!("{base}/builds/{}", self.id.as_deref()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_put_together_where_concourse_gives_none() {
        let of = |pairs: &[(&str, &str)]| {
            BuildMetadata::read(|name| {
                pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
            .url
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("BUILD_URL", "http://ci/x")]).as_deref(), Some("http://ci/x"));
        let one_off = [("BUILD_ID", "7"), ("ATC_EXTERNAL_URL", "http://ci/")];
        assert_eq!(of(&one_off).as_deref(), Some("http://ci/builds/7"));
    }
}
