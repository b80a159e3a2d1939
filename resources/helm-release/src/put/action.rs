//! What a put is to do, told from its params.

use kit::{Error, Result};

use crate::params::PutParams;

/// What a put is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Install or upgrade, or only show what that would change.
    Deploy,
    /// Go back to a revision.
    Rollback,
    /// Run the tests of what is deployed.
    Test,
    /// Uninstall.
    Uninstall,
}

impl Action {
    /// Reads the params.
    ///
    /// # Errors
    /// When they ask for several things, or for nothing.
    pub(super) fn of(params: &PutParams) -> Result<Self> {
        let asked = [
            ("test", params.test.get(), Self::Test),
            ("uninstall", params.uninstall.get(), Self::Uninstall),
            ("rollback", params.rollback.is_some(), Self::Rollback),
            ("replace", params.replace.get(), Self::Deploy),
        ];
        let asked: Vec<_> = asked.into_iter().filter(|(_, wanted, _)| *wanted).collect();
        if let [(one, ..), (other, ..), ..] = asked.as_slice() {
            return Err(Error::new(format!("`params.{one}` and `params.{other}` exclude each other"))
                .hint("use two puts; `test_after: true` runs the tests after a change"));
        }
        let action = asked.first().map_or(Self::Deploy, |(_, _, action)| *action);
        if action == Self::Deploy && params.chart.as_deref().is_none_or(str::is_empty) {
            return Err(Error::new("`params.chart` is missing")
                .hint("name a chart, or one of `rollback`, `test` and `uninstall`"));
        }
        Ok(action)
    }
}

#[cfg(test)]
mod tests {
    use kit::Flag;

    use super::*;

    #[test]
    fn a_put_does_one_thing() {
        let on = Flag(true);
        let chart = Some("a/b".to_owned());
        let cases = [
            (PutParams { chart: chart.clone(), ..PutParams::default() }, Some(Action::Deploy)),
            (PutParams { test: on, chart: chart.clone(), ..PutParams::default() }, Some(Action::Test)),
            (PutParams { uninstall: on, ..PutParams::default() }, Some(Action::Uninstall)),
            (
                PutParams { rollback: Some(crate::params::Rollback::default()), ..PutParams::default() },
                Some(Action::Rollback),
            ),
            (PutParams::default(), None),
            (PutParams { test: on, uninstall: on, ..PutParams::default() }, None),
            (PutParams { replace: on, test: on, chart, ..PutParams::default() }, None),
        ];
        for (params, expected) in cases {
            assert_eq!(Action::of(&params).ok(), expected);
        }
    }
}
