//! What commands that run something share: the pipeline, the machine's memory, the screen, the end.

mod clock;
mod credentials;
mod flags;
mod folders;
mod given;
mod hide_by_name;
mod image_schema;
mod loaded;
mod record;
mod refusals;
mod schedule;
mod screen;
mod session;
mod until;

pub(crate) use clock::{local_time, now};
pub(crate) use credentials::SecretFlags;
pub(crate) use flags::{MachineFlags, PipelineFlags, StateFlags};
pub(crate) use folders::{OutputFolders, take_folders};
pub(crate) use given::{Given, used};
pub(crate) use hide_by_name::hide_by_name;
pub(crate) use image_schema::schema_of_image;
pub(crate) use loaded::Loaded;
pub(crate) use record::{Finished, LOG, Record, note_broken, remove_inputs};
pub(crate) use refusals::refuse_what_cannot_be;
pub(crate) use schedule::{check, check_all, checked_resources, history_of, keep_made, told_unmet};
pub(crate) use screen::Manner;
pub(crate) use session::{Purpose, Session};
pub(crate) use until::{exit_code, on_this_thread, until_ended};
