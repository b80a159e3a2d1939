//! What the stub knows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use bytes::Bytes;
use serde_json::Value;

use super::QuayStub;
use super::clock::Clock;
use super::history::TagRow;
use super::scan::Scan;
use crate::image::media_type;

/// How long an OAuth token lasts where its maker does not choose: ten years.
const OAUTH_SECONDS: i64 = 315_576_000;

type Change = Box<dyn FnOnce(&mut Repository, i64) + Send>;

/// Everything; one lock holds it.
#[derive(Default)]
pub(super) struct State {
    pub(super) clock: Clock,
    pub(super) organizations: BTreeMap<String, Organization>,
    pub(super) repositories: BTreeMap<String, Repository>,
    pub(super) oauth_tokens: BTreeMap<String, OauthToken>,
    pub(super) registry_tokens: BTreeMap<String, RegistryToken>,
    /// Application-specific tokens of the owner's.
    pub(super) app_tokens: BTreeSet<String>,
    /// Passwords of federated robots, with robot and end.
    pub(super) federated_passwords: BTreeMap<String, (String, i64)>,
    /// Changes to make right after a page of a repository's tags was served.
    pub(super) after_pages: Vec<(String, usize, Change)>,
    /// The most tags a page, where a test wants fewer than Quay's hundred.
    pub(super) page_rows: Option<usize>,
    /// What the scanner finds in images that are pushed.
    pub(super) first_scan: Option<Scan>,
    immutable_tags: bool,
    last_number: u64,
}

/// An organization, or a user's namespace.
#[derive(Clone, Debug, Default)]
pub(super) struct Organization {
    /// By their full name, `organization+robot`.
    pub(super) robots: BTreeMap<String, Robot>,
    /// The members of each team.
    pub(super) teams: BTreeMap<String, BTreeSet<String>>,
    pub(super) prototypes: Vec<Value>,
}

#[derive(Clone, Debug)]
pub(super) struct Robot {
    pub(super) password: String,
    /// Objects of `issuer` and `subject`.
    pub(super) federation: Vec<Value>,
}

#[derive(Clone, Debug)]
pub(super) struct OauthToken {
    pub(super) organization: String,
    pub(super) scopes: BTreeSet<String>,
    pub(super) end: i64,
}

/// A token of `/v2/auth`.
#[derive(Clone, Debug)]
pub(super) struct RegistryToken {
    pub(super) service: String,
    /// The actions for each repository.
    pub(super) access: BTreeMap<String, BTreeSet<String>>,
    pub(super) end: i64,
}

/// A repository.
#[derive(Clone, Debug, Default)]
pub struct Repository {
    /// Its description, Markdown.
    pub description: String,
    /// Whether everybody may read it.
    pub is_public: bool,
    /// `NORMAL`, `READ_ONLY` or `MIRROR`; empty stands for the first.
    pub state: String,
    /// Every row of every tag, oldest first.
    pub tags: Vec<TagRow>,
    /// Every manifest that was pushed, by digest.
    pub manifests: BTreeMap<String, Manifest>,
    /// Roles of users and robots.
    pub users: BTreeMap<String, String>,
    /// Roles of teams.
    pub teams: BTreeMap<String, String>,
    /// Notifications, as the API shows them.
    pub notifications: Vec<Value>,
    /// Auto-prune policies, as the API shows them.
    pub prune_policies: Vec<Value>,
    /// Policies that make tags immutable, as the API shows them.
    pub immutability_policies: Vec<Value>,
    /// The mirror's configuration, as the API shows it, and its password, which the API does not.
    pub mirror: Option<Value>,
    /// Whether the feature is on.
    pub(super) immutable_tags: bool,
}

/// A manifest that was pushed.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    /// Its media type.
    pub media_type: String,
    /// The manifest itself.
    pub bytes: Bytes,
    /// The same, as JSON.
    pub content: Value,
    /// Seconds after which its tags expire, by label or annotation.
    pub expires_after: Option<i64>,
    /// Its labels, of the image and of the API.
    pub labels: Vec<Label>,
    /// What the scanner answers, one after the other.
    pub scans: VecDeque<Scan>,
}

/// A label of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its id.
    pub id: String,
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// `manifest` or `api`.
    pub source: String,
    /// `text/plain` or `application/json`.
    pub media_type: String,
}

impl Manifest {
    /// Has the scanner answer so, if it is an image.
    pub(super) fn scanned_as(mut self, scan: Option<Scan>) -> Self {
        if let Some(scan) = scan.filter(|_| self.is_image()) {
            self.scans = VecDeque::from([scan]);
        }
        self
    }
}

impl State {
    pub(super) fn new(immutable_tags: bool) -> Self {
        let organizations = BTreeMap::from([("acme".to_owned(), Organization::default())]);
        Self { organizations, immutable_tags, ..Self::default() }
    }

    /// Returns something that was not there before, in a UUID's form.
    pub(super) fn new_id(&mut self) -> String {
        self.last_number += 1;
        format!("00000000-0000-4000-8000-{:012x}", self.last_number)
    }

