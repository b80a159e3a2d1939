//! The rules, one file each.

mod bad_duration;
mod boolean_key;
mod changed_value;
mod concourse;
mod empty_plan;
mod file_without_artifact;
mod ignored_key;
mod merge_overrides;
mod missing_artifact;
mod missing_attempts;
mod missing_timeout;
mod missing_variable;
mod mutable_image;
mod needless_privilege;
mod not_a_variable;
mod param_without_value;
mod passed_never_met;
mod path_with_dots;
mod plain_secret;
mod resource_schema;
mod suggest;
mod task_file;
mod text_after_document;
mod undeclared_param;
mod undefined_local_variable;
mod unknown_mapping;
mod unknown_top_level_key;
mod unknown_type;
mod unknown_var_source;
mod unknown_word;
mod untriggered_chain;
mod untriggered_job;
mod unused_anchor;
mod unused_artifact;
mod unused_type;
mod unused_variable;
mod variable;
mod variable_in_fixed_place;
mod wrong_kind;

pub(crate) use concourse::{ALLOW_WITHOUT_REASON, UNUSED_ALLOW, YAML_SYNTAX};
pub(crate) use missing_variable::INFO as MISSING_VARIABLE;
pub(crate) use suggest::nearest;
use suggest::{either, listed, with_nearest};
pub(crate) use variable::INFO as VARIABLE;

use crate::RuleInfo;
use crate::rule::Rule;

/// Returns the rules in the order in which they run.
pub(crate) fn all() -> Vec<Rule> {
    let mut rules = concourse::rules();
    rules.extend([
        Rule { info: &bad_duration::INFO, check: bad_duration::check },
        Rule { info: &boolean_key::INFO, check: boolean_key::check },
        Rule { info: &changed_value::INFO, check: changed_value::check },
        Rule { info: &empty_plan::INFO, check: empty_plan::check },
        Rule { info: &file_without_artifact::INFO, check: file_without_artifact::check },
        Rule { info: &ignored_key::INFO, check: ignored_key::check },
        Rule { info: &merge_overrides::INFO, check: merge_overrides::check },
        Rule { info: &missing_artifact::INFO, check: missing_artifact::check },
        Rule { info: &missing_attempts::INFO, check: missing_attempts::check },
        Rule { info: &missing_timeout::INFO, check: missing_timeout::check },
        Rule { info: &missing_variable::INFO, check: missing_variable::check },
        Rule { info: &mutable_image::INFO, check: mutable_image::check },
        Rule { info: &needless_privilege::INFO, check: needless_privilege::check },
        Rule { info: &not_a_variable::INFO, check: not_a_variable::check },
        Rule { info: &param_without_value::INFO, check: param_without_value::check },
        Rule { info: &passed_never_met::INFO, check: passed_never_met::check },
        Rule { info: &path_with_dots::INFO, check: path_with_dots::check },
        Rule { info: &plain_secret::INFO, check: plain_secret::check },
        Rule { info: &resource_schema::INFO, check: resource_schema::check },
        Rule { info: &task_file::INFO, check: task_file::check },
        Rule { info: &text_after_document::INFO, check: text_after_document::check },
        Rule { info: &undeclared_param::INFO, check: undeclared_param::check },
        Rule { info: &undefined_local_variable::INFO, check: undefined_local_variable::check },
        Rule { info: &unknown_mapping::INFO, check: unknown_mapping::check },
        Rule { info: &unknown_top_level_key::INFO, check: unknown_top_level_key::check },
        Rule { info: &unknown_type::INFO, check: unknown_type::check },
        Rule { info: &unknown_var_source::INFO, check: unknown_var_source::check },
        Rule { info: &unknown_word::INFO, check: unknown_word::check },
        Rule { info: &untriggered_chain::INFO, check: untriggered_chain::check },
        Rule { info: &untriggered_job::INFO, check: untriggered_job::check },
        Rule { info: &unused_anchor::INFO, check: unused_anchor::check },
        Rule { info: &unused_artifact::INFO, check: unused_artifact::check },
        Rule { info: &unused_type::INFO, check: unused_type::check },
        Rule { info: &unused_variable::INFO, check: unused_variable::check },
        Rule { info: &variable::INFO, check: variable::check },
        Rule { info: &variable_in_fixed_place::INFO, check: variable_in_fixed_place::check },
        Rule { info: &wrong_kind::INFO, check: wrong_kind::check },
    ]);
    rules
}

/// Returns what is known of all rules, those included that no function of their own looks for.
pub(crate) fn all_infos() -> Vec<&'static RuleInfo> {
    let mut infos = concourse::infos();
    infos.extend(all().into_iter().map(|rule| rule.info));
    infos.sort_by_key(|info| info.name);
    infos.dedup_by_key(|info| info.name);
    infos
}
