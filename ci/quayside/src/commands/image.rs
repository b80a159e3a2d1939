//! `quayside image`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use kit::Secret;
use oci_assemble::{ImagePath, Modes, Owner, Placed, Port, Recipe, SourceDate};
use oci_registry::{Basic, Client, Credentials, Platform, Reference, Repository, Settings};
use quay_image::put::{Assembly, BaseFrom};

use crate::execution::on_this_thread;
use crate::failure::Failure;
use crate::output::Output;

/// The largest password that is read, in bytes.
const LONGEST_PASSWORD: u64 = 64 * 1024;

/// Makes images without privileges and without a registry.
#[derive(Args)]
pub(crate) struct ImageArgs {
    #[command(subcommand)]
    command: ImageCommand,
}

#[derive(Subcommand)]
enum ImageCommand {
    Assemble(Box<AssembleArgs>),
}

/// Assembles an image from a base and folders. The same input gives the same digest, which is printed.
///
/// It is what `assemble` of quay-image's put does. Nothing runs, so nothing needs privileges.
#[derive(Args)]
#[command(after_help = "Examples:
  quayside image assemble --layer out:/app --entrypoint /app/server --output image.tar
  quayside image assemble --base base/oci --layer out:/app --user 1000 --output image
  quayside image assemble --base-image quay.io/acme/base:1.2 --layer out:/app --output image.tar")]
struct AssembleArgs {
    /// An image on disk to build on: an OCI layout or a tarball. Without a base, the image is made on nothing.
    #[arg(long, value_name = "PATH", conflicts_with = "base_image")]
    base: Option<PathBuf>,
    /// An image in a registry to build on.
    #[arg(long, value_name = "NAME")]
    base_image: Option<String>,
    /// Plain HTTP is allowed for the base's registry, and certificates are not verified.
    #[arg(long, requires = "base_image")]
    insecure: bool,
    /// Who reads the base image.
    #[arg(long, value_name = "USER", requires = "base_image", requires = "password_file")]
    username: Option<String>,
    /// A file with the user's password or token.
    #[arg(long, value_name = "FILE", requires = "username")]
    password_file: Option<PathBuf>,
    /// A folder or file to add as a layer, and where it goes in the image, by default `/`. The lowest first.
    #[arg(long = "layer", value_name = "FROM[:TO]")]
    layers: Vec<String>,
    /// Whose the files of all layers are, as numbers.
    #[arg(long, value_name = "USER:GROUP", default_value = "0:0")]
    owner: Owner,
    /// Keeps the modes of files and folders, instead of 0755 for folders and programs and 0644 for the rest.
    #[arg(long)]
    keep_modes: bool,
    /// The program or one of its first arguments; give it once for each.
    #[arg(long, value_name = "WORD", allow_hyphen_values = true)]
    entrypoint: Vec<String>,
    /// One of the default arguments; give it once for each.
    #[arg(long, value_name = "WORD", allow_hyphen_values = true)]
    cmd: Vec<String>,
    /// A variable.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    env: Vec<(String, String)>,
    /// A label.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    label: Vec<(String, String)>,
    /// Who runs the program: a name or number, with `:group` if need be.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// The folder in which the program starts.
    #[arg(long, value_name = "PATH")]
    working_dir: Option<ImagePath>,
    /// A port that the program listens on, as `8080` or `53/udp`.
    #[arg(long, value_name = "PORT")]
    port: Vec<Port>,
    /// A platform, as `linux/arm64`. Several become an index. By default the base's, or this machine's.
    #[arg(long, value_name = "PLATFORM", value_parser = platform)]
    platform: Vec<Platform>,
    /// The time of all files and of the image: seconds since 1970, or a date with its time.
    #[arg(long, value_name = "TIME", env = "SOURCE_DATE_EPOCH", default_value = "0")]
    source_date_epoch: SourceDate,
    /// Where the source code is: a URL.
    #[arg(long, value_name = "URL")]
    source: Option<String>,
    /// The source code's revision.
    #[arg(long)]
    revision: Option<String>,
    /// The version of what is packed.
    #[arg(long)]
    version: Option<String>,
    /// Where the image goes: an OCI layout, as a tarball if the name ends in `.tar`, else as a folder.
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
}

impl ImageArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        match self.command {
            ImageCommand::Assemble(arguments) => arguments.run(output),
        }
    }
}

