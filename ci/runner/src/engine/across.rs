//! A step for each combination of values.

use std::collections::HashMap;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use kit::redact;
use pipeline::model::{AcrossStep, MaxInFlight, StepConfig, decode_step};
use pipeline::vars::{Missing, Reference, Variables, interpolate, interpolate_text};
use pipeline::yaml::{Entry, Map, Node, Number, Value};

use super::Engine;
use super::fill::OwnVariables;
use super::parallel::at_most;
use super::state::State;
use crate::cancellation::Cancellation;
use crate::event::{Event, Tree};
use crate::executor::Executor;
use crate::outcome::{Outcome, Problem, Status};
use crate::plan::StepId;

/// How much of a value a label shows, in characters.
const LONGEST_VALUE: usize = 40;

/// One of the combinations: the step with its values filled in.
struct Combination {
    values: Map,
    node: crate::plan::Node,
    renamed: Rc<HashMap<String, String>>,
}

impl<E: Executor> Engine<E> {
    pub(super) async fn across(
        &self,
        id: StepId,
        step: &AcrossStep,
        state: &State,
        until: &Cancellation,
    ) -> Outcome {
        self.listeners.tell(&Event::Started { step: id });
        let outcome = match self.combinations(id, step, state).await {
            Ok((sizes, combinations)) => self.level(step, &sizes, &combinations, state, until.clone()).await,
            Err(problem) => {
                self.console(id).line(&problem.to_string());
                Err(problem)
            }
        };
        self.listeners.tell(&Event::Finished { step: id, status: Status::of(&outcome), exit_status: None });
        outcome
    }

    /// Runs the values of the first variable of `sizes`, each with all combinations of the others below it.
    fn level<'run>(
        &'run self,
        step: &'run AcrossStep,
        sizes: &'run [usize],
        combinations: &'run [Combination],
        state: &'run State,
        until: Cancellation,
    ) -> LocalBoxFuture<'run, Outcome> {
        async move {
            let Some((count, inner)) = sizes.split_first() else {
                return match combinations {
                    [combination] => self.combination(combination, state, &until).await,
                    _ => Ok(crate::outcome::Verdict::Succeeded),
                };
            };
            let variable = step.variables.len() - sizes.len();
            let below: usize = inner.iter().product();
            let run = |index: usize, until: Cancellation| {
                let part = &combinations[index * below..(index + 1) * below];
                self.level(step, inner, part, state, until)
            };
            let limit = at_once(step, variable, *count);
            at_most(limit, *count, step.fail_fast, &until, run).await
        }
        .boxed_local()
    }

    async fn combination(&self, combination: &Combination, state: &State, until: &Cancellation) -> Outcome {
        let state = State { renamed: Rc::clone(&combination.renamed), ..state.child() };
        for entry in &combination.values {
            state.scope.set(entry.name(), entry.value.clone(), false);
        }
        self.run(&combination.node, &state, until).await
    }

    /// Returns how many values each variable has, and all combinations, the last variable fastest.
    async fn combinations(
        &self,
        id: StepId,
        step: &AcrossStep,
        state: &State,
    ) -> Result<(Vec<usize>, Vec<Combination>), Problem> {
        let mut values: Vec<Vec<Node>> = Vec::new();
        for variable in &step.variables {
            self.warn_of_shadow(id, &variable.name, state);
            let listed = match &variable.values {
                Some(node) => self.fill(node, state).await?,
                None => return Err(Problem::new("the values of `across` must be a list")),
            };
            let list = listed.as_list().ok_or_else(|| {
                Problem::new(format!(
                    "the values of `{}` must be a list, and are {}",
                    *variable.name,
                    listed.value.kind()
                ))
            })?;
            values.push(list.iter().map(with_digits).collect());
        }
        // Labels show the values.
        self.hide_secrets(state);
        let names: Vec<&str> = step.variables.iter().map(|variable| variable.name.as_str()).collect();
        let sizes = values.iter().map(Vec::len).collect();
        let combinations = product(&values)
            .into_iter()
            .map(|chosen| self.prepare(id, step, &names, chosen, state))
            .collect::<Result<_, _>>()?;
        Ok((sizes, combinations))
    }

    fn prepare(
        &self,
        id: StepId,
        step: &AcrossStep,
        names: &[&str],
        chosen: Vec<Node>,
        state: &State,
    ) -> Result<Combination, Problem> {
        let label = label(names.iter().copied().zip(&chosen));
        let values: Map = names.iter().zip(chosen).map(|(name, value)| Entry::new(*name, value)).collect();
        let own = OwnVariables::new(values.clone());
        let filled = interpolate(step.template.clone(), &own, Missing::Keep)
            .map_err(|error| Problem::new(format!("failed to interpolate template: {error}")))?;
        let decoded = decode_step(filled);
        if let Some(mistake) = decoded.mistakes.first() {
            return Err(Problem::new(format!("invalid template bytes: {}", mistake.message())));
        }
        let config = decoded.value.ok_or_else(|| Problem::new("no step configured"))?.config;
        let node = self.numbering.step(&config);
        self.listeners.tell(&Event::Planned { parent: Some(id), label, tree: Tree::of(&node) });
        let renamed = Rc::new(renamed_gets(&step.step, &own, &state.renamed));
        Ok(Combination { values, node, renamed })
    }

    fn warn_of_shadow(&self, id: StepId, name: &str, state: &State) {
        let reference = Reference { source: Some(".".into()), ..Reference::to_path(name) };
        if state.scope.has_local(name) && matches!(state.scope.get(&reference), Ok(Some(_))) {
            self.console(id)
                .line(&format!("\x1b[1;33mWARNING: across step shadows local var '{name}'\x1b[0m"));
        }
    }
}

