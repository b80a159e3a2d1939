//! The `assemble:` of a put's params.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use kit::{Context, Error, Inputs, Result, Secret, Text};
use oci_assemble::{Modes, Placed, Recipe};
use oci_registry::{Basic, Client, Credentials, Digest, Reference, Repository, Tag};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Assembly, BaseFrom};
use crate::put::merge;
use crate::put::params::{TextOrFile, given};
use crate::source::Source;

/// The tag of a base that names none.
const DEFAULT_TAG: &str = "latest";

/// An image to make of a base and folders.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assemble {
    /// What it is made on. Without it, on nothing: `scratch`.
    #[serde(default)]
    #[schemars(with = "BaseParams")]
    pub base: Option<BaseParams>,

    /// The folders and files to add, each as a layer, the lowest first.
    #[serde(default)]
    pub layers: Vec<LayerParams>,

    /// The program and its first arguments. `[]` removes the base's. The base's `cmd` goes with its entrypoint.
    #[serde(default)]
    #[schemars(with = "Vec<Text>")]
    pub entrypoint: Option<Vec<Text>>,

    /// The default arguments. `[]` removes the base's.
    #[serde(default)]
    #[schemars(with = "Vec<Text>")]
    pub cmd: Option<Vec<Text>>,

    /// Variables to set. What else the base sets stays.
    #[serde(default)]
    pub env: BTreeMap<String, Text>,

    /// Who runs the program: a name or number, with `:group` if need be.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub user: Option<Text>,

    /// The folder in which the program starts.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub working_dir: Option<Text>,

    /// Ports that the program listens on, as `8080` or `53/udp`.
    #[serde(default)]
    pub ports: Vec<Text>,

    /// Platforms, as `linux/arm64`. Several become an index. By default the base's, or that of `source.platform` where
    /// the base is an index or nothing.
    #[serde(default)]
    pub platforms: Vec<String>,

    /// The time of all files and of the image: seconds since 1970, or a date with its time. By default `0`.
    #[serde(default)]
    #[schemars(with = "TextOrFile")]
    pub source_date_epoch: Option<TextOrFile>,

    /// Where the source code is: a URL. With `revision` and the put's `version` it becomes a label and an annotation.
    #[serde(default)]
    #[schemars(with = "TextOrFile")]
    pub source: Option<TextOrFile>,

    /// The source code's revision, as in `{file: source/.git/ref}`.
    #[serde(default)]
    #[schemars(with = "TextOrFile")]
    pub revision: Option<TextOrFile>,
}

/// What an image is made on: either `path` or `repository`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseParams {
    /// An image among the inputs, as a get with `format: oci-layout` or `oci` writes it: `base/oci`. A glob that matches
    /// exactly one.
    #[serde(default)]
    #[schemars(with = "String")]
    pub path: Option<String>,

    /// Or one in a registry: `[host[:port]/]path`. On the source's own registry, the source's user reads it.
    #[serde(default)]
    #[schemars(with = "String")]
    pub repository: Option<String>,

    /// With `repository`: the tag. By default `latest`.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub tag: Option<Text>,

    /// With `repository`: the digest, which counts before the tag.
    #[serde(default)]
    #[schemars(with = "String")]
    pub digest: Option<String>,

    /// With `repository`: who reads it.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub username: Option<Text>,

    /// With `username`: the password or token.
    #[serde(default)]
    #[schemars(with = "Secret")]
    pub password: Option<Secret>,
}

/// A folder or file to add.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerParams {
    /// The folder or file, as `build/out`. A glob that matches exactly one.
    pub from: String,

    /// Where in the image the folder's content goes, or what the file is called there. By default `/`.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub to: Option<Text>,

    /// Whose all of it is: `user:group`, as numbers. By default `0:0`.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub owner: Option<Text>,

    /// What the modes become: `normal` is 0755 for folders and programs and 0644 for other files; `kept` is what they are.
    #[serde(default)]
    pub modes: ModesParam,

    /// The platform that it is for. By default all.
    #[serde(default)]
    #[schemars(with = "String")]
    pub platform: Option<String>,
}

/// What modes become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModesParam {
    /// 0755 and 0644.
    #[default]
    Normal,
    /// As they are.
    Kept,
}

impl Assemble {
    /// Reads what is meant, and the files that are named. `version` is that of what is packed.
    ///
    /// # Errors
    /// When something is not there, or can't be meant.
    pub(in crate::put) async fn assembly(
        &self,
        source: &Source,
        version: Option<String>,
        from: &Inputs,
    ) -> Result<Assembly> {
        let recipe = self.recipe(version.filter(|version| !version.is_empty()), from)?;
        let named =
            |(at, text): (usize, &String)| merge::platform(&format!("params.assemble.platforms[{at}]"), text);
        let platforms = self.platforms.iter().enumerate().map(named).collect::<Result<_>>()?;
        let base = match &self.base {
            Some(base) => base.find(source, from).await?,
            None => BaseFrom::Scratch,
        };
        Ok(Assembly { base, recipe, platforms, default_platform: source.platform(None) })
    }

