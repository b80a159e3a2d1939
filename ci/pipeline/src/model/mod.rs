//! Pipelines and tasks as types, every part with its place.
//!
//! Decoding follows Concourse's: keys of jobs, resources and the like are matched without regard to
//! case, a step is taken apart in a fixed order of keys, and what is left over is kept for validation.
//! Unlike Concourse, decoding goes on after a mistake and reports all of them.

mod container_limits;
mod decode;
mod display;
mod duration;
mod exact;
mod group;
mod job;
mod mistake;
mod pipeline;
mod resource;
mod step;
mod steps;
mod task_config;
mod task_node;
mod var_source;
mod walk;

pub use container_limits::{ContainerLimits, parse_memory_limit};
pub use display::Display;
pub use duration::{InvalidDuration, parse_duration};
pub use group::Group;
pub use job::{BuildLogRetention, Hooks, Job};
pub use mistake::{Mistake, MistakeKind, UnknownField};
pub use pipeline::{Decoded, Pipeline};
pub use resource::{CheckEvery, Prototype, Resource, ResourceType};
pub use step::{Step, StepConfig, decode_step};
pub use steps::{
    AcrossStep, AcrossVariable, AttemptsStep, DoStep, GetStep, HookKind, HookStep, InParallelStep, Inputs,
    LoadVarStep, MaxInFlight, PutStep, RunStep, SetPipelineStep, TaskStep, TimeoutStep, TryStep,
    VersionChoice,
};
pub use task_config::{Cache, ImageResource, Input, Output, Param, RunConfig, TaskConfig};
pub use var_source::VarSource;