/// Returns what tells a combination from its siblings: `os: linux, version: 1`.
fn label<'values>(values: impl Iterator<Item = (&'values str, &'values Node)>) -> String {
    let shown = values.map(|(name, value)| format!("{name}: {}", shown(&value.to_env_text())));
    shown.collect::<Vec<_>>().join(", ")
}

/// Returns a value in one line that is not too long. Secrets are taken out first: half of one would not be found.
fn shown(text: &str) -> String {
    let text = redact::scrub(text);
    let mut words = text.split(|character: char| character.is_control()).filter(|part| !part.is_empty());
    let first = words.next().unwrap_or_default().to_owned();
    let line = words.fold(first, |line, part| line + " " + part);
    match line.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn at_once(step: &AcrossStep, variable: usize, count: usize) -> usize {
    match step.variables.get(variable).and_then(|variable| variable.max_in_flight.as_deref()) {
        Some(MaxInFlight::All) => count,
        Some(MaxInFlight::Limit(limit)) => usize::try_from(*limit).unwrap_or(1),
        None => 1,
    }
}

/// Returns all ways to choose one of each list, the last list fastest.
fn product(lists: &[Vec<Node>]) -> Vec<Vec<Node>> {
    lists.iter().fold(vec![Vec::new()], |chosen, list| {
        let longer = chosen.iter().flat_map(|before: &Vec<Node>| {
            list.iter().map(move |value| before.iter().chain([value]).cloned().collect())
        });
        longer.collect()
    })
}

/// Versions are chosen before values are known, so a get is found by the name that the pipeline gives it.
fn renamed_gets(
    step: &StepConfig,
    own: &OwnVariables,
    outer: &HashMap<String, String>,
) -> HashMap<String, String> {
    let mut renamed = outer.clone();
    step.walk(&mut |step| {
        if let StepConfig::Get(get) = step {
            let name = interpolate_text(&get.name, own).unwrap_or_default();
            if name != get.name.value && !name.is_empty() {
                renamed.insert(name, get.name.value.clone());
            }
        }
    });
    renamed
}

/// Numbers went through 64 bit floats when the pipeline was set, and may stand within texts by what is left of them.
fn with_digits(node: &Node) -> Node {
    let mut node = node.clone();
    keep_digits(&mut node);
    node
}

fn keep_digits(node: &mut Node) {
    match &mut node.value {
        Value::Number(number) if !matches!(number, Number::Digits(_)) => {
            *number = Number::Digits(number.to_text());
        }
        Value::List(items) => items.iter_mut().for_each(keep_digits),
        Value::Map(map) => map.iter_mut().for_each(|entry| keep_digits(&mut entry.value)),
        _ => {}
    }
}