    fn recipe(&self, version: Option<String>, from: &Inputs) -> Result<Recipe> {
        let read = |field: &str, text: &Option<TextOrFile>| {
            let text = text.as_ref().map(|text| text.read(from)).transpose();
            let text = text.context(|| format!("cannot read `params.assemble.{field}`"))?;
            Ok::<_, Error>(text.filter(|text| !text.is_empty()))
        };
        let layers = self.layers.iter().enumerate().map(|(at, layer)| {
            let place = format!("params.assemble.layers[{at}]");
            layer.placed(&place, from)
        });
        let port = |(at, text): (usize, &Text)| parse(&format!("params.assemble.ports[{at}]"), text.as_str());
        let source_date = read("source_date_epoch", &self.source_date_epoch)?;
        Ok(Recipe {
            layers: layers.collect::<Result<_>>()?,
            entrypoint: self.entrypoint.as_deref().map(texts),
            cmd: self.cmd.as_deref().map(texts),
            env: self.env()?,
            user: given(self.user.as_ref()).map(str::to_owned),
            working_dir: parse_given("params.assemble.working_dir", given(self.working_dir.as_ref()))?,
            labels: BTreeMap::new(),
            ports: self.ports.iter().enumerate().map(port).collect::<Result<_>>()?,
            source_date: parse_given("params.assemble.source_date_epoch", source_date.as_deref())?
                .unwrap_or_default(),
            source: read("source", &self.source)?,
            revision: read("revision", &self.revision)?,
            version,
        })
    }

    fn env(&self) -> Result<BTreeMap<String, String>> {
        let variable = |(name, text): (&String, &Text)| {
            if name.is_empty() || name.contains(['=', '\0']) {
                return Err(Error::new(format!("`params.assemble.env`: `{name}` is no name for a variable"))
                    .hint("a name is not empty and has no `=`"));
            }
            Ok((name.clone(), text.to_string()))
        };
        self.env.iter().map(variable).collect()
    }
}

impl LayerParams {
    fn placed(&self, place: &str, from: &Inputs) -> Result<Placed> {
        let found = from.glob_one(&self.from).and_then(|path| resolved(path, from));
        let platform = self.platform.as_deref().filter(|text| !text.is_empty());
        Ok(Placed {
            from: found.context(|| format!("`{place}.from` names nothing"))?,
            to: parse_given(&format!("{place}.to"), given(self.to.as_ref()))?.unwrap_or_default(),
            owner: parse_given(&format!("{place}.owner"), given(self.owner.as_ref()))?.unwrap_or_default(),
            modes: match self.modes {
                ModesParam::Normal => Modes::Normal,
                ModesParam::Kept => Modes::Kept,
            },
            platform: platform.map(|text| merge::platform(&format!("{place}.platform"), text)).transpose()?,
        })
    }
}

impl BaseParams {
    async fn find(&self, source: &Source, from: &Inputs) -> Result<BaseFrom> {
        let is_given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        match (is_given(&self.path), is_given(&self.repository)) {
            (Some(path), None) => {
                let path =
                    from.glob_one(&path).context(|| "`params.assemble.base.path` names no image".into())?;
                Ok(BaseFrom::Path { path, within: from.root().to_owned() })
            }
            (None, Some(repository)) => self.in_registry(&repository, source).await,
            (Some(_), Some(_)) => Err(Error::new("`params.assemble.base` has both `path` and `repository`")),
            (None, None) => Err(Error::new("`params.assemble.base` has neither `path` nor `repository`")
                .hint("leave `base` out for an image that is made on nothing")),
        }
    }

    async fn in_registry(&self, repository: &str, source: &Source) -> Result<BaseFrom> {
        let repository: Repository = parse("params.assemble.base.repository", repository)?;
        let tag: Option<Tag> = parse_given("params.assemble.base.tag", given(self.tag.as_ref()))?;
        let digest = self.digest.as_deref().filter(|text| !text.is_empty());
        let digest: Option<Digest> = parse_given("params.assemble.base.digest", digest)?;
        let reference = match (digest, tag) {
            (Some(digest), _) => Reference::Digest(digest),
            (None, Some(tag)) => Reference::Tag(tag),
            (None, None) => Reference::Tag(DEFAULT_TAG.parse()?),
        };
        let password = self.password.clone().filter(|password| !password.is_empty());
        let client = match (given(self.username.as_ref()), password) {
            (Some(username), Some(password)) => {
                let credentials = Credentials::Basic(Basic { username: username.into(), password });
                Client::new(repository, source.settings(credentials))?
            }
            (None, None) => source.client_of(repository).await?,
            _ => {
                return Err(Error::new(
                    "`params.assemble.base`: `username` and `password` count only together",
                ));
            }
        };
        Ok(BaseFrom::Registry { client, reference })
    }
}

/// Follows links in the path of what is named, which lead to another place in the inputs at most.
fn resolved(path: PathBuf, from: &Inputs) -> Result<PathBuf> {
    let resolved = path.canonicalize()?;
    if !resolved.starts_with(from.root()) {
        return Err(Error::new(format!("`{}` leads out of the inputs", path.display())));
    }
    Ok(resolved)
}

fn texts(texts: &[Text]) -> Vec<String> {
    texts.iter().map(Text::to_string).collect()
}

fn parse<T: FromStr<Err: Display>>(place: &str, text: &str) -> Result<T> {
    text.parse().map_err(|problem| Error::new(format!("`{place}`: {problem}")))
}

fn parse_given<T: FromStr<Err: Display>>(place: &str, text: Option<&str>) -> Result<Option<T>> {
    text.map(|text| parse(place, text)).transpose()
}
