//! The command that runs one step again.

use runner::report::Shown;

use super::Prepared;

impl Prepared {
    /// Returns the command that runs a job by itself, with the flags of this one, as it can be typed.
    pub(super) fn alone(&self, job: &str) -> String {
        let mut command: Vec<String> = vec!["quayside".into(), "run".into(), quoted(job)];
        let own = |argument: &String| argument == "--all" || self.arguments.jobs.contains(argument);
        command.extend(
            std::env::args().skip(2).filter(|argument| !own(argument)).map(|argument| quoted(&argument)),
        );
        command.join(" ")
    }

    /// Returns the command that runs a step of a job again with what there was, as it can be typed.
    pub(super) fn again(&self, job: &str, step: &Shown, run: i64) -> Option<String> {
        if !matches!(step.key.as_str(), "task" | "put" | "get" | "load_var" | "set_pipeline") {
            return None;
        }
        let mut command: Vec<String> = vec!["quayside".into(), "run".into()];
        let mut arguments = std::env::args().skip(2);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--all" | "--assume-passed" => {}
                "--step" | "--from" => {
                    arguments.next();
                }
                // The run has them already.
                "-i" | "--input" | "--version" => {
                    arguments.next();
                }
                own if self.arguments.jobs.iter().any(|job| job == own) => {}
                _ => command.push(quoted(&argument)),
            }
        }
        command.insert(2, quoted(job));
        // A step that runs alone knows nothing that the run before it did not.
        let run = self.arguments.from.unwrap_or(run);
        command.extend(["--step".into(), quoted(&step.name), "--from".into(), run.to_string()]);
        Some(command.join(" "))
    }
}

/// Quotes a word for a shell where it needs it.
fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "-_./=:,@%+".contains(character);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        let cases = [
            ("build", "build"),
            ("-v", "-v"),
            ("a=b/c", "a=b/c"),
            ("two words", "'two words'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("", "''"),
        ];
        for (word, expected) in cases {
            assert_eq!(quoted(word), expected);
        }
    }
}