    /// Makes a repository if there is none, with the roles that its organization's prototypes give.
    pub(super) fn create_repository(&mut self, name: &str) -> &mut Repository {
        let organization = name.split_once('/').map_or(name, |(organization, _)| organization);
        let prototypes = self.organizations.entry(organization.into()).or_default().prototypes.clone();
        let immutable_tags = self.immutable_tags;
        self.repositories.entry(name.into()).or_insert_with(|| {
            let mut repository =
                Repository { state: "NORMAL".into(), immutable_tags, ..Repository::default() };
            for prototype in prototypes {
                let delegate = &prototype["delegate"];
                let roles =
                    if delegate["kind"] == "team" { &mut repository.teams } else { &mut repository.users };
                roles.insert(text(&delegate["name"]), text(&prototype["role"]));
            }
            repository
        })
    }

    /// Makes a robot if there is none, and returns its password.
    pub(super) fn create_robot(&mut self, name: &str) -> String {
        let (organization, _) = name.split_once('+').expect("a robot's name, `organization+robot`");
        let password = format!("robot-password-{}", self.new_id());
        let robots = &mut self.organizations.entry(organization.into()).or_default().robots;
        robots.entry(name.into()).or_insert(Robot { password, federation: Vec::new() }).password.clone()
    }

    pub(super) fn create_oauth_token(&mut self, organization: &str, scopes: &str) -> String {
        let token = format!("oauth{}", self.new_id().replace('-', ""));
        let scopes = scopes.split(' ').map(String::from).collect();
        let end = self.clock.now() + OAUTH_SECONDS;
        self.oauth_tokens
            .insert(token.clone(), OauthToken { organization: organization.into(), scopes, end });
        token
    }

    pub(super) fn expire_tokens(&mut self) {
        let now = self.clock.now();
        let ends = self.oauth_tokens.values_mut().map(|token| &mut token.end);
        ends.chain(self.registry_tokens.values_mut().map(|token| &mut token.end)).for_each(|end| *end = now);
    }

    pub(super) fn robot(&self, name: &str) -> Option<&Robot> {
        let (organization, _) = name.split_once('+')?;
        self.organizations.get(organization)?.robots.get(name)
    }

    pub(super) fn robot_mut(&mut self, name: &str) -> Option<&mut Robot> {
        let (organization, _) = name.split_once('+')?;
        self.organizations.get_mut(organization)?.robots.get_mut(name)
    }

    /// Returns who logs in to the registry with a name and password: the owner, a robot, or the owner by a token.
    pub(super) fn login(&self, name: &str, password: &str) -> Option<String> {
        let now = self.clock.now();
        let owner = QuayStub::OWNER.0;
        let known = match name {
            "$oauthtoken" => self.oauth_tokens.get(password).is_some_and(|token| token.end > now),
            "$app" => self.app_tokens.contains(password),
            _ => {
                let robot = self.robot(name).is_some_and(|robot| robot.password == password);
                let federated = self.federated_passwords.get(password);
                let federated = federated.is_some_and(|(robot, end)| robot == name && *end > now);
                (name, password) == QuayStub::OWNER || robot || federated
            }
        };
        let user = if name.starts_with('$') { owner } else { name };
        known.then(|| user.to_owned())
    }

    /// Tells whether a user may make repositories in an organization.
    pub(super) fn may_create(&self, user: &str, organization: &str) -> bool {
        let creators = self.organizations.get(organization).and_then(|found| found.teams.get("creators"));
        user == QuayStub::OWNER.0 || creators.is_some_and(|members| members.contains(user))
    }

    /// Returns the greatest role that a user has in a repository, itself or by a team: 0 none, 1 read, 2 write, 3 admin.
    pub(super) fn role(&self, user: Option<&str>, name: &str) -> u8 {
        let Some(repository) = self.repositories.get(name) else { return 0 };
        let public = u8::from(repository.is_public);
        let Some(user) = user else { return public };
        if user == QuayStub::OWNER.0 {
            return rank("admin");
        }
        let organization =
            name.split_once('/').and_then(|(organization, _)| self.organizations.get(organization));
        let teams = organization.into_iter().flat_map(|organization| &organization.teams);
        let of_user = |(_, members): &(&String, &BTreeSet<String>)| members.contains(user);
        let by_team = teams.filter(of_user).filter_map(|(team, _)| repository.teams.get(team));
        let roles = by_team.chain(repository.users.get(user)).map(|role| rank(role));
        roles.max().unwrap_or_default().max(public)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "State({} repositories)", self.repositories.len())
    }
}

impl Manifest {
    /// Returns the descriptors of an index's manifests; none for what is no index.
    pub fn children(&self) -> &[Value] {
        self.content["manifests"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Tells whether it is an index.
    pub fn is_index(&self) -> bool {
        self.content["manifests"].is_array()
    }

    /// Tells whether it is an image, so neither an index nor an artifact.
    pub fn is_image(&self) -> bool {
        let config = self.content["config"]["mediaType"].as_str().unwrap_or_default();
        config == media_type::CONFIG || config == media_type::DOCKER_CONFIG
    }

    /// Returns the compressed size of its layers in bytes; none for indexes.
    pub fn layers_size(&self) -> Option<u64> {
        let layers = self.content["layers"].as_array()?;
        Some(layers.iter().filter_map(|layer| layer["size"].as_u64()).sum())
    }
}

/// Orders roles.
pub(super) fn rank(role: &str) -> u8 {
    match role {
        "read" => 1,
        "write" => 2,
        "admin" => 3,
        _ => 0,
    }
}

/// Returns a JSON string's text.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
