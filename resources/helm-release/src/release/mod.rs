//! How Helm stores releases: one object per revision, in a Secret, a ConfigMap or a table.

mod decode;
mod driver;
mod entry;
mod objects;
mod record;
mod retry;
mod sql;
mod status;
mod storage;

pub use decode::{DamagedRecord, decode, encode_with_status, record_from_json};
pub use driver::Driver;
pub use entry::{Entry, newest_per_release};
pub use record::{Chart, ChartMetadata, Hook, HookRun, Info, Record, Template};
pub use retry::{retry_all_for, retrying};
pub use status::Status;
pub use storage::Storage;