impl AssembleArgs {
    fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let to = self.output.clone();
        let assembly = Assembly {
            base: self.base_from()?,
            platforms: self.platform.clone(),
            default_platform: Platform::host(),
            recipe: self.recipe()?,
        };
        let made = async {
            let image = assembly.assemble().await.map_err(failure)?;
            let digest = image.digest().clone();
            image.write(&to).await.map_err(failure)?;
            Ok(digest)
        };
        let digest = on_this_thread(async {
            tokio::select! {
                made = made => made,
                _ = tokio::signal::ctrl_c() => Err(Failure::new("interrupted: no image was written")),
            }
        })?;
        output.line(digest.as_str())?;
        Ok(ExitCode::SUCCESS)
    }

    fn base_from(&self) -> Result<BaseFrom, Failure> {
        if let Some(path) = &self.base {
            let path = real(path)?;
            let within = path.parent().unwrap_or(Path::new("/")).to_owned();
            return Ok(BaseFrom::Path { path, within });
        }
        let Some(name) = &self.base_image else { return Ok(BaseFrom::Scratch) };
        let (repository, reference) = named(name)?;
        let credentials = match (&self.username, &self.password_file) {
            (Some(username), Some(file)) => {
                Credentials::Basic(Basic { username: username.clone(), password: password(file)? })
            }
            _ => Credentials::Anonymous,
        };
        let settings = Settings { insecure: self.insecure, credentials, ..Settings::default() };
        let client = Client::new(repository, settings).map_err(|problem| failure(problem.into()))?;
        Ok(BaseFrom::Registry { client, reference })
    }

    fn recipe(self) -> Result<Recipe, Failure> {
        let modes = if self.keep_modes { Modes::Kept } else { Modes::Normal };
        let layers = self.layers.iter().map(|text| placed(text, self.owner, modes));
        let words = |words: Vec<String>| (!words.is_empty()).then_some(words);
        Ok(Recipe {
            layers: layers.collect::<Result<_, _>>()?,
            entrypoint: words(self.entrypoint),
            cmd: words(self.cmd),
            env: BTreeMap::from_iter(self.env),
            user: self.user,
            working_dir: self.working_dir,
            labels: BTreeMap::from_iter(self.label),
            ports: self.port,
            source_date: self.source_date_epoch,
            source: self.source,
            revision: self.revision,
            version: self.version,
        })
    }
}

fn placed(text: &str, owner: Owner, modes: Modes) -> Result<Placed, Failure> {
    let (from, to) = match text.rsplit_once(':') {
        Some((from, to)) => (from, to.parse().map_err(|problem| refused("--layer", problem))?),
        None => (text, ImagePath::default()),
    };
    Ok(Placed { from: real(Path::new(from))?, to, owner, modes, platform: None })
}

/// Reads `repository[:tag][@digest]`; a digest counts before a tag.
fn named(text: &str) -> Result<(Repository, Reference), Failure> {
    let flag = "--base-image";
    let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
    let (name, tag) = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (name, "latest"),
    };
    let repository = name.parse().map_err(|problem| refused(flag, problem))?;
    let reference = match digest {
        Some(digest) => Reference::Digest(digest.parse().map_err(|problem| refused(flag, problem))?),
        None => Reference::Tag(tag.parse().map_err(|problem| refused(flag, problem))?),
    };
    Ok((repository, reference))
}

fn real(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize()
        .map_err(|problem| Failure::new(format!("cannot open `{}`: {problem}", path.display())))
}

fn password(file: &Path) -> Result<Secret, Failure> {
    let problem = |problem| Failure::new(format!("cannot read `{}`: {problem}", file.display()));
    let mut text = String::new();
    File::open(file).map_err(problem)?.take(LONGEST_PASSWORD).read_to_string(&mut text).map_err(problem)?;
    Ok(Secret::from(text.trim_end().to_owned()))
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("a name, `=` and a value are expected".into()),
    }
}

fn platform(text: &str) -> Result<Platform, String> {
    quay_image::put::platform("--platform", text).map_err(|problem| problem.message().to_owned())
}

fn refused(flag: &str, problem: impl std::fmt::Display) -> Failure {
    Failure::new(format!("`{flag}`: {problem}"))
}

fn failure(problem: kit::Error) -> Failure {
    let failure = Failure::new(&problem);
    match problem.advice() {
        Some(advice) => failure.with_hint(advice),
        None => failure,
    }
}
