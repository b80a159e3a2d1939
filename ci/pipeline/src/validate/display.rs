//! `display`.

use super::go_url::GoUrl;
use super::{Report, Rule, Section};
use crate::model::Pipeline;

pub(super) fn check(pipeline: &Pipeline, report: &mut Report) {
    let Some(image) = pipeline.display.as_ref().and_then(|display| display.background_image.as_ref()) else {
        return;
    };
    let message = match GoUrl::parse(image) {
        Err(_) => format!("background_image is not a valid URL: {}", image.value),
        Ok(url) if !matches!(url.scheme.as_str(), "" | "http" | "https") => {
            "background_image scheme must be either http, https or relative".into()
        }
        Ok(_) => return,
    };
    report.error(Section::Display, Rule::Display, message, image.span);
}
